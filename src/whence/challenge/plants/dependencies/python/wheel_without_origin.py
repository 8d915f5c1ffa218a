from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


def _wheel(name: str, version: str, module: str) -> bytes:
    stream = io.BytesIO()
    folder = f"{name}-{version}.dist-info"
    members = {
        f"{name}/__init__.py": module,
        f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{folder}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{folder}/RECORD": "",
    }
    with zipfile.ZipFile(stream, "w") as archive:
        for path, text in members.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 3, 2, 9, 30, 0)), text)
    return stream.getvalue()


@plant(
    rules=("vendored-binary", "missing-hashes", "unverified-download"),
    severities=("medium", "low", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.SEVERAL_FILES,
    words=("vendored", "wheel", "binary in the", "no origin", "provenance"),
    cwes=("CWE-829", "CWE-1357", "CWE-494", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A wheel of unknown origin lies in the tree and is installed from there.

    ## Why
    Nothing records who built the wheel, from which source, or what its digest should be, and
    reviewers do not see into archives. Whoever may commit a new file replaces it unseen, and it
    runs in every environment that installs it.

    ## Fix
    Publish the package on an index and lock it with hashes, or record origin and digest beside it
    and verify before installing.
    """
    name, text = vary.choose(
        ("review_langid", "def is_english(text: str) -> bool:\n    return text.isascii()\n"),
        ("fast_tokens", "def tokens(text: str) -> list[str]:\n    return text.split()\n"),
    )
    file = f"vendor/{name}-0.4.2-py3-none-any.whl"
    yield project.add(file, _wheel(name, "0.4.2", text))
    yield project.insert_after(
        "Makefile",
        "$(PYTHON) -m pip install --require-hashes -r requirements-test.txt",
        f"\t$(PYTHON) -m pip install --no-deps {file}",
    )
