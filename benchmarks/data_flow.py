"""How many Python files per CPU second the data flow analysis takes, beside Bandit and `ast.parse`.

    python benchmarks/data_flow.py FOLDER [--bandit COMMAND] [--runs N]

FOLDER is any tree with much Python, such as the site-packages of an environment. All three take
the same files, in turns; the medians are printed. CPU time is user and system time of this process,
or of Bandit's. What is not installed is said and left out.
"""

from __future__ import annotations

import argparse
import ast
import gc
import resource
import shutil
import statistics
import subprocess
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from whence.flow.solve import solve
from whence.readers.code.python import decoded, read_code
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.graph import SupplyGraph

Sources = list[tuple[str, bytes]]


def cpu_seconds(work: Callable[[], object]) -> float:
    """The CPU time of some work in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def parse_all(sources: Sources) -> None:
    """`ast.parse` alone, as the floor."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _, data in sources:
            try:
                ast.parse(data)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue


def analyse(sources: Sources) -> tuple[float, float, int]:
    """CPU seconds of reading and of solving, and the number of facts."""
    facts: list[Fact] = []

    def read_all() -> None:
        for path, data in sources:
            for found in read_code(decoded(data), path):
                if not isinstance(found, Unread):
                    facts.append(found)

    reading = cpu_seconds(read_all)
    made: list[Fact | Unread] = []
    solving = cpu_seconds(lambda: made.extend(solve(SupplyGraph(facts=facts))))
    return reading, solving, sum(not isinstance(each, Unread) for each in made)


def bandit_seconds(command: str, folder: Path) -> float:
    """The CPU time of Bandit over the folder, in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [command, "-q", "-r", str(folder), "-f", "json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bandit", default="bandit")
    parser.add_argument("--collector", action="store_true", help="leave the cycle collector on")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    if not chosen.collector:
        gc.disable()
    paths = sorted(path for path in chosen.folder.rglob("*.py") if path.is_file())
    sources = [(str(path.relative_to(chosen.folder)), path.read_bytes()) for path in paths]
    size = sum(len(data) for _, data in sources) / 1e6
    print(f"{len(sources)} files, {size:.1f} MB")
    bandit = shutil.which(chosen.bandit)
    if not bandit:
        print("bandit is not installed: left out")
    runs: dict[str, list[float]] = defaultdict(list)
    for _ in range(chosen.runs):
        runs["ast.parse"].append(cpu_seconds(lambda: parse_all(sources)))
        reading, solving, facts = analyse(sources)
        runs["whence, read"].append(reading)
        runs["whence, solve"].append(solving)
        runs["whence, read and solve"].append(reading + solving)
        if bandit:
            runs["bandit"].append(bandit_seconds(bandit, chosen.folder))
    rows = {name: statistics.median(seconds) for name, seconds in runs.items()}
    both = rows["whence, read and solve"]
    for name, seconds in rows.items():
        print(f"{name:<24}{seconds:8.2f} s{len(sources) / max(seconds, 1e-9):10.0f} files/s")
    print(f"read and solve take {both / rows['ast.parse']:.2f} times what ast.parse takes")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{facts} facts, peak memory {memory:.0f} MB")


if __name__ == "__main__":
    main()
