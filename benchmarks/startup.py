"""How long `whence --version` takes, as a ratio to a bare `python -c pass`. Aim: at most 3.

Repeat with `python benchmarks/startup.py [runs]`. Each pair runs one after the other, so that the
machine's mood cancels out; the median ratio is the figure to quote.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

AIM = 3.0
COMMAND = [str(Path(sys.executable).with_name("whence")), "--version"]


def seconds(command: list[str]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main(runs: int) -> None:
    """Prints median times and the median ratio."""
    floor_command = [sys.executable, "-c", "pass"]
    for command in (floor_command, COMMAND):
        seconds(command)
    pairs = [(seconds(COMMAND), seconds(floor_command)) for _ in range(runs)]
    ours, floor = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(mine / bare for mine, bare in pairs)
    print(f"whence --version {ours * 1000:.0f} ms, python -c pass {floor * 1000:.0f} ms")
    print(f"ratio {ratio:.2f} (aim: at most {AIM})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
