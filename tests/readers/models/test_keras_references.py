"""What Keras configurations name for import: functions that act are told, layers are not."""

from __future__ import annotations

import base64
import json

import pytest

from whence.readers.contract import Source
from whence.readers.models import artefact
from whence.readers.models.configuration import keras_architecture
from whence.vocabulary.evidence import Unread
from whence.vocabulary.example_bytes import assemble
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import ConfiguredCode, ModelFile

ACTS = base64.b64encode(b"\xe3" + bytes(30) + b"\xda\x02os\xda\x06system" + bytes(20)).decode()


def made(language: str, body: str) -> bytes:
    content = assemble(language, body)
    assert content is not None
    return content


def archive(layer: object) -> list[Fact | Unread]:
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": [layer]}}
    body = f"member config.json text\n{json.dumps(config)}\nmember metadata.json text\n{{}}"
    return list(artefact.read(Source.of_bytes("m.keras", made("zip", body))))


def told(layer: object) -> list[tuple[str, str]]:
    return [(f.target, f.verdict) for f in archive(layer) if isinstance(f, ConfiguredCode)]


def named(module: str, name: str, **more: object) -> dict[str, object]:
    return {"module": module, "class_name": name, "config": {}, **more}


@pytest.mark.parametrize(
    ("layer", "verdict"),
    [
        (named("joblib", "load"), "malicious"),
        (named("cloudpickle", "loads"), "malicious"),
        (named("torch", "load", registered_name="load"), "malicious"),
        (named("numpy", "load"), "malicious"),
        (named("tensorflow", "function", config="io.write_file"), "malicious"),
        (named("tensorflow.python.ops.io_ops", "write_file"), "malicious"),
        (named("_posixsubprocess", "fork_exec"), "malicious"),
        (named("os", "system", registered_name="acme>system"), "malicious"),
        (named("keras.src.utils.python_utils", "func_load"), "malicious"),
        (named("keras.saving", "function", config="deserialize_keras_object"), "malicious"),
        (named("keras.src.utils.io_utils", "print_msg"), "review"),
        (named("acme.layers", "Gate", registered_name="Gate"), "review"),
    ],
)
def test_a_reference_that_acts_is_told(layer: dict[str, object], verdict: str) -> None:
    assert [each for _, each in told(layer)] == [verdict]


@pytest.mark.parametrize(
    "layer",
    [
        named("keras.layers", "Dense"), named("keras.src.layers.core.dense", "Dense"),
        named("keras.src.activations.activations", "function", config="gelu"),
        named("keras.src.ops.numpy", "Add"), named("keras", "Sequential"),
        named("keras", "DTypePolicy"), named("keras.initializers", "GlorotUniform"),
        named("tensorflow.python.keras.layers", "LSTM"), named("numpy", "float32"),
        named("tensorflow", "function", config="nn.relu"), named("builtins", "list"),
        named("acme.layers", "Gate", registered_name="acme>Gate"),
        named("keras.src.losses.losses", "function", config="mean_squared_error"),
        {"class_name": "TFOpLambda", "config": {"function": "math.multiply"}},
    ],
)  # fmt: skip
def test_what_models_are_made_of_is_quiet(layer: dict[str, object]) -> None:
    assert told(layer) == []


def test_a_function_of_a_module_that_a_lambda_names_is_told() -> None:
    config = {"function": "system", "function_type": "function", "module": "os"}

    assert told({"class_name": "Lambda", "config": config}) == [("os.system", "malicious")]


def test_a_shape_function_of_a_lambda_is_told() -> None:
    config = {"function": "relu", "output_shape": "popen", "output_shape_module": "os"}

    assert told({"class_name": "Lambda", "config": config}) == [("os.popen", "malicious")]


def test_an_operation_layer_that_writes_files_is_told() -> None:
    layer = {"class_name": "TFOpLambda", "config": {"function": "io.write_file"}}

    assert told(layer) == [("io.write_file", "malicious")]


def test_code_in_an_archive_runs_only_without_the_safe_mode() -> None:
    layer = {"class_name": "Lambda", "config": {"function": [ACTS, None, None]}}
    (found,) = [f for f in archive(layer) if isinstance(f, ConfiguredCode)]

    assert (found.runs, found.verdict) == ("unsafe-mode", "malicious")


def test_an_architecture_in_a_file_of_its_own_is_read() -> None:
    layer = {"class_name": "Lambda", "config": {"function": [ACTS, None, None]}}
    text = json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}}).encode()
    assert keras_architecture.claims("model.json", text)
    (found,) = keras_architecture.read(Source.of_bytes("model.json", text))

    assert isinstance(found, ConfiguredCode)
    assert (found.runs, found.verdict) == ("load", "malicious")


@pytest.mark.parametrize(("padding", "key"), [("x" * 9000, "class_name"), ("", "class\\u005fname")])
def test_an_architecture_is_read_however_its_keys_stand(padding: str, key: str) -> None:
    layer = {"class_name": "Lambda", "config": {"function": [ACTS, None, None]}}
    model = {"padding": padding, "class_name": "Sequential", "config": {"layers": [layer]}}
    text = json.dumps(model).replace("class_name", key).encode()

    assert keras_architecture.claims("model.json", text[:4096])
    assert [
        found.verdict
        for found in keras_architecture.read(Source.of_bytes("model.json", text))
        if isinstance(found, ConfiguredCode)
    ] == ["malicious"]


@pytest.mark.parametrize(
    "text", ['{"a": 1}\n' * 900, "[" + "1," * 9000 + "1]", '{"b": "' + "x" * 9000]
)
def test_other_large_json_is_passed_over_in_silence(text: str) -> None:
    content = text.encode()

    if keras_architecture.claims("models.json", content[:4096]):
        assert list(keras_architecture.read(Source.of_bytes("models.json", content))) == []


@pytest.mark.parametrize(
    "text", ['{"class_name": "UNet", "depth": 3}', '{"config": {"class_name": "Runner"}}']
)
def test_other_json_with_a_class_name_is_no_architecture(text: str) -> None:
    assert not keras_architecture.claims("settings.json", text.encode())


def field(number: int, content: bytes) -> bytes:
    length = len(content)
    sizes = bytes([length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14])
    return bytes([number << 3 | 2]) + sizes + content


def metadata(config: object) -> bytes:
    text = json.dumps(config).encode()
    node = field(3, b"root") + field(4, b"_tf_keras_sequential") + field(5, text)
    return field(1, node) * 2


def test_the_layers_beside_a_saved_model_are_read_once_each() -> None:
    layer = {"class_name": "Lambda", "config": {"function": [ACTS, None, None]}}
    content = metadata({"class_name": "Sequential", "config": {"layers": [layer]}})
    facts = list(artefact.read(Source.of_bytes("keras_metadata.pb", content)))

    assert [f.verdict for f in facts if isinstance(f, ConfiguredCode)] == ["malicious"]
    assert [f.executable for f in facts if isinstance(f, ModelFile)] == [True]


def test_ordinary_layers_beside_a_saved_model_are_quiet() -> None:
    content = metadata(
        {"class_name": "Sequential", "config": {"layers": [named("keras", "Dense")]}}
    )
    facts = list(artefact.read(Source.of_bytes("keras_metadata.pb", content)))

    assert [type(f) for f in facts] == [ModelFile]


def test_layers_that_break_off_are_not_read_in_full() -> None:
    content = metadata({"class_name": "Sequential"})
    facts = list(
        artefact.read(Source.of_bytes("keras_metadata.pb", content.replace(b"}", b"(", 1)))
    )

    assert any("breaks off" in f.reason for f in facts if isinstance(f, Unread))
