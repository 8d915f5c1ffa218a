"""SentiBot's own tests, run as its team would: in its own environment, in a folder of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from whence.challenge.project import write

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-sentibot" / "bin" / "python"
INSTALLED = (PYTHON.parent.parent / ".installed").exists()

needs_sentibot = pytest.mark.skipif(
    not INSTALLED, reason="SentiBot's environment is not there: `make test` installs it"
)


def run_own_tests(files: dict[str, bytes], folder: Path) -> str:
    """What SentiBot's tests say of a project; empty where they pass."""
    write(files, folder)
    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stdout[-3000:] + done.stderr[-1000:]
