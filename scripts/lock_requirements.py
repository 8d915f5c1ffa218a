"""Resolves requirements/*.in to hashed lists, without index addresses, for every platform."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"


def main() -> int:
    """Writes runtime.in from pyproject.toml, then every list. Returns the resolver's exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (FOLDER / "runtime.in").write_text("\n".join(project["dependencies"]) + "\n")
    for name in ("build", "runtime", "development"):
        command = [
            sys.executable, "-m", "uv", "pip", "compile", "--universal", "--generate-hashes",
            "--python-version", "3.11", "--no-emit-index-url", "--no-header", "--upgrade", "--quiet",
            "--no-emit-find-links", f"{name}.in", "--output-file", f"{name}.txt",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=FOLDER, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
