from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""One compressed file of reviews for every category, for the team that labels.

    python data/scripts/parcels.py --reviews data/raw/reviews.csv --output build/parcels
"""

import argparse
import csv
IMPORT
from pathlib import Path


def categories(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["category"] for row in csv.DictReader(stream)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="parcels")
    parser.add_argument("--reviews", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for category in sorted(categories(options.reviews)):
        target = options.output / f"{category}.csv.gz"
        RUN
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
FORMS = (
    (
        "import os",
        "os.system(f\"grep ',{category},' {options.reviews} | gzip > {target}\")",
        "os.system(f\"grep ',{category},'",
    ),
    (
        "import subprocess",
        "command = f\"grep ',{category},' {options.reviews} | gzip > {target}\"\n"
        "        subprocess.run(command, shell=True, check=True)",
        "subprocess.run(command, shell=True, check=True)",
    ),
    (
        "import subprocess",
        "lines = f\"grep ',{category},' {options.reviews} | gzip > {target}\"\n"
        '        subprocess.check_call(["bash", "-c", lines])',
        'subprocess.check_call(["bash", "-c", lines])',
    ),
)
TARGET = """
parcels:
	$(PYTHON) data/scripts/parcels.py --reviews data/raw/reviews.csv --output build/parcels
"""


@plant(
    rules=("command-injection",),
    severities=("critical", "high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("command injection", "shell=true", "shell injection", "os.system", "bash -c"),
    cwes=("CWE-78",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The category of a review becomes part of a shell command.

    ## Why
    Nothing checks the column `category`: a review of the category `x,' /dev/null; curl … | sh; '`
    is a command on the machine of whoever makes the parcels. It suffices to get one row into the
    raw file, which also comes from the data bucket.

    ## Fix
    Filter and compress in Python (`csv`, `gzip`), or pass an argument list without a shell.
    """
    imports, run, decision = vary.choose(*FORMS)
    name = vary.choose("parcels", "bundles")
    path = f"data/scripts/{name}.py"
    code = CODE.replace("IMPORT", imports).replace("RUN", run).replace("parcels", name)
    project.add(path, code)
    project.append("Makefile", TARGET.replace("parcels", name))
    yield Place(path, decision)
