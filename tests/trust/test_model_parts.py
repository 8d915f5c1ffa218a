"""Which files make up a model, which only hold its numbers, and what must not be taken for clean."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import pytest

from whence.trust.local import trust_path
from whence.trust.model_verdict import ModelVerdict, TrustReport, Verdict
from whence.vocabulary.example_bytes import assemble

TENSORS = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}\nzeros 8'


def made(language: str, body: str) -> bytes:
    content = assemble(language, body)
    assert content is not None
    return content


def report(folder: Path, files: dict[str, bytes | str]) -> TrustReport:
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return trust_path(folder, use_cache=False)


def judged(folder: Path, files: dict[str, bytes | str]) -> dict[str, ModelVerdict]:
    return {model.path: model for model in report(folder, files).models}


def onnx(location: str) -> bytes:
    data = f'5 {{\n13 {{\n1: "location"\n2: "{location}"\n}}\n14: 1\n}}\n'
    return made("protobuf", '1: 8\n7 {\n1 {\n4: "Relu"\n}\n' + data + "}\n8 {\n2: 18\n}\n")


def test_the_numbers_of_a_graph_belong_to_it(tmp_path: Path) -> None:
    models = judged(tmp_path, {"m.onnx": onnx("m.data.bin"), "m.data.bin": b"\x01\x02\x03" * 99})

    assert list(models) == ["m.onnx"]
    assert models["m.onnx"].verdict is Verdict.CLEAN
    assert [part.path for part in models["m.onnx"].parts] == ["m.data.bin", "m.onnx"]


def test_a_program_in_place_of_the_numbers_is_judged(tmp_path: Path) -> None:
    acts = made("pickle", "PROTO 2\nGLOBAL os system\nUNICODE echo\nTUPLE1\nREDUCE\nSTOP")
    models = judged(tmp_path, {"m.onnx": onnx("m.bin"), "m.bin": acts})

    assert models["m.onnx"].verdict is Verdict.MALICIOUS


def test_a_graph_without_its_numbers_is_not_read_in_full(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"m.onnx": onnx("m.bin"), "README.md": "# m\n"}
    (model,) = judged(tmp_path, files).values()

    assert model.verdict is Verdict.INCOMPLETE
    assert "which is not here" in model.reasons[0].text


def test_a_link_in_place_of_the_numbers_needs_review(tmp_path: Path) -> None:
    (tmp_path / "m.bin").symlink_to("/etc/hosts")
    (model,) = judged(tmp_path, {"m.onnx": onnx("m.bin")}).values()

    assert model.verdict is Verdict.REVIEW
    assert "symbolic link" in model.reasons[0].text


@pytest.mark.parametrize(
    ("location", "verdict"),
    [
        ("../shared/weights.bin", Verdict.REVIEW), ("/etc/passwd", Verdict.MALICIOUS),
        ("../../.ssh/id_rsa", Verdict.MALICIOUS), ("file:///proc/self/environ", Verdict.MALICIOUS),
    ],
)  # fmt: skip
def test_data_from_files_of_the_system_are_no_data(
    tmp_path: Path, location: str, verdict: Verdict
) -> None:
    (model,) = judged(tmp_path, {"m.onnx": onnx(location)}).values()

    assert model.verdict is verdict


def test_what_lies_beside_a_saved_model_belongs_to_it(tmp_path: Path) -> None:
    graph = '1: 1\n2 {\n1 {\n1: "v1"\n}\n2 {\n1 {\n1: "x"\n2: "Add"\n}\n}\n}\n'
    files: dict[str, bytes | str] = {
        "m/saved_model.pb": made("protobuf", graph),
        "m/fingerprint.pb": b"\x08\x9a\x91\x02\x10\x05\x18\x07",
    }
    models = judged(tmp_path, files)

    assert [(m.path, m.verdict, m.format) for m in models.values()] == [
        ("m/saved_model.pb", Verdict.CLEAN, "saved-model")
    ]


def test_the_settings_of_one_folder_do_not_speak_for_its_neighbours(tmp_path: Path) -> None:
    models = judged(
        tmp_path,
        {
            "a/model.safetensors": made("safetensors", TENSORS),
            "b/MLmodel": "flavors:\n  python_function:\n    loader_module: os\n",
        },
    )

    assert models["a/model.safetensors"].verdict is Verdict.CLEAN
    assert models["b/MLmodel"].verdict is Verdict.MALICIOUS


def test_the_tokenizer_of_a_pipeline_speaks_for_the_whole_of_it(tmp_path: Path) -> None:
    template = json.dumps({"chat_template": "{{ messages.__class__ }}"})
    models = judged(
        tmp_path,
        {
            "p/unet/model.safetensors": made("safetensors", TENSORS),
            "p/tokenizer/tokenizer_config.json": template,
        },
    )

    assert models["p/unet/model.safetensors"].verdict is Verdict.MALICIOUS


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("weights.pkl.zst", b"\x28\xb5\x2f\xfd" + bytes(40)),
        ("weights.rar", b"Rar!\x1a\x07\x01\x00" + bytes(40)),
        ("weights.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(4) + b"\xff" * 20),
        ("notes.dat", b"\x28\xb5\x2f\xfd" + bytes(40)),
    ],
)
def test_an_archive_that_cannot_be_opened_is_never_clean(
    tmp_path: Path, name: str, content: bytes
) -> None:
    files: dict[str, bytes | str] = {name: content, "ok.safetensors": made("safetensors", TENSORS)}
    models = judged(tmp_path, files)

    assert models[name].verdict is Verdict.INCOMPLETE
    assert models["ok.safetensors"].verdict is Verdict.CLEAN


def torchscript(line: str, method: str = "forward") -> bytes:
    code = f"class M(Module):\n  def {method}(self: M,\n    x: Tensor) -> Tensor:\n    {line}\n"
    return made(
        "zip",
        f"member m/code/__torch__.py text\n{code}\nmember m/constants.pkl pickle\nEMPTY_TUPLE\nSTOP\n"
        "member m/data.pkl pickle\nEMPTY_DICT\nSTOP\nmember m/version text\n6",
    )


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ('torch.save(x, "/home/user/.bashrc")', Verdict.MALICIOUS),
        ("torch.from_file('/etc/shadow', False, 10)", Verdict.MALICIOUS),
        ("torch.from_file('table.bin', False, 10)", Verdict.REVIEW),
        ('print("/etc/shadow")', Verdict.CLEAN),
    ],
)
def test_a_program_in_torchscript_is_judged_by_the_files_it_names(
    tmp_path: Path, line: str, verdict: Verdict
) -> None:
    (model,) = judged(tmp_path, {"m.pt": torchscript(line)}).values()

    assert model.verdict is verdict


def test_a_method_that_every_load_runs_is_said_to_be_one(tmp_path: Path) -> None:
    content = torchscript('torch.save(x, "/tmp/x")', "__setstate__")
    (model,) = judged(tmp_path, {"m.pt": content}).values()

    assert "__setstate__, which every load runs" in model.reasons[0].text


def test_all_that_is_recorded_and_claimed_is_told_in_order(tmp_path: Path) -> None:
    content = made("safetensors", TENSORS)
    digests = "".join(f"{digit * 64}  model.safetensors\n" for digit in "10")
    models = judged(
        tmp_path,
        {
            "m/model.safetensors": content,
            "m/SHA256SUMS": digests,
            "m/README.md": "---\nbase_model: [acme/b, acme/a]\n---\n",
            "README.md": "---\nbase_model: acme/project\n---\n",
        },
    )
    model = models["m/model.safetensors"]

    assert [claim.origin for claim in model.claims] == ["acme/a", "acme/b"]
    assert [record.digest[0] for record in model.records] == ["1", "0"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.bin", b"<!DOCTYPE html>\n<html><head></head></html>", "a web page"),
        ("m.safetensors", b"  <html lang='en'>", "a web page"),
        ("m.onnx", b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an error"),
        ("m.pt", b'{"error":"Repository not found"}', "an error message"),
    ],
)
def test_a_page_in_place_of_the_model_is_said(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (model,) = judged(tmp_path, {name: content}).values()

    assert model.verdict is Verdict.INCOMPLETE
    assert words in model.reasons[0].text
    assert "fetch it again" in model.reasons[0].text


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_an_archive_that_broke_off_is_not_accused(tmp_path: Path, share: float) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("m/data.pkl", made("pickle", "PROTO 2\nEMPTY_DICT\nSTOP"))
        archive.writestr("m/version", "3")
        archive.writestr("m/data/0", bytes(4000))
    whole = stream.getvalue()
    (model,) = judged(tmp_path, {"m.pt": whole[: int(len(whole) * share)]}).values()

    assert model.levels == (Verdict.INCOMPLETE,)
    assert "incomplete download" in model.reasons[0].text


def test_a_pickle_that_broke_off_is_not_accused(tmp_path: Path) -> None:
    whole = pickle.dumps({"a": "x" * 400, "b": list(range(200))}, 4)
    (model,) = judged(tmp_path, {"m.pkl": whole[:300]}).values()

    assert model.levels == (Verdict.INCOMPLETE,)


@pytest.mark.parametrize(
    ("name", "call", "requirement", "effect"),
    [
        ("m.keras", "keras.models.load_model('m.keras')", "keras==3.8.0", "CVE-2025-1550"),
        ("m.keras", "keras.saving.load_model('m.keras')", "keras==3.10.0", "CVE-2025-8747"),
        ("m.keras", "keras.models.load_model('m.keras')", "keras==3.11.2", "CVE-2025-49655"),
        ("m.h5", "keras.models.load_model('m.h5', safe_mode=True)", "keras==3.11.2", "CVE-2025-9905"),
        ("m.keras", "keras.models.load_model('m.keras')", "keras==2.12.0", "CVE-2024-3660"),
        ("m.pt", "torch.load('m.pt')", "torch==2.8.0", "CVE-2026-24747"),
        ("m.pt", "torch.load('m.pt', weights_only=True)", "torch==2.4.0", "CVE-2025-32434"),
    ],
)  # fmt: skip
def test_the_advisory_that_applies_to_the_locked_version_is_named(
    tmp_path: Path, name: str, call: str, requirement: str, effect: str
) -> None:
    assert effect in loaded(tmp_path, name, call, requirement)


@pytest.mark.parametrize(
    ("name", "call", "requirement"),
    [
        ("m.keras", "keras.models.load_model('m.keras')", "keras==3.13.2"),
        ("m.h5", "keras.models.load_model('m.h5')", "keras==3.11.3"),
        ("m.keras", "keras.models.load_model('m.keras')", "keras==2.15.0"),
        ("m.keras", "keras.models.load_model('m.keras', safe_mode=False)", "keras==3.8.0"),
        ("m.pt", "torch.load('m.pt')", "torch==2.10.0"),
    ],
)
def test_no_advisory_is_named_where_none_applies(
    tmp_path: Path, name: str, call: str, requirement: str
) -> None:
    assert "CVE" not in loaded(tmp_path, name, call, requirement)


def loaded(folder: Path, name: str, call: str, requirement: str) -> str:
    """What is said of the one place that loads the model."""
    body = "member archive/data.pkl pickle\nEMPTY_DICT\nSTOP\nmember archive/version text\n3"
    files: dict[str, bytes | str] = {
        name: made("zip", body),
        "serve.py": f"import keras\nimport torch\n\nmodel = {call}\n",
        "requirements.txt": requirement + "\n",
    }
    (load,) = judged(folder, files)[name].loaded_by
    return load.effect
