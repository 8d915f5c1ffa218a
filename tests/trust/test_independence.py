"""Verdicts come from the bytes: not from what is installed here, and never by loading anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import whence
from whence.config import Config
from whence.vocabulary.example_bytes import assemble
from whence.vocabulary.finding import Severity

LIBRARIES = (
    "torch", "numpy", "joblib", "sklearn", "tensorflow", "keras", "h5py", "onnx", "safetensors",
    "gguf", "xgboost", "lightgbm", "catboost", "pandas", "lz4", "zstandard", "py7zr", "rarfile",
    "jinja2", "cryptography", "huggingface_hub", "flatbuffers", "google.protobuf", "cloudpickle",
    "dill", "skops", "transformers", "peft", "coremltools", "openvino", "mlflow",
)  # fmt: skip
PROGRAM = """
import json, sys
from pathlib import Path
blocked = json.loads(sys.argv[2])
for name in blocked:
    sys.modules[name] = None
from whence.trust.local import trust_path
from whence.trust.report import as_json
report = as_json(trust_path(Path(sys.argv[1]), use_cache=False))
loaded = sorted(name for name in json.loads(sys.argv[3]) if sys.modules.get(name) is not None)
print(json.dumps([report, loaded]))
"""
CUSTOM = "PROTO 2\nGLOBAL acme.nets Encoder\nEMPTY_TUPLE\nREDUCE\nSTOP"
MODELS = {
    "a/model.pt": ("zip", f"member a/data.pkl pickle\n{CUSTOM}\nmember a/version text\n3"),
    "b/model.safetensors": (
        "safetensors",
        '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}\nzeros 8',
    ),
    "c/model.pkl": ("pickle", "PROTO 2\nGLOBAL os system\nUNICODE echo\nTUPLE1\nREDUCE\nSTOP"),
    "d/chat.gguf": ("gguf", "general.architecture = llama\ntokenizer.chat_template = {{ x }}"),
    "e/m.onnx": ("protobuf", '1: 8\n7 {\n1 {\n4: "Run"\n7: "acme.ops"\n}\n}\n8 {\n2: 18\n}\n'),
}


def written(folder: Path) -> Path:
    for path, (language, body) in MODELS.items():
        content = assemble(language, body)
        assert content is not None
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes(content)
    return folder


def report(folder: Path, blocked: tuple[str, ...]) -> tuple[str, list[str]]:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), json.dumps(blocked), json.dumps(LIBRARIES)],
        capture_output=True,
        text=True,
        check=True,
    )
    text, loaded = json.loads(ran.stdout)
    return text, loaded


def test_verdicts_do_not_depend_on_what_is_installed_and_nothing_is_loaded(tmp_path: Path) -> None:
    folder = written(tmp_path)
    plain, loaded = report(folder, ())
    bare, _ = report(folder, LIBRARIES)

    assert plain == bare
    assert loaded == []
    assert {model["verdict"] for model in json.loads(plain)["models"]} == {
        "malicious",
        "needs review",
        "clean",
    }


def test_files_that_nothing_loads_rank_below_those_that_something_does(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "serve.py").write_text(
        "import torch\n\nnet = torch.load('a/model.pt', weights_only=False)\n"
    )
    (folder / "f").mkdir()
    (folder / "f" / "other.pt").write_bytes((folder / "a" / "model.pt").read_bytes())

    audit = whence.audit(folder, config=Config(offline=True), use_cache=False)
    ranks = {
        found.evidence[0].span.path: found.severity
        for found in audit.findings
        if found.rule == "unsafe-model-format"
    }

    assert (ranks["a/model.pt"], ranks["f/other.pt"]) == (Severity.MEDIUM, Severity.LOW)
