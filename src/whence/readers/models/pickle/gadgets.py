"""Names that turn unpickling into running code, reaching out, or touching files.

One line per module: `module: names`, where `*` stands for every name, `a*` for names that begin with
a small letter (functions; the package's classes also hold plain data), `read_*` for names that begin
so, and a module ending in `.*` for the package and all below it. Sources: the documentation and source of each library; public
research on pickle gadgets (fickling, picklescan and modelscan advisories, Hugging Face and JFrog
reports). A name here is an accusation when it is used; elsewhere (`BY_DESIGN`) a serialiser runs
code as its ordinary way of working, which only a person can tell from an attack.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from whence.readers.models.pickle import gadgets_of_libraries as libraries
from whence.readers.models.pickle import gadgets_of_python as python

VERSION: Final = "2026.3"

PICKLED_ARGUMENT: Final = frozenset(
    {
        "pickle.loads",
        "pickle._loads",
        "_pickle.loads",
        "cPickle.loads",
        "cloudpickle.loads",
        "cloudpickle.cloudpickle.loads",
        "dill.loads",
        "dill._dill.loads",
        "torch.storage._load_from_bytes",
        "joblib.externals.cloudpickle.loads",
        "numpy.core.multiarray._pickle_loads",
        "joblib.externals.loky.cloudpickle_wrapper._reconstruct_wrapper",
    }
)

PICKLED_STATE: Final = frozenset(
    {
        "torch.utils.data.datapipes.datapipe._DataPipeSerializationWrapper",
        "torch.utils.data.datapipes.datapipe._IterDataPipeSerializationWrapper",
        "torch.utils.data.datapipes.datapipe._MapDataPipeSerializationWrapper",
        "skrub._data_ops._utils._CloudPickle",
        "ray.tune.experiment.trial.Trial",
    }
)
"""Classes whose `__setstate__` unpickles bytes that the state holds."""

BUFFERS: Final = frozenset({"io.BytesIO", "_io.BytesIO"})
"""Files in memory: what they hold is read when their owner is restored, by `torch.load` and others."""

_CLASSES: Final = {
    "execute": (python.EXECUTE, libraries.EXECUTE),
    "network": (python.NETWORK, libraries.NETWORK),
    "file-write": (python.FILE_WRITE, libraries.FILE_WRITE),
    "file-read": (python.FILE_READ, libraries.FILE_READ),
    "import": (python.IMPORT, libraries.IMPORT),
    "dynamic-attribute": (python.DYNAMIC,),
    "denial": (python.DENIAL,),
    "deserialize": (python.DESERIALIZE, libraries.DESERIALIZE),
    "by-design": (python.BY_DESIGN, libraries.BY_DESIGN),
}


def lines_of(table: str) -> list[tuple[str, list[str]]]:
    """Module and names of each line of a table."""
    lines = [line.partition(": ") for line in table.strip().splitlines()]
    return [(module, names.split()) for module, _, names in lines]


@lru_cache(maxsize=1)
def _index() -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    exact: dict[str, dict[str, str]] = {}
    below: dict[str, dict[str, str]] = {}
    rows = [(danger, row) for danger, both in _CLASSES.items() for t in both for row in lines_of(t)]
    for danger, (module, names) in rows:
        for name in names:
            if module.endswith(".*"):
                below.setdefault(module[:-2], {}).setdefault(name, danger)
            exact.setdefault(module.removesuffix(".*"), {}).setdefault(name, danger)
    return exact, below


def danger_of(module: str, name: str) -> tuple[str, bool]:
    """The class of danger of `module.name` (empty if none is known), and if by its very name."""
    exact, below = _index()
    found = _fitting(exact.get(module, {}), name)
    package = module
    while package and not found[0]:
        found = _fitting(below.get(package, {}), name)
        package = package.rpartition(".")[0]
    return found


def _fitting(names: dict[str, str], name: str) -> tuple[str, bool]:
    if not names:
        return "", False
    if name in names:
        return names[name], True
    for pattern, danger in names.items():
        if pattern.endswith("_*") and name.startswith(pattern[:-1]):
            return danger, True
    if "*" in names:
        return names["*"], False
    if "a*" in names and name.lstrip("_")[:1].islower():
        return names["a*"], False
    return "", False


_TELLING = """
system popen Popen execfile startfile check_call check_output getoutput getstatusoutput __import__
import_module run_module run_path run_code runsource runcode runstring load_source load_library
CDLL urlopen urlretrieve rmtree posix_spawn __subclasses__ __globals__ __builtins__ __code__
__getattribute__ __reduce__ __reduce_ex__ __class__ __bases__ __base__ __mro__ __dict__ __loader__
__spec__ __closure__ __func__ __self__ f_globals f_builtins gi_frame cr_frame tb_frame
func_globals
"""
_MODULES = """
os sys subprocess builtins __builtin__ posix nt pty socket shutil ctypes importlib runpy pickle
marshal pdb bdb multiprocessing asyncio urllib requests http tempfile codecs inspect webbrowser
_os _sys _subprocess _pickle _socket
"""
TELLING_NAMES: Final = frozenset(_TELLING.split())
"""Attributes that lead from an object to running code; no ordinary pickle takes them by name."""

TELLING_METHODS: Final = frozenset(
    """
    write_text write_bytes read_text read_bytes unlink touch rmdir symlink_to hardlink_to mkdir chmod
    open tofile to_csv to_pickle to_parquet to_sql to_hdf to_excel query eval load_library load_module
    exec_module run runctx runcall cmdloop serve_forever connect connect_ex sendall retrieve
    """.split()  # noqa: SIM905
)
"""Methods that act when they are called, whatever object they were taken of."""

MODULES_IN_NAMES: Final = frozenset(_MODULES.split())
"""Modules that other modules import and so make reachable under their own name."""
