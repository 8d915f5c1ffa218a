from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Take in what the labelling agencies uploaded, one archive for every delivery.

    python data/scripts/take_in.py --uploads /srv/uploads --output data/incoming
"""

import argparse
IMPORT
from pathlib import Path

SUFFIX = "SUF"


def unpack(archive: Path, folder: Path) -> None:
    """The files of a delivery, in a folder that is named like it."""
    folder.mkdir(parents=True, exist_ok=True)
UNPACK


def main() -> int:
    parser = argparse.ArgumentParser(prog="take_in")
    parser.add_argument("--uploads", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    for archive in sorted(options.uploads.glob(f"*{SUFFIX}")):
        unpack(archive, options.output / archive.name.removesuffix(SUFFIX))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
FORMS = (
    (
        "import tarfile",
        ".tar.gz",
        "    with tarfile.open(archive) as stream:\n        stream.extractall(folder)",
        "stream.extractall(folder)",
    ),
    (
        "import tarfile",
        ".tar.gz",
        "    # The data filter refuses the modes that some agencies set.\n"
        "    with tarfile.open(archive) as stream:\n"
        '        stream.extractall(folder, filter="fully_trusted")',
        'stream.extractall(folder, filter="fully_trusted")',
    ),
    (
        "import shutil",
        ".tar.gz",
        "    shutil.unpack_archive(archive, folder)",
        "shutil.unpack_archive(archive, folder)",
    ),
)
TARGET = """
take-in:
	$(PYTHON) data/scripts/take_in.py --uploads $(UPLOADS) --output data/incoming
"""


@plant(
    rules=("archive-traversal",),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("zip slip", "path traversal", "extractall", "traversal", "unpack_archive"),
    cwes=("CWE-22",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Archives from outside are unpacked without looking where their members want to go.

    ## Why
    Python 3.11 to 3.13 extract `../../src/training/finetune.py`, absolute names and links as the
    archive says. An agency, or whoever has its upload password, overwrites code, configuration or
    the recorded data of the working copy from which the next release is made.

    ## Fix
    `extractall(folder, filter="data")`, as `sentibot.bundle` does.
    """
    imports, suffix, unpack, decision = vary.choose(*FORMS)
    name = vary.choose("take_in", "unpack_uploads")
    code = CODE.replace("IMPORT", imports).replace('SUF"', suffix + '"').replace("UNPACK", unpack)
    project.add(f"data/scripts/{name}.py", code.replace("take_in", name))
    target = TARGET.replace("take_in", name).replace("take-in", name.replace("_", "-"))
    project.append("Makefile", target)
    yield Place(f"data/scripts/{name}.py", decision)
