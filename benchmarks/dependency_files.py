"""How many dependency files get a verdict, and how long 2,200 pins take; beside pip-audit.

Repeat with `python benchmarks/dependency_files.py [runs]`. The files are the corpus of
`tests/readers/dependencies`. A file has a verdict where something of it was read; whence also
counts the lines that it could not read. pip-audit, where it is installed, reads the requirements
files of the same corpus with `--dry-run`, which collects packages and asks nothing. The pins are
read and compared with the embedded advisories in a process of its own each time.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "readers" / "dependencies")]

from corpus import cases, facts  # noqa: E402

from whence.vocabulary.evidence import Unread  # noqa: E402

PINS = 2200
MATCH = """
import sys, time
start = time.perf_counter()
from whence.lookups.package_facts import answer
from whence.lookups.package_knowledge import Knowledge
from whence.readers.contract import Source
from whence.readers.dependencies import requirements
from whence.vocabulary.fact import sorted_out
from whence.vocabulary.fact.lookups import CheckedVersion
from whence.vocabulary.graph import SupplyGraph
imported = time.perf_counter()
content = open(sys.argv[1], "rb").read()
facts, _ = sorted_out(requirements.read(Source.of_bytes("requirements.txt", content)))
known, _ = sorted_out(answer(SupplyGraph((), facts), Knowledge.embedded()))
checked = [fact for fact in known if isinstance(fact, CheckedVersion)]
print(time.perf_counter() - imported, imported - start, len(checked),
      sum(bool(fact.flaws) for fact in checked))
"""


def verdicts() -> None:
    """Counts the files of the corpus that whence reads."""
    read = refused = bad_lines = 0
    started = time.perf_counter()
    for _, path, content, expected in cases():
        if not expected:
            continue
        found = facts(path, content)
        said = [fact for fact in found if not isinstance(fact, Unread)]
        unread = len(found) - len(said)
        read += bool(said)
        refused += not said
        bad_lines += unread if said else 0
    took = time.perf_counter() - started
    print(
        f"whence: {read} files read, {refused} refused whole, {bad_lines} places not read,", end=""
    )
    print(f" in {took:.2f} s")


def peer_verdicts(program: str) -> None:
    """Counts the requirements files of the corpus that pip-audit reads."""
    read, refused = 0, []
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for title, path, content, expected in cases():
            if not expected or not title.startswith("requirements:"):
                continue
            file = Path(folder) / "requirements.txt"
            file.write_bytes(content)
            command = [program, "--dry-run", "--disable-pip", "--no-deps", "-r", str(file)]
            done = subprocess.run(command, check=False, capture_output=True)
            read += done.returncode == 0
            refused += [f"{title} ({path})"] if done.returncode else []
    took = time.perf_counter() - started
    print(
        f"pip-audit: {read} requirements files read, {len(refused)} refused whole, in {took:.1f} s"
    )
    for title in refused:
        print(f"  refused: {title}")


def pins(folder: Path) -> Path:
    """A file of as many pins of established packages, at versions that some have."""
    from whence.lookups.name_tables import PopularNames

    names = list(PopularNames.embedded().ranks)[:PINS]
    lines = [f"{name}=={at % 10}.{at % 31}.{at % 7}\n" for at, name in enumerate(names)]
    file = folder / "requirements.txt"
    file.write_text("".join(lines))
    return file


def main(runs: int) -> None:
    """Prints counts and medians."""
    verdicts()
    program = shutil.which("pip-audit")
    if program:
        peer_verdicts(program)
    else:
        print("pip-audit: not installed")
    with tempfile.TemporaryDirectory() as folder:
        file = pins(Path(folder))
        times = []
        for _ in range(runs):
            command = [sys.executable, "-c", MATCH, str(file)]
            done = subprocess.run(
                command, check=True, capture_output=True, text=True,
                env={"PYTHONPATH": str(ROOT / "src")},
            )  # fmt: skip
            took, imports, checked, affected = done.stdout.split()
            times.append((float(took), float(imports)))
        took, imports = (statistics.median(column) for column in zip(*times, strict=True))
        print(
            f"{checked} pins read and matched in {took:.2f} s (aim 0.3 s), imports {imports:.2f} s;"
            f" {affected} of them affected"
        )
        if program:
            started = time.perf_counter()
            command = [program, "--dry-run", "--disable-pip", "--no-deps", "-r", str(file)]
            subprocess.run(command, check=False, capture_output=True)
            print(
                f"pip-audit reads them, without matching, in {time.perf_counter() - started:.1f} s"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
