"""Binary model formats: what reaches beyond tensors is told, the rest is looked at and quiet."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Sequence
from typing import TypeVar

import pytest

from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.models import artefact, model_text
from whence.vocabulary.evidence import Unread
from whence.vocabulary.example_bytes import assemble
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import (
    ConfiguredCode,
    ExternalData,
    FormatAnomaly,
    GraphOperation,
    ModelFile,
    ModelOrigin,
    NativeCode,
    TemplateHazard,
)

TWICE = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
F = TypeVar("F", bound=Fact | Unread)


def made(language: str, body: str) -> bytes:
    content = assemble(language, body)
    assert content is not None
    return content


def read(content: bytes, name: str = "model.bin") -> list[Fact | Unread]:
    assert artefact.claims(name, content[:HEAD_SIZE])
    return list(artefact.read(Source.of_bytes(name, content)))


def of(facts: Sequence[Fact | Unread], kind: type[F]) -> list[F]:
    return [fact for fact in facts if isinstance(fact, kind)]


def model(facts: list[Fact | Unread]) -> ModelFile:
    (found,) = of(facts, ModelFile)
    return found


def safetensors(header: object, size: int) -> bytes:
    text = header if isinstance(header, str) else json.dumps(header)
    return made("safetensors", f"{text}\nzeros {size}")


def tensor(start: int, end: int, shape: list[int]) -> dict[str, object]:
    return {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}


@pytest.mark.parametrize(
    ("header", "size", "kind"),
    [
        ({"a": tensor(0, 8, [2]), "b": tensor(4, 12, [2])}, 12, "tensors overlap"),
        ({"a": tensor(0, 8, [2]), "b": tensor(16, 24, [2])}, 24, "bytes between tensors"),
        ({"a": tensor(0, 8, [2])}, 16, "bytes behind the last tensor"),
        ({"a": tensor(0, 8, [3])}, 8, "a tensor's range does not fit its shape"),
        ({"a": tensor(8, 0, [2])}, 8, "a tensor without a valid range"),
        ({"a": tensor(0, -8, [2])}, 8, "a tensor without a valid range"),
        ({"a": tensor(0, 8, [1 << 40, 1 << 40])}, 8, "a tensor's range does not fit its shape"),
        (f"{{{TWICE},{TWICE}}}", 8, "duplicate tensor"),
    ],
)  # fmt: skip
def test_tells_a_safetensors_layout_that_no_library_writes(
    header: object, size: int, kind: str
) -> None:
    facts = read(safetensors(header, size))

    assert [(fact.kind, fact.deceptive) for fact in of(facts, FormatAnomaly)] == [(kind, True)]
    assert model(facts).covered < 1.0


def test_tells_an_oversize_safetensors_header() -> None:
    facts = read(struct.pack("<Q", 200_000_000) + b"{" + bytes(64))

    assert [fact.kind for fact in of(facts, FormatAnomaly)] == ["oversize header"]


def test_takes_a_short_safetensors_file_for_an_incomplete_download() -> None:
    facts = read(safetensors({"a": tensor(0, 800, [200])}, 100))

    assert of(facts, FormatAnomaly) == []
    assert "incomplete download" in of(facts, Unread)[0].reason


def test_reads_metadata_and_tensors_in_any_order() -> None:
    header = {"b": tensor(8, 16, [2]), "__metadata__": {"format": "pt"}, "a": tensor(0, 8, [2])}
    facts = read(safetensors(header, 16))

    assert facts == [model(facts)]
    assert model(facts).covered == 1.0


GRAPH = '7 {{\n1 {{\n4: "{op}"\n7: "{domain}"\n}}\n}}\n'


def onnx(op: str = "Relu", domain: str = "", more: str = "") -> bytes:
    return made(
        "protobuf", "1: 8\n" + GRAPH.format(op=op, domain=domain) + "8 {\n2: 18\n}\n" + more
    )


@pytest.mark.parametrize(
    ("op", "domain", "effects"),
    [
        ("Relu", "", []),
        ("LabelEncoder", "ai.onnx.ml", []),
        ("FusedMatMul", "com.microsoft", []),
        ("Run", "com.example.ops", ["native"]),
        ("PythonOp", "com.microsoft", ["python"]),
        ("PyCustomOp", "ai.onnx.contrib", ["python"]),
    ],
)
def test_tells_onnx_operators_by_whose_code_they_run(
    op: str, domain: str, effects: list[str]
) -> None:
    assert [fact.effect for fact in of(read(onnx(op, domain)), GraphOperation)] == effects


def test_knows_the_functions_that_an_onnx_model_brings_along() -> None:
    function = '25 {\n1: "F"\n7 {\n4: "Relu"\n}\n10: "com.example.local"\n}\n'
    hidden = function.replace("Relu", "PythonOp")

    assert of(read(onnx("F", "com.example.local", function)), GraphOperation) == []
    found = of(read(onnx("F", "com.example.local", hidden)), GraphOperation)
    assert [(fact.effect, fact.scope) for fact in found] == [("python", "function F")]


def test_looks_into_subgraphs() -> None:
    inner = '5 {\n1: "then"\n6 {\n1 {\n4: "X"\n7: "evil"\n}\n}\n}\n'
    content = made("protobuf", '1: 8\n7 {\n1 {\n4: "If"\n' + inner + "}\n}\n")

    assert [fact.operator for fact in of(read(content), GraphOperation)] == ["evil::X"]


@pytest.mark.parametrize(
    ("location", "escapes"),
    [
        ("weights.bin", ""), ("part/weights.bin", ""), ("../../etc/passwd", "parent directory"),
        ("/etc/passwd", "absolute path"), ("C:\\\\x", "absolute path"), ("http://a.example.com/x", "URL"),
        ("a..b/weights", ""),
    ],
)  # fmt: skip
def test_tells_onnx_data_outside_the_folder(location: str, escapes: str) -> None:
    initializer = f'5 {{\n13 {{\n1: "location"\n2: "{location}"\n}}\n14: 1\n}}\n'
    content = made("protobuf", '1: 8\n7 {\n1 {\n4: "Relu"\n}\n' + initializer + "}\n")

    assert [fact.escapes for fact in of(read(content), ExternalData)] == [escapes]


def saved_model(op: str, attribute: str = "") -> bytes:
    node = f'1: "n"\n2: "{op}"\n{attribute}'
    library = f'2 {{\n1 {{\n1 {{\n1: "f"\n}}\n3 {{\n{node}}}\n}}\n}}\n'
    return made(
        "protobuf",
        '1: 1\n2 {\n1 {\n1: "v"\n}\n2 {\n1 {\n1: "x"\n2: "Add"\n}\n' + library + "}\n}\n",
    )


@pytest.mark.parametrize(
    ("op", "effects"),
    [
        ("ReadFile", ["file-read"]), ("WriteFile", ["file-write"]), ("PyFunc", ["python"]),
        ("SaveV2", []), ("RestoreV2", []), ("MatMul", []), ("InitializeTableFromTextFileV2", []),
        ("PrintV2", []),
    ],
)  # fmt: skip
def test_tells_operations_in_the_functions_of_a_saved_model(op: str, effects: list[str]) -> None:
    facts = read(saved_model(op))

    assert model(facts).format == "saved-model"
    assert [fact.effect for fact in of(facts, GraphOperation)] == effects


def test_tells_a_print_that_writes_to_a_file() -> None:
    attribute = '5 {\n1: "output_stream"\n2 {\n2: "file:///tmp/x"\n}\n}\n'

    assert [f.effect for f in of(read(saved_model("PrintV2", attribute)), GraphOperation)] == [
        "file-write"
    ]


def tflite(operator: str) -> bytes:
    """One table of operators with one custom operator, laid out by hand."""
    table = struct.pack("<I4s", 16, b"TFL3") + struct.pack("<4H", 8, 8, 0, 4)
    root = struct.pack("<iI", 8, 4) + struct.pack("<II", 1, 16)
    layout = struct.pack("<6H", 12, 16, 4, 8, 0, 12)
    code = struct.pack("<iIII", 12, 32, 8, 32) + struct.pack("<I", len(operator))
    return table + root + layout + code + operator.encode() + bytes(4)


@pytest.mark.parametrize(
    ("operator", "effects"),
    [
        ("TFLite_Detection_PostProcess", []), ("FlexMatMul", []), ("FlexWriteFile", ["file-write"]),
        ("OwnKernel", ["native"]),
    ],
)  # fmt: skip
def test_tells_tflite_operators_by_whose_code_they_run(operator: str, effects: list[str]) -> None:
    facts = read(tflite(operator))

    assert model(facts).covered == 1.0
    assert [fact.effect for fact in of(facts, GraphOperation)] == effects


def test_reads_the_template_and_origin_of_gguf() -> None:
    body = (
        "general.architecture = llama\ngeneral.source.huggingface.repository = acme/base\n"
        "tokenizer.chat_template = {{ messages }}\ntokenizer.chat_template.tools = {{ x.__class__ }}"
    )
    facts = read(made("gguf", body))

    assert [fact.setting for fact in of(facts, TemplateHazard)] == ["tokenizer.chat_template.tools"]
    assert [fact.origin for fact in of(facts, ModelOrigin)] == ["acme/base"]
    assert model(facts).covered == 1.0


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60), "impossible counts"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 62, 0), "impossible counts"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 63), "a text longer than the file"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<I", 77), "an unknown kind of value"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 4, 1 << 62),
         "an array longer than the file"),
    ],
)  # fmt: skip
def test_tells_lengths_that_no_gguf_file_can_hold(content: bytes, kind: str) -> None:
    facts = read(content)

    assert [fact.kind for fact in of(facts, FormatAnomaly)] == [kind]
    assert model(facts).covered < 1.0


def keras(config: object) -> bytes:
    text = json.dumps(config)
    return made("zip", f"member config.json text\n{text}\nmember metadata.json text\n{{}}")


LAMBDA = base64.b64encode(b"\xe3" + bytes(30) + b"\xda\x02os\xda\x06system" + bytes(20)).decode()
PLAIN_LAMBDA = base64.b64encode(b"\xe3" + bytes(30) + b"\xda\x01x" + bytes(20)).decode()


@pytest.mark.parametrize(
    ("layer", "verdicts"),
    [
        ({"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}, []),
        ({"class_name": "Lambda", "config": {"function": [LAMBDA, None, None]}}, ["malicious"]),
        ({"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__", "config": {
            "code": PLAIN_LAMBDA}}}}, ["review"]),
        ({"module": "os", "class_name": "function", "config": "system"}, ["malicious"]),
        ({"module": "keras.src.utils.file_utils", "class_name": "function", "config": "get_file"},
         ["malicious"]),
        ({"module": "acme.layers", "class_name": "Gate", "config": {}}, ["review"]),
        ({"module": "acme.layers", "class_name": "Gate", "config": {}, "registered_name": "acme>Gate"}, []),
        ({"module": "builtins", "class_name": "dict", "config": {}}, []),
    ],
)  # fmt: skip
def test_judges_what_a_keras_configuration_rebuilds(layer: object, verdicts: list[str]) -> None:
    facts = read(
        keras({"class_name": "Sequential", "module": "keras", "config": {"layers": [layer]}})
    )

    assert [fact.verdict for fact in of(facts, ConfiguredCode)] == verdicts


def test_tells_a_vocabulary_that_keras_would_fetch() -> None:
    layer = {"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}

    assert [fact.escapes for fact in of(read(keras(layer)), ExternalData)] == ["absolute path"]


def test_tells_what_torchscript_writes() -> None:
    code = "def forward(self, x):\n  torch.save(x, '/tmp/x')\n  y = ops.evil.run(x)\n  return torch.relu(y)"
    body = (
        f"member m/code/__torch__/m.py text\n{code}\nmember m/constants.pkl pickle\nEMPTY_TUPLE\nSTOP\n"
        "member m/data.pkl pickle\nEMPTY_DICT\nSTOP\nmember m/version text\n6"
    )
    found = of(read(made("zip", body)), GraphOperation)

    assert [(fact.operator, fact.effect) for fact in found] == [
        ("save", "file-write"),
        ("evil.run", "native"),
    ]


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"\x7fELF\x02\x01" + bytes(64), "ELF"), (b"\xcf\xfa\xed\xfe" + bytes(64), "Mach-O"),
     (b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(9), "PE")],
)  # fmt: skip
def test_tells_machine_code(content: bytes, name: str) -> None:
    assert [fact.format for fact in of(read(content), NativeCode)] == [name]


def test_takes_a_java_class_for_none() -> None:
    assert of(read(b"\xca\xfe\xba\xbe\x00\x00\x00\x3d" + bytes(64)), NativeCode) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("tree\nversion=v4\nnum_class=1\n\nend of trees\n", ["lightgbm"]),
        ('{"learner":{"gradient_booster":{}},"version":[2,0,0]}', ["xgboost-json"]),
        ('<PMML version="4.4"><DataDictionary/></PMML>', ["pmml"]),
        ('<net name="m" version="11"><layers/></net>', ["openvino"]),
        ('{"version": 3, "files": []}', []),
    ],
)
def test_reads_models_that_are_text(text: str, kinds: list[str]) -> None:
    source = Source.of_bytes("m.txt", text.encode())
    facts = list(model_text.read(source)) if model_text.claims("m.txt", text.encode()) else []

    assert [fact.format for fact in facts if isinstance(fact, ModelFile)] == kinds
    assert len(facts) == len(kinds)


def test_tells_entities_and_java_calls_of_pmml() -> None:
    text = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><PMML><Apply function="java.lang.Runtime"/>'
    facts = list(model_text.read(Source.of_bytes("m.pmml", text.encode())))

    assert [fact.kind for fact in of(facts, FormatAnomaly)] == ["declares an external entity"]
    assert [fact.operator for fact in of(facts, GraphOperation)] == ["java.lang.Runtime"]
