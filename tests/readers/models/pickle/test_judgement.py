"""What acts is malicious, what only makes data is not, and what nobody knows asks for review."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from whence.readers.models.pickle import Verdict, scan

_spec = importlib.util.spec_from_file_location("streams", Path(__file__).with_name("streams.py"))
assert _spec
assert _spec.loader
streams = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(streams)

START = b"\x80\x04"
name = streams.stack_name
text = streams.text


def called(module: str, attribute: str, *arguments: bytes) -> bytes:
    """A value made by REDUCE."""
    return name(module, attribute) + b"(" + b"".join(arguments) + b"tR"


def verdict(value: bytes) -> Verdict:
    return scan(START + value + b".")[1].verdict


@pytest.mark.parametrize(
    ("module", "attribute", "argument"),
    [
        ("acme.tools", "run_command", "id"),
        ("acme.tools.shell", "_exec_cmd", "id"),
        ("acme.net", "download_file", "https://models.example.com/x"),
        ("acme.code", "eval_string", "1 + 1"),
        ("acme.files", "write_lines", "notes.txt"),
        ("acme.loading", "import_string", "subprocess.Popen"),
        ("acme.loading", "resolve", "os:system"),
        ("acme.loading", "import_module", "os"),
        ("numpy", "ndarray.tofile", "x.bin"),
        ("pandas.core.frame", "DataFrame.to_csv", "x.csv"),
        ("transformers", "AutoModel.from_pretrained", "publisher/model"),
        ("torch", "UntypedStorage.from_file", "x.bin"),
        ("pathlib", "PosixPath.write_bytes", "x"),
    ],
)
def test_a_function_named_after_an_action_and_given_a_text_acts(module, attribute, argument):
    assert verdict(called(module, attribute, text(argument))) is Verdict.MALICIOUS


@pytest.mark.parametrize(
    ("module", "attribute"),
    [
        ("acme.arrays", "_reconstruct"),
        ("acme.arrays", "from_bytes"),
        ("acme.commands", "Command"),
        ("acme.evaluation", "rebuild_evaluator"),
        ("acme.systems", "coordinate_system"),
        ("acme.text", "compile_pattern"),
    ],
)
def test_a_function_named_after_restoring_data_only_asks_for_review(module, attribute):
    assert verdict(called(module, attribute, text("id"))) is Verdict.REVIEW


@pytest.mark.parametrize(
    "value",
    [
        called("subprocess", "CalledProcessError", b"K\x01", text("tool")),
        called("asyncio.exceptions", "TimeoutError", text("late")),
        called("zipfile", "BadZipFile", text("broken")),
        called("signal", "Signals", b"K\x02"),
        name("tarfile", "TarInfo") + b")\x81}" + text("name") + text("a") + b"sb",
        called(
            "copyreg",
            "_reconstructor",
            name("zipfile", "ZipInfo"),
            name("builtins", "object"),
            b"N",
        ),
        name("torch._dynamo.eval_frame", "OptimizedModule") + b")\x81}b",
        name("typing", "ForwardRef") + b")\x81}b",
        called("functools", "cached_property", name("acme", "f")),
    ],
)
def test_making_an_object_of_a_class_among_gadgets_is_no_action(value):
    assert verdict(value) is Verdict.REVIEW


@pytest.mark.parametrize(
    "value",
    [
        name("subprocess", "Popen") + b")\x81",
        name("tarfile", "TarFile") + text("x") + b"\x85\x81",
        called("copyreg", "_reconstructor", name("zipfile", "ZipInfo"), name("subprocess", "Popen"), text("id")),
        called("_winapi", "CreateProcess", b"K\x01"),
        called("collections", "defaultdict", name("zipfile", "ZipFile")),
        called("multiprocessing.process", "Process", b"K\x01"),
    ],
)  # fmt: skip
def test_running_a_constructor_of_a_class_among_gadgets_is(value):
    assert verdict(value) is Verdict.MALICIOUS


@pytest.mark.parametrize("module", ["antigravity", "idlelib.idle", "unittest.__main__"])
def test_importing_a_program_starts_it(module):
    assert verdict(name(module, "main")) is Verdict.MALICIOUS


def partial(function: bytes, bound: bytes = b"}") -> bytes:
    """What `partial` writes: its function, and a state that names it again."""
    state = b"(" + function + b")" + bound + b"N" + b"tb"
    return called("functools", "partial", function) + state


def test_the_call_of_a_partial_is_the_call_of_its_function():
    block = name("pandas.core.internals.blocks", "new_block")
    assert verdict(partial(block) + b"(K\x01K\x02tR") is Verdict.CLEAN
    assert verdict(partial(name("acme", "make")) + b"(K\x01tR") is Verdict.REVIEW
    assert verdict(partial(name("acme", "run_command")) + b"(" + text("id") + b"tR") is (
        Verdict.MALICIOUS
    )


def test_a_partial_whose_state_names_another_function_is_not_taken_for_the_first():
    harmless = name("pandas.core.internals.blocks", "new_block")
    other = b"(" + name("acme", "make") + b")}Ntb"
    swapped = called("functools", "partial", harmless) + other
    assert verdict(swapped + b"(K\x01tR") is Verdict.REVIEW


def test_a_place_is_noticed_after_any_number_of_harmless_arguments():
    harmless = called("torch.nn.modules.linear", "Linear", text("steps")) + b"0"
    placed = called("torch.nn.modules.linear", "Linear", text("https://models.example.com/x.pt"))
    assert verdict(harmless * 3 + placed) is Verdict.REVIEW
    assert verdict(harmless * 3 + b"N") is Verdict.CLEAN


@pytest.mark.parametrize("module", ["dill", "dill._shims"])
def test_what_dill_sets_on_its_own_classes_is_told_from_a_patched_program(module):
    made = called("dill._dill", "_create_type", name("builtins", "type"), text("Net"), b")}")
    setter = called(
        "builtins", "getattr", name(module, "_dill"), text("_setattr"), name("builtins", "setattr")
    )
    value = text("field") + b"K\x01"
    assert verdict(setter + b"(" + made + value + b"tR") is Verdict.REVIEW
    patched = setter + b"(" + name("json", "decoder") + value + b"tR"
    assert verdict(patched) is Verdict.MALICIOUS
    hooked = called("builtins", "setattr", made, text("__call__"), name("os", "system"))
    assert verdict(hooked) is Verdict.MALICIOUS


def test_an_attribute_of_a_module_that_dill_imports_is_followed():
    module = called("dill._dill", "_import_module", text("os"))
    taken = called("dill._dill", "_get_attr", module, text("system"))
    assert verdict(taken) is Verdict.REVIEW
    assert verdict(taken + text("id") + b"\x85R") is Verdict.MALICIOUS


def test_only_a_called_function_makes_pickled_code_an_attack():
    names = b"(" + text("os") + text("system") + b"t"
    maker = name("cloudpickle.cloudpickle", "_builtin_type") + text("CodeType") + b"\x85R"
    code = maker + b"(" + names + b"tR"
    made = called("cloudpickle.cloudpickle", "_make_function", code, b"}")
    assert verdict(made) is Verdict.REVIEW
    assert verdict(made + b")R") is Verdict.MALICIOUS


def test_methods_that_act_are_found_whatever_object_they_are_taken_of():
    path = called("pathlib", "PosixPath", text("/tmp/x"))
    for method, expected in (("write_text", Verdict.MALICIOUS), ("joinpath", Verdict.REVIEW)):
        taken = called("builtins", "getattr", path, text(method))
        assert verdict(taken + text("x") + b"\x85R") is expected


def test_the_registry_of_extensions_is_not_for_pickles_to_fill():
    filled = name("copyreg", "_inverted_registry") + b"K\x07" + name("acme", "x") + b"s"
    assert verdict(filled) is Verdict.MALICIOUS


@pytest.mark.parametrize("hold", [b"%b", b"](%be", b"}%bK\x01s", b"%b\x85"], ids=str)
def test_a_gadget_among_many_harmless_objects_is_still_handed_over(hold):
    gadget = hold.replace(b"%b", name("os", "system"))
    ordered = name("collections", "OrderedDict") + b"\x940"
    listed = b"](" + b"h\x00)R" * 3000 + gadget + b"e"
    taker = called("functools", "partial", name("builtins", "len"), listed)
    assert verdict(ordered + taker) is Verdict.MALICIOUS


@pytest.mark.parametrize("state", [b"}(%bub", b"}%b](K\x01" + b"h\x00" + b"K\x01" * 60 + b"esb"])
def test_a_gadget_handed_over_from_the_memo_is_found_behind_much_data(state):
    gadget = name("os", "system") + b"\x940"
    ahead = b"B" + (1 << 20).to_bytes(4, "little") + bytes(1 << 20) + b"0"
    pair = text("func") + b"h\x00" + (text("a") + b"K\x01") * 20
    filled = state.replace(b"%b", pair if state.startswith(b"}(") else text("func"))
    made = name("sklearn.preprocessing._function_transformer", "FunctionTransformer") + b")\x81"
    assert verdict(gadget + ahead + made + filled) is Verdict.MALICIOUS
