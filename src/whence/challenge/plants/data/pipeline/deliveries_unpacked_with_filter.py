from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Take in what the labelling agencies uploaded, one archive for every delivery.

    python data/scripts/NAME.py --uploads /srv/uploads --output data/incoming
"""

import argparse
import tarfile
from functools import partial
from pathlib import Path

SUFFIX = ".tar.gz"


def unpack(archive: Path, folder: Path) -> None:
    """The files of a delivery, in a folder that is named like it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as stream:
        EXTRACT


def main() -> int:
    parser = argparse.ArgumentParser(prog="NAME")
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
    ("stream.extractall(folder, filter=tarfile.data_filter)", "stream.extractall(folder, filter="),
    (
        'extract = partial(stream.extractall, filter="data")\n        extract(folder)',
        "extract(folder)",
    ),
    (
        'options = {"filter": "data"}\n        stream.extractall(folder, **options)',
        "stream.extractall(folder, **options)",
    ),
)


@plant(
    rules=("archive-traversal", "path-traversal"),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("zip slip", "path traversal", "extractall", "traversal"),
    cwes=("CWE-22",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Archives that agencies upload are extracted whole.

    ## Why
    The data filter is set, in the call or in the arguments that it is given, and refuses absolute names, names that lead
    out of the folder, links and devices.
    """
    extract, decision = vary.choose(*FORMS)
    name = vary.choose("deliveries", "agency_uploads")
    code = CODE.replace("EXTRACT", extract).replace("NAME", name)
    if "partial" not in extract:
        code = code.replace("from functools import partial\n", "")
    project.add(f"data/scripts/{name}.py", code)
    yield Place(f"data/scripts/{name}.py", decision)
