"""Every way to reach a dangerous name is found, whatever the stream does to hide it."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import pytest

from whence.readers.models.pickle import Verdict, scan

_spec = importlib.util.spec_from_file_location("streams", Path(__file__).with_name("streams.py"))
assert _spec
assert _spec.loader
streams = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(streams)


class Pipe(io.RawIOBase):
    """Bytes that come in small pieces and never again."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 7) if size >= 0 else 7)


@pytest.mark.parametrize("trick", streams.TRICKS, ids=lambda trick: trick.__name__)
def test_finds_every_gadget_behind_every_trick(trick):
    for module, name in streams.GADGETS:
        trace, judgement = scan(trick(module, name))
        assert judgement.verdict is Verdict.MALICIOUS, (module, name, judgement)
        assert all(use.pickle < len(trace.pickles) for use in trace.uses)


@pytest.mark.parametrize("trick", streams.TRICKS, ids=lambda trick: trick.__name__)
def test_finds_gadgets_in_streams_that_cannot_seek(trick):
    stream = trick("os", "system")
    _, judgement = scan(Pipe(stream))
    assert judgement.verdict is Verdict.MALICIOUS


@pytest.mark.parametrize("trick", streams.TRICKS, ids=lambda trick: trick.__name__)
def test_the_same_tricks_with_a_harmless_class_are_not_malicious(trick):
    _, judgement = scan(trick("collections", "OrderedDict"))
    assert judgement.verdict is not Verdict.MALICIOUS, judgement


def test_an_import_without_a_use_is_not_called_an_attack_but_never_clean():
    _, judgement = scan(b"\x80\x04" + streams.stack_name("os", "system") + b"0N.")
    assert judgement.verdict is Verdict.REVIEW
    assert judgement.reasons[0].danger == "execute"


def test_an_unknown_class_asks_for_review():
    _, judgement = scan(b"\x80\x04" + streams.stack_name("acme.models", "Scorer") + b")\x81}b.")
    assert judgement.verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("collections", "abc.sys.modules"),
        ("linecache", "os.system"),
        ("torch", "serialization.os.system"),
        ("builtins", "object.__subclasses__"),
        ("numpy", "lib.utils.os.popen"),
        ("shutil", "os"),
    ],
)
def test_follows_dotted_names_to_where_they_lead(module, name):
    stream = b"\x80\x04" + streams.stack_name(module, name) + streams.text("x") + b"\x85R."
    _, judgement = scan(stream)
    assert judgement.verdict is Verdict.MALICIOUS
    if name.endswith(("os.system", "os.popen")):
        assert judgement.reasons[0].danger == "execute"


def test_getattr_on_a_module_is_followed():
    getattr_of = b"\x80\x04" + streams.stack_name("builtins", "getattr")
    stream = getattr_of + streams.stack_name("shutil", "os") + streams.text("system") + b"\x86R."
    assert scan(stream)[1].verdict is Verdict.MALICIOUS


def test_getattr_for_a_method_of_a_known_class_is_ordinary():
    getattr_of = b"\x80\x02" + streams.name("builtins", "getattr")
    stream = getattr_of + streams.name("datetime", "datetime") + streams.text("fromtimestamp")
    assert scan(stream + b"\x86.")[1].verdict is Verdict.CLEAN


def test_a_name_that_only_loading_would_tell_is_hidden_on_purpose():
    made = streams.stack_name("acme", "words") + b")R"
    stream = b"\x80\x04" + made + streams.text("system") + b"\x93" + b")R."
    assert scan(stream)[1].verdict is Verdict.MALICIOUS


def test_state_set_on_an_imported_module_is_a_monkeypatch():
    stream = b"\x80\x04" + streams.stack_name("json", "decoder") + b"}" + streams.text("scan")
    patched = stream + streams.stack_name("builtins", "print") + b"sb."
    _, judgement = scan(patched)
    assert judgement.verdict is not Verdict.CLEAN
    slots = (
        b"\x80\x04" + streams.stack_name("collections", "OrderedDict") + b"N}" + streams.text("get")
    )
    _, judgement = scan(slots + streams.stack_name("builtins", "len") + b"s\x86b.")
    assert judgement.verdict is Verdict.MALICIOUS


@pytest.mark.parametrize("write", [b"s", b"a"])
def test_items_set_on_an_imported_object_change_the_program(write):
    target = b"\x80\x04" + streams.stack_name("sys", "path")
    value = streams.text("0") + streams.text("/tmp/x") if write == b"s" else streams.text("/tmp/x")
    assert scan(target + value + write + b".")[1].verdict is Verdict.MALICIOUS


def test_a_name_registered_as_an_extension_in_the_same_stream_is_resolved():
    register = b"\x80\x02" + streams.name("copyreg", "add_extension")
    register += b"(" + streams.text("os") + streams.text("system") + b"K\x07tR0"
    trace, judgement = scan(register + b"\x82\x07" + streams.text("echo") + b"\x85R.")
    assert judgement.verdict is Verdict.MALICIOUS
    assert "os.system" in [use.target for use in trace.uses]


def test_an_unregistered_extension_is_never_clean():
    assert scan(b"\x80\x02\x82\x05)R.")[1].verdict is Verdict.REVIEW


def test_names_of_python_2_are_translated_as_the_unpickler_does():
    trace, judgement = scan(b"c__builtin__\nexecfile\n(S'x'\ntR.")
    assert judgement.verdict is Verdict.MALICIOUS
    trace, judgement = scan(b"ccommands\ngetoutput\n(S'echo'\ntR.")
    assert [seen.label for seen in trace.imports] == ["subprocess.getoutput"]
    trace, _ = scan(b"\x80\x03ccommands\ngetoutput\n(S'echo'\ntR.")
    assert [seen.label for seen in trace.imports] == ["commands.getoutput"]


def test_the_result_of_a_methodcaller_must_not_be_called():
    maker = b"\x80\x04" + streams.stack_name("operator", "methodcaller") + streams.text("upper")
    assert scan(maker + b"\x85R.")[1].verdict is Verdict.REVIEW
    assert scan(maker + b"\x85RK\x01\x85R.")[1].verdict is Verdict.MALICIOUS


def test_pickled_code_that_runs_commands_is_told_from_a_plain_lambda():
    head = b"\x80\x04" + streams.stack_name("cloudpickle.cloudpickle", "_builtin_type")
    code = head + streams.text("CodeType") + b"\x85R0" + head[2:]
    harmless = code + b"((" + streams.text("eval") + streams.text("x") + b"ttR."
    assert scan(harmless)[1].verdict is Verdict.REVIEW
    hostile = code + b"((" + streams.text("subprocess") + streams.text("check_output") + b"ttR."
    assert scan(hostile)[1].verdict is Verdict.MALICIOUS


@pytest.mark.parametrize("padding", [0, 3000])
def test_a_pickle_inside_bytes_is_read_with_exact_offsets(padding):
    inner = b"\x80\x04" + streams.binary(bytes(padding)) + b"0" + streams.by_reduce("os", "system")
    head = b"\x80\x04" + streams.stack_name("torch.storage", "_load_from_bytes")
    stream = head + streams.binary(inner) + b"\x85R."
    trace, _ = scan(stream)
    (nested,) = trace.nested
    (use,) = [use for use in nested.trace.uses if use.target == "os.system"]
    where = stream if nested.in_place else inner
    assert where[use.offset : use.offset + 1] == b"R"
    assert nested.in_place is bool(padding)


def test_calling_what_a_harmless_class_made_is_not_taken_for_making_it():
    made = b"\x80\x02" + streams.name("collections", "OrderedDict") + b")R"
    trace, judgement = scan(made + b"0" + made[2:] + b")R.")
    assert judgement.verdict is Verdict.REVIEW
    assert [(use.how, use.count) for use in trace.uses] == [("call", 2), ("call", 1)]


def test_a_function_that_imports_by_name_is_followed_to_the_name():
    maker = b"\x80\x02" + streams.name("numpy.core", "_ufunc_reconstruct")
    hostile = maker + streams.text("os") + streams.text("system") + b"\x86R."
    assert scan(hostile)[1].verdict is Verdict.MALICIOUS
    ordinary = (
        maker + streams.text("numpy.core._multiarray_umath") + streams.text("log1p") + b"\x86R."
    )
    assert scan(ordinary)[1].verdict is Verdict.CLEAN
