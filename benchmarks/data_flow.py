"""How many Python files per CPU second the data flow analysis takes, beside Bandit and `ast.parse`.

    python benchmarks/data_flow.py FOLDER [--bandit COMMAND] [--runs N] [--sample N]

FOLDER is any tree with much Python, such as the site-packages of an environment. All three take
the same files, in turns; the medians are printed, and what whence takes beside the others. whence
reads the files, solves the flow over all of them, and links the supply graph. CPU time is user and
system time: of this process for `ast.parse` and whence, of its own process and all that it starts
for Bandit, Python's start included (a fraction of a second). `--sample` takes that many files at
equal distances in the sorted list, for all three; Bandit takes minutes for thousands of files.
What is not installed is said and left out.
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
from whence.graph import link
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


def analyse(sources: Sources) -> tuple[float, float, float, int]:
    """CPU seconds of reading, of solving and of linking, and the number of facts."""
    facts: list[Fact] = []

    def read_all() -> None:
        for path, data in sources:
            for found in read_code(decoded(data), path):
                if not isinstance(found, Unread):
                    facts.append(found)

    reading = cpu_seconds(read_all)
    made: list[Fact | Unread] = []
    graph = SupplyGraph(facts=facts)
    solving = cpu_seconds(lambda: made.extend(solve(graph)))
    concluded = [each for each in made if not isinstance(each, Unread)]
    linking = cpu_seconds(lambda: link(graph.with_facts(concluded)))
    return reading, solving, linking, len(concluded)


def bandit_seconds(command: str, paths: list[Path]) -> float:
    """The CPU time of Bandit over the files, in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [command, "-q", "-f", "json", *map(str, paths)],
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
    parser.add_argument("--sample", type=int, default=0, help="take so many files, evenly spaced")
    chosen = parser.parse_args()
    if not chosen.collector:
        gc.disable()
    paths = sorted(path for path in chosen.folder.rglob("*.py") if path.is_file())
    whole = len(paths)
    if 0 < chosen.sample < whole:
        paths = [paths[number * whole // chosen.sample] for number in range(chosen.sample)]
    sources = [(str(path.relative_to(chosen.folder)), path.read_bytes()) for path in paths]
    size = sum(len(data) for _, data in sources) / 1e6
    of = "" if len(paths) == whole else f" of {whole}, evenly spaced"
    print(f"{len(sources)} files{of}, {size:.1f} MB")
    bandit = shutil.which(chosen.bandit)
    if not bandit:
        print("bandit is not installed: left out")
    runs: dict[str, list[float]] = defaultdict(list)
    for _ in range(chosen.runs):
        runs["ast.parse"].append(cpu_seconds(lambda: parse_all(sources)))
        reading, solving, linking, facts = analyse(sources)
        runs["whence, read"].append(reading)
        runs["whence, solve"].append(solving)
        runs["whence, link"].append(linking)
        runs["whence"].append(reading + solving + linking)
        if bandit:
            runs["bandit"].append(bandit_seconds(bandit, paths))
    rows = {name: statistics.median(seconds) for name, seconds in runs.items()}
    for name, seconds in rows.items():
        print(f"{name:<16}{seconds:8.2f} s{len(sources) / max(seconds, 1e-9):10.0f} files/s")
    print(f"whence takes {rows['whence'] / rows['ast.parse']:.2f} times what ast.parse takes")
    if bandit:
        print(f"Bandit takes {rows['bandit'] / rows['whence']:.1f} times what whence takes")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{facts} facts, peak memory {memory:.0f} MB")


if __name__ == "__main__":
    main()
