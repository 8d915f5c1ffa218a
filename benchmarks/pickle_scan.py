"""How fast pickles are read, beside picklescan where an interpreter has it.

    python benchmarks/pickle_scan.py [--megabytes 300] [--against PYTHON [--shared 100]]

Every measurement runs in a process of its own: CPU seconds, and the peak of resident memory as
Linux tells it. picklescan keeps some eighty bytes for each byte of opcodes: the two are compared, by
turns, on files of `--shared` megabytes.
"""

from __future__ import annotations

import argparse
import collections
import datetime
import json
import pickle
import random
import subprocess
import sys
import tempfile
from pathlib import Path

SMALL_FILES = 2_000
PEAK = """
import json, pathlib, sys, time

def peak():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0
"""
OURS = """
from whence.readers.models.pickle import scan
began = time.process_time()
verdicts = {}
for path in sys.argv[1:]:
    for file in sorted(pathlib.Path(path).glob("*")):
        with file.open("rb") as source:
            verdict = scan(source)[1].verdict.value
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
spent = time.process_time() - began
print(json.dumps([spent, peak(), verdicts]))
"""
THEIRS = """
from picklescan.scanner import scan_pickle_bytes
began = time.process_time()
for path in sys.argv[1:]:
    for file in sorted(pathlib.Path(path).glob("*")):
        with file.open("rb") as source:
            scan_pickle_bytes(source, file.name)
spent = time.process_time() - began
print(json.dumps([spent, peak(), {}]))
"""


def row(index: int, choose: random.Random) -> dict[str, object]:
    """One record as data sets hold them."""
    return {
        "id": index,
        "name": f"user{index % 1000}",
        "score": choose.random(),
        "tags": [index % 7, index % 11, f"x{index % 50}"],
        "at": (index % 100, index % 200),
        "none": None,
    }


def write_rows(path: Path, megabytes: int, protocol: int) -> None:
    """A pickled list of dicts of about so many megabytes."""
    choose = random.Random(1)
    sample = len(pickle.dumps([row(i, choose) for i in range(10_000)], protocol=protocol))
    count = int(megabytes * 1_000_000 / sample * 10_000)
    with path.open("wb") as file:
        pickle.dump([row(i, choose) for i in range(count)], file, protocol=protocol)


def write_objects(path: Path, megabytes: int) -> None:
    """About so many megabytes of dates and ordered dicts in a list."""
    records = [
        (datetime.date(2000 + i % 20, 1, 1), collections.OrderedDict(id=i, of=[i % 7]))
        for i in range(20_000)
    ]
    sample = len(pickle.dumps(records, protocol=4))
    count = int(megabytes * 1_000_000 / sample * len(records))
    records = [
        (datetime.date(2000 + i % 20, 1, 1), collections.OrderedDict(id=i, of=[i % 7]))
        for i in range(count)
    ]
    with path.open("wb") as file:
        pickle.dump(records, file, protocol=4)


def write_small(folder: Path) -> None:
    """Small files as estimators leave them: a class, a state, some arrays."""
    choose = random.Random(2)
    for index in range(SMALL_FILES):
        state = {f"parameter_{i}": choose.choice([None, 1, 0.5, "auto", True]) for i in range(20)}
        body = pickle.dumps(state, protocol=4)[:-1]
        head = b"\x80\x04csklearn.linear_model._logistic\nLogisticRegression\n)\x81"
        (folder / f"{index}.pkl").write_bytes(head + body + b"b.")


def write_blob(path: Path, megabytes: int) -> None:
    """One huge bytes object, as a tensor is."""
    with path.open("wb") as file:
        file.write(b"\x80\x05\x8e" + (megabytes << 20).to_bytes(8, "little"))
        for _ in range(megabytes):
            file.write(bytes(1 << 20))
        file.write(b".")


def measured(python: str, code: str, folder: Path) -> list[object]:
    """CPU seconds, peak of resident memory in MB, verdicts."""
    done = subprocess.run(
        [python, "-c", PEAK + code, str(folder)], capture_output=True, text=True, check=True
    )
    result: list[object] = json.loads(done.stdout)
    return result


def compared(label: str, folder: Path, against: str) -> None:
    """The same files read by both, twice in turn."""
    ours, theirs = 0.0, 0.0
    for _ in range(2):
        ours += float(str(measured(sys.executable, OURS, folder)[0]))
        spent, peak, _ = measured(against, THEIRS, folder)
        theirs += float(str(spent))
    print(
        f"    {label}: picklescan {theirs / 2:.2f} s, peak {peak:.0f} MB;"
        f" whence {ours / 2:.2f} s, {theirs / ours:.1f} times faster",
        flush=True,
    )


def main() -> None:
    """Measure and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--against", help="an interpreter that has picklescan installed")
    parser.add_argument("--shared", type=int, default=100, help="megabytes that both read")
    arguments = parser.parse_args()
    large, shared = arguments.megabytes, arguments.shared
    with tempfile.TemporaryDirectory() as base:
        for label, write in (
            ("rows, protocol 4", lambda folder, size: write_rows(folder / "r.pkl", size, 4)),
            ("rows, protocol 2", lambda folder, size: write_rows(folder / "r.pkl", size, 2)),
            ("objects", lambda folder, size: write_objects(folder / "o.pkl", size)),
            (f"{SMALL_FILES} small files", lambda folder, _: write_small(folder)),
            ("1 GiB in one object", lambda folder, _: write_blob(folder / "b.pkl", 1024)),
        ):
            folder = Path(base) / label.replace(" ", "-")
            folder.mkdir()
            write(folder, large)
            spent, peak, said = measured(sys.executable, OURS, folder)
            print(f"{label}: {spent:.2f} s, peak {peak:.0f} MB, {said}", flush=True)
            if arguments.against:
                write(folder, shared)
                compared(f"at {shared} MB" if large != shared else label, folder, arguments.against)
            for file in folder.iterdir():
                file.unlink()


if __name__ == "__main__":
    main()
