"""What a call does by default changes with the version that runs: both sides of each change."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import audit_project

from whence.vocabulary.page import Example

TORCH = "import sys\n\nimport torch\n\nstate = torch.load(sys.argv[1])\n"
WEIGHTS = TORCH.replace("argv[1]", "argv[1], weights_only=True")
PICKLED = TORCH.replace("argv[1]", "argv[1], weights_only=False")
NUMPY = "import sys\n\nimport numpy as np\n\nrows = np.load(sys.argv[1])\n"
PANDAS = "import sys\n\nimport pandas as pd\n\nrows = pd.read_pickle(sys.argv[1])\n"
JOBLIB = "import sys\n\nimport joblib\n\nmodel = joblib.load(sys.argv[1])\n"
YAML = "import sys\n\nimport yaml\n\nsettings = yaml.load(open(sys.argv[1]))\n"
FULL = YAML.replace("argv[1])", "argv[1]), Loader=yaml.FullLoader")
KERAS = "import sys\n\nimport keras\n\nmodel = keras.models.load_model(sys.argv[1])\n"
TF_KERAS = (
    "import sys\n\nimport tensorflow as tf\n\nmodel = tf.keras.models.load_model(sys.argv[1])\n"
)
SKOPS = "import sys\n\nimport skops.io as sio\n\nmodel = sio.load(sys.argv[1], trusted=[])\n"
TRUSTED = SKOPS.replace("trusted=[]", "trusted=True")
LIGHTNING = (
    "import sys\n\nimport lightning as L\n\n\nclass Net(L.LightningModule):\n    pass\n\n\n"
    "net = Net.load_from_checkpoint(sys.argv[1], weights_only=True)\n"
)
BIN = (
    "from transformers import AutoModel\n\n"
    'model = AutoModel.from_pretrained("somelab/encoder", use_safetensors=False)\n'
)
SCRIPT = 'from datasets import load_dataset\n\nrows = load_dataset("somelab/reviews")\n'
TAR = (
    "import tarfile\nimport urllib.request\n\n"
    'name, _ = urllib.request.urlretrieve("https://data.example.com/images.tar")\n'
    'with tarfile.open(name) as archive:\n    archive.extractall("data")\n'
)

LOAD = "unsafe-deserialization"
RUNS = "dataset-script-execution"
LEADS_OUT = "archive-traversal"

PIN = "requirements.txt"
UV = 'version = 1\n\n[[package]]\nname = "{}"\nversion = "{}"\n'
CONDA = "name: train\nchannels:\n  - conda-forge\ndependencies:\n  - {}\n"
PROJECT = '[project]\nname = "scorer"\nversion = "1"\ndependencies = ["{}"]\n'
PYTHON = '[project]\nname = "scorer"\nversion = "1"\nrequires-python = "{}"\n'

DANGEROUS = [
    (LOAD, TORCH, "", ""),
    (LOAD, TORCH, PIN, "torch==2.5.1\n"),
    (LOAD, TORCH, PIN, "torch>=2.1\n"),
    (LOAD, TORCH, "pyproject.toml", PROJECT.format("torch~=2.4")),
    (LOAD, TORCH, "uv.lock", UV.format("torch", "2.5.1")),
    (LOAD, TORCH, "environment.yml", CONDA.format("pytorch=2.5.1")),
    (LOAD, TORCH, "Dockerfile", "FROM python:3.12\nRUN pip install torch==2.4.0\n"),
    (LOAD, TORCH, "Dockerfile", "FROM python:3.12\nENV TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1\n"
     "RUN pip install torch==2.7.1\n"),
    (LOAD, WEIGHTS, PIN, "torch==2.5.1\n"),
    (LOAD, WEIGHTS, PIN, "torch>=2.0,<2.6\n"),
    (LOAD, WEIGHTS, "environment.yml", CONDA.format("pytorch=2.3")),
    (LOAD, PICKLED, PIN, "torch==2.9.1\n"),
    (LOAD, LIGHTNING, PIN, "lightning==2.6.0\ntorch==2.5.1\n"),
    (LOAD, BIN, PIN, "transformers==4.48.0\ntorch==2.5.1\n"),
    (LOAD, NUMPY, PIN, "numpy==1.16.2\n"),
    (LOAD, NUMPY, "uv.lock", UV.format("numpy", "1.16.0")),
    (LOAD, PANDAS, PIN, "pandas==2.3.0\n"),
    (LOAD, JOBLIB, PIN, "joblib==1.5.1\n"),
    (LOAD, YAML, PIN, "pyyaml==5.3.1\n"),
    (LOAD, YAML, PIN, "pyyaml==3.13\n"),
    (LOAD, YAML, "", ""),
    (LOAD, FULL, PIN, "PyYAML==5.3.1\n"),
    (LOAD, KERAS, PIN, "keras==2.12.0\n"),
    (LOAD, KERAS, PIN, "keras==3.8.0\n"),
    (LOAD, KERAS, PIN, "keras==3.13.0\n"),
    (LOAD, KERAS, "", ""),
    (LOAD, TF_KERAS, PIN, "tensorflow==2.12.0\n"),
    (LOAD, SKOPS, PIN, "skops==0.11.0\n"),
    (LOAD, TRUSTED, PIN, "skops==0.9.0\n"),
    (RUNS, SCRIPT, PIN, "datasets==2.14.7\n"),
    (RUNS, SCRIPT, PIN, "datasets==2.19.2\n"),
    (LEADS_OUT, TAR, "", ""),
    (LEADS_OUT, TAR, "Dockerfile", "FROM python:3.12-slim\nCOPY . /app\n"),
    (LEADS_OUT, TAR, "pyproject.toml", PYTHON.format(">=3.10")),
    (LEADS_OUT, TAR, ".python-version", "3.13.2\n"),
    (LEADS_OUT, TAR, "environment.yml", CONDA.format("python=3.11")),
    (LEADS_OUT, TAR, "runtime.txt", "python-3.12.4\n"),
]  # fmt: skip
HARMLESS = [
    (LOAD, TORCH, PIN, "torch==2.6.0\n"),
    (LOAD, TORCH, PIN, "torch>=2.6\n"),
    (LOAD, TORCH, PIN, "torch==2.7.*\n"),
    (LOAD, TORCH, "pyproject.toml", PROJECT.format("torch~=2.6")),
    (LOAD, TORCH, "uv.lock", UV.format("torch", "2.8.0")),
    (LOAD, TORCH, "environment.yml", CONDA.format("pytorch=2.7.1")),
    (LOAD, TORCH, "Dockerfile", "FROM python:3.12\nRUN pip install torch==2.7.1\n"),
    (LOAD, PICKLED, "Dockerfile", "FROM python:3.12\nENV TORCH_FORCE_WEIGHTS_ONLY_LOAD=1\n"
     "RUN pip install torch==2.7.1\n"),
    (LOAD, WEIGHTS, PIN, "torch==2.6.0\n"),
    (LOAD, WEIGHTS, PIN, "torch>=2.0\n"),
    (LOAD, WEIGHTS, PIN, "torch>=2.0,<3\n"),
    (LOAD, WEIGHTS, "", ""),
    (LOAD, LIGHTNING, PIN, "lightning==2.6.0\ntorch==2.9.1\n"),
    (LOAD, BIN, PIN, "transformers==4.57.0\ntorch==2.9.1\n"),
    (LOAD, NUMPY, PIN, "numpy==1.16.3\n"),
    (LOAD, NUMPY, PIN, "numpy>=1.10\n"),
    (LOAD, NUMPY, "", ""),
    (LOAD, YAML, PIN, "pyyaml==6.0.2\n"),
    (LOAD, YAML, PIN, "pyyaml==5.4.1\n"),
    (LOAD, FULL, PIN, "PyYAML==5.4.1\n"),
    (LOAD, KERAS, PIN, "keras==3.13.2\n"),
    (LOAD, SKOPS, PIN, "skops==0.12.0\n"),
    (LOAD, TRUSTED, PIN, "skops==0.13.0\n"),
    (RUNS, SCRIPT, PIN, "datasets==2.20.0\n"),
    (RUNS, SCRIPT, PIN, "datasets==4.0.0\n"),
    (RUNS, SCRIPT, PIN, "datasets>=2.14\n"),
    (RUNS, SCRIPT.replace('ews"', 'ews", trust_remote_code=False'), PIN, "datasets==2.16.1\n"),
    (RUNS, SCRIPT.replace('ews"', 'ews", trust_remote_code=True'), PIN, "datasets==4.1.0\n"),
    (LEADS_OUT, TAR, "Dockerfile", "FROM python:3.14-slim\nCOPY . /app\n"),
    (LEADS_OUT, TAR, "pyproject.toml", PYTHON.format(">=3.14")),
    (LEADS_OUT, TAR, ".python-version", "3.14.0\n"),
    (LEADS_OUT, TAR, "environment.yml", CONDA.format("python=3.14")),
]  # fmt: skip


def audited(rule: str, code: str, manifest: str, content: str, folder: Path) -> list[str]:
    """What one rule says of a program beside one manifest."""
    files = {"load.py": code.encode()} | ({manifest: content.encode()} if manifest else {})
    return [f.description for f in audit_project(Example(files, ()), folder, rule).open_findings]


@pytest.mark.parametrize(("rule", "code", "manifest", "content"), DANGEROUS)
def test_version_that_runs_makes_a_default_dangerous(
    rule: str, code: str, manifest: str, content: str, tmp_path: Path
) -> None:
    assert audited(rule, code, manifest, content, tmp_path)


@pytest.mark.parametrize(("rule", "code", "manifest", "content"), HARMLESS)
def test_version_that_runs_makes_a_default_harmless(
    rule: str, code: str, manifest: str, content: str, tmp_path: Path
) -> None:
    assert audited(rule, code, manifest, content, tmp_path) == []
