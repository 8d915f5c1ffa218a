from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

JSON_LINES = '''"""Write the screenshots of a delivery as files, for those who label.

    python data/scripts/screenshots.py --delivery delivery.jsonl --output build/screenshots

Every line of a delivery is one review: its text, the name of the picture and its bytes in Base64.
"""

import argparse
import base64
import json
from pathlib import Path


def write_pictures(delivery: Path, output: Path) -> int:
    """Write the pictures under the names that the senders gave them; return their number."""
    output.mkdir(parents=True, exist_ok=True)
    count = 0
    with delivery.open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            PLACE
            target.write_bytes(base64.b64decode(row["picture"]))
            count += 1
    return count


def main() -> int:
    parser = argparse.ArgumentParser(prog="screenshots")
    parser.add_argument("--delivery", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    print(write_pictures(options.delivery, options.output), "pictures")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
MEMBERS = '''"""Write the screenshots of a delivery as files, for those who label.

    python data/scripts/screenshots.py --delivery delivery.zip --output build/screenshots
"""

import argparse
import zipfile
from pathlib import Path


def write_pictures(delivery: Path, output: Path) -> int:
    """Write the pictures of the archive, in its folders; return their number."""
    count = 0
    with zipfile.ZipFile(delivery) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".png", ".jpg")):
                target = output / member.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(member))
                count += 1
    return count


def main() -> int:
    parser = argparse.ArgumentParser(prog="screenshots")
    parser.add_argument("--delivery", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    print(write_pictures(options.delivery, options.output), "pictures")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
TARGET = """
screenshots:
	$(PYTHON) data/scripts/screenshots.py --delivery $(DELIVERY) --output build/screenshots
"""


@plant(
    rules=("path-traversal", "archive-traversal"),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("path traversal", "zip slip", "file name", "filename", "traversal"),
    cwes=("CWE-22", "CWE-73"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Pictures of a delivery are written wherever their names point.

    ## Why
    A sender calls the picture `../../src/sentibot/digests.py`, and the file with their bytes stands
    in the place of the project's own digest check. An absolute name replaces the output folder
    altogether, since `/` of two paths takes the absolute one.

    ## Fix
    Name the files by the review's id, or resolve the name with `sentibot.files.inside`.
    """
    path = "data/scripts/screenshots.py"
    place, decision = vary.choose(
        ('target = output / row["name"]', 'target = output / row["name"]'),
        (
            "target = Path(f\"{output}/{row['review_id']}-{row['name']}\")\n"
            "            target.parent.mkdir(parents=True, exist_ok=True)",
            "target = Path(f\"{output}/{row['review_id']}-{row['name']}\")",
        ),
        ("", "target = output / member.filename"),
    )
    project.add(path, JSON_LINES.replace("PLACE", place) if place else MEMBERS)
    project.append("Makefile", TARGET)
    yield Place(path, decision)
    yield Place(path, "target.write_bytes(")
