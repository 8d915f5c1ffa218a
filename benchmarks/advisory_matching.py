"""How long 2,200 pins take to be read and matched, from a cold start.

    python benchmarks/advisory_matching.py [--runs 5] [--pins 2200]

Each run is a new Python process that imports the library, opens the embedded advisories, parses a
requirements file of pinned popular packages (many of them affected) and matches every pin. Printed
are the median and worst wall-clock time of the whole process, the share that a bare interpreter
takes, and the ratios to the target of 0.3 s for 2,200 pins and to the one other measurement at
hand: pip-audit's 11.4 s for 237 pins, over loopback and without resolving, on a machine of this
kind. The pins are drawn from the embedded tables with a fixed seed, so that the work is the same
everywhere.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = 0.3
PEER_PINS, PEER_SECONDS = 237, 11.4
SOURCE = Path(__file__).resolve().parent.parent / "src"

WORK = """
import sys
from packaging.requirements import Requirement
from whence.lookups.advisories import Advisories
found = Advisories.embedded()
affected = matches = undecided = 0
for line in open(sys.argv[1], encoding="utf-8"):
    requirement = Requirement(line.strip())
    (pin,) = requirement.specifier
    answer = found.match(requirement.name, pin.version)
    affected += bool(answer.matches)
    matches += len(answer.matches)
    undecided += bool(answer.undecided)
print(affected, matches, undecided)
"""


def pins(count: int) -> list[str]:
    """Pinned packages: every second one with advisories, on or beside a version that they name."""
    sys.path.insert(0, str(SOURCE))
    from whence.lookups.advisories import Advisories
    from whence.lookups.name_tables import PopularNames

    pick = random.Random(2200)
    table = Advisories.embedded()._table
    rungs = [entry for entry in zip(table.packages, table.rungs, strict=True) if entry[1]]
    popular = list(PopularNames.embedded().ranks)
    lines = []
    for number in range(count):
        if number % 2:
            name, versions = pick.choice(rungs)
            lines.append(f"{name}=={pick.choice(versions.split())}")
        else:
            lines.append(f"{pick.choice(popular)}=={pick.randint(0, 5)}.{pick.randint(0, 20)}.0")
    return lines


def timed(arguments: list[str]) -> tuple[float, str]:
    """Seconds that a new process takes, and what it prints."""
    start = time.perf_counter()
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(SOURCE)}
    )
    return time.perf_counter() - start, done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pins", type=int, default=2200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(pins(given.pins)) + "\n", encoding="utf-8")
        bare = statistics.median(timed(["-c", "pass"])[0] for _ in range(given.runs))
        runs = [timed(["-c", WORK, str(file)]) for _ in range(given.runs)]
    seconds = [run[0] for run in runs]
    median = statistics.median(seconds)
    affected, matches, undecided = runs[0][1].split()
    print(
        f"{given.pins} pins: {affected} affected, {matches} matches, {undecided} in part undecided"
    )
    print(f"whole process, median of {given.runs}: {median:.3f} s (worst {max(seconds):.3f} s)")
    print(f"of which a bare interpreter: {bare:.3f} s")
    print(f"ratio to the target of {TARGET} s: {median / TARGET:.2f}")
    ours, peer = median / given.pins, PEER_SECONDS / PEER_PINS
    print(
        f"per pin {1e6 * ours:.0f} us, pip-audit {1e6 * peer:.0f} us: {peer / ours:.0f} times as fast"
    )


if __name__ == "__main__":
    main()
