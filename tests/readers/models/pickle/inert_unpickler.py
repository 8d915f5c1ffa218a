"""Runs the real C unpickler on data-only streams, with every import replaced by an inert class.

One stream per line in, as hexadecimal after `memory` or `file`; one JSON line out: the names that
were asked for, the error's type or an empty text, and its message. Started by the differential tests, with
limits on memory and time.
"""

import _pickle
import io
import json
import resource
import sys
import warnings


def _nothing(*arguments, **keywords):
    return None


class _Fillable(type):
    def __setitem__(cls, key, value):
        return None


class Inert(metaclass=_Fillable):
    """Takes any call, state, item, and does nothing with it."""

    def __new__(cls, *arguments, **keywords):
        return object.__new__(cls)

    def __init__(self, *arguments, **keywords):
        pass

    def __call__(self, *arguments, **keywords):
        return Inert()

    def __setitem__(self, key, value):
        return None

    __setstate__ = staticmethod(_nothing)
    append = staticmethod(_nothing)
    extend = staticmethod(_nothing)
    add = staticmethod(_nothing)


class Peekable(io.BytesIO):
    """A file that shows all its bytes in advance, so that frames are read as in memory."""

    def peek(self, size):
        return self.getvalue()[self.tell() :]


OF_PYTHON_2 = {"__builtin__": "builtins", "UserDict": "collections", "copy_reg": "copyreg"}
RENAMED = {"xrange": "range"}


class Recorder(_pickle.Unpickler):
    """Notes the names asked for; those of three harmless modules as the unpickler translates them."""

    def __init__(self, file):
        super().__init__(file, encoding="latin1")
        self.names = []

    def find_class(self, module, name):
        if module in OF_PYTHON_2:
            try:
                super().find_class(module, "__name__")
                module, name = OF_PYTHON_2[module], RENAMED.get(name, name)
            except ImportError:
                pass
        self.names.append([module, name])
        return Inert

    def persistent_load(self, identity):
        return Inert()


def outcome(file):
    """The names, and how it ended."""
    recorder = Recorder(file)
    try:
        recorder.load()
    except Exception as error:  # noqa: BLE001 - whatever the unpickler raises is the answer
        return recorder.names, type(error).__name__, str(error)
    return recorder.names, "", ""


def main():
    """Answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        kind, stream = line.split()
        data = bytes.fromhex(stream[1:])
        file = Peekable(data) if kind == "memory" else io.BytesIO(data)
        print(json.dumps(outcome(file)), flush=True)


if __name__ == "__main__":
    main()
