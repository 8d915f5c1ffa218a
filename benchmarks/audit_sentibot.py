"""How long `whence audit` takes on the clean SentiBot, cold and warm. Aims: 1.5 s and 0.5 s.

Repeat with `python benchmarks/audit_sentibot.py [runs]`. A cold run starts a process with an empty
cache, a warm one with the cache of the run before. The floor is a process that only hashes the
project's files; times are medians over whole processes.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WHENCE = str(Path(sys.executable).with_name("whence"))
HASH_ALL = (
    "import hashlib, pathlib, sys; [hashlib.sha256(p.read_bytes()).hexdigest() "
    "for p in pathlib.Path(sys.argv[1]).rglob('*') if p.is_file()]"
)


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Wall time of one run; a run that is wrongly used or fails stops the benchmark."""
    start = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=environment)
    if done.returncode not in (0, 1):
        sys.exit(f"{command} ended with {done.returncode}")
    return time.perf_counter() - start


def main(runs: int) -> None:
    """Prints the medians and their ratio to the floor."""
    with tempfile.TemporaryDirectory() as folder:
        project, cache = Path(folder) / "sentibot", Path(folder) / "cache"
        environment = {**os.environ, "WHENCE_CACHE": str(cache)}
        # As installed: pip compiles what it installs, an editable checkout does so on its first run.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run(
            [WHENCE, "challenge", "new", "--edition", "clean", str(project)],
            check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        audit = [WHENCE, "audit", str(project), "--offline"]
        cold, warm, floor = [], [], []
        for _ in range(runs):
            shutil.rmtree(cache, ignore_errors=True)
            cold.append(seconds(audit, environment))
            warm.append(seconds(audit, environment))
            floor.append(seconds([sys.executable, "-c", HASH_ALL, str(project)], environment))
    for name, times, aim in (("cold", cold, 1.5), ("warm", warm, 0.5)):
        ratio = statistics.median(t / f for t, f in zip(times, floor, strict=True))
        print(
            f"{name}: {statistics.median(times):.2f} s (aim {aim} s), {ratio:.1f} x hashing alone"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
