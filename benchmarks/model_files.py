"""Measures the readers of model files: many small ones, one large one, beside other scanners.

    python benchmarks/model_files.py [--large-mib 1024] [--files 2000] [--peers FOLDER]

Peers (picklescan, modelscan, fickling, modelaudit) are measured where they are installed.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import resource
import shutil
import struct
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.models import artefact

PEERS = {
    "picklescan": ["picklescan", "--path"],
    "modelscan": ["modelscan", "-p"],
    "fickling": ["fickling", "--check-safety"],
    "modelaudit": ["modelaudit", "scan"],
}
_ONE_FILE_AT_A_TIME = ("fickling",)
_SAMPLE = 20
_LONGEST = 120
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20


def state_pickle(tensors: int) -> bytes:
    """The pickle of a state dictionary as torch writes it."""
    out = [b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01("]
    for number in range(tensors):
        name = f"layers.{number}.weight".encode()
        key = str(number).encode()
        out.append(b"X" + struct.pack("<I", len(name)) + name)
        out.append(b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n")
        out.append(b"X" + struct.pack("<I", len(key)) + key + b"X\x03\0\0\0cpuM\x00\x01tQ")
        out.append(b"K\x00(K\x10K\x10t(K\x10K\x01t\x89ccollections\nOrderedDict\n)RtR")
    out.append(b"u.")
    return b"".join(out)


def checkpoint(path: Path, mib: int, tensors: int = 8) -> None:
    """A torch archive of about `mib` MiB of tensor bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("archive/data.pkl", _EPOCH), state_pickle(tensors))
        block = hashlib.sha256(b"tensor").digest() * (_CHUNK // 32)
        for number in range(tensors):
            with archive.open(zipfile.ZipInfo(f"archive/data/{number}", _EPOCH), "w") as member:
                for _ in range(mib // tensors):
                    member.write(block)
        archive.writestr(zipfile.ZipInfo("archive/version", _EPOCH), b"3\n")


def small_files(folder: Path, count: int) -> list[Path]:
    """Estimators and small checkpoints as projects keep them."""
    made: list[Path] = []
    for number in range(count):
        path = folder / f"model_{number:05}.{'pt' if number % 2 else 'pkl'}"
        if number % 2:
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr(zipfile.ZipInfo("a/data.pkl", _EPOCH), state_pickle(2))
                archive.writestr(zipfile.ZipInfo("a/data/0", _EPOCH), bytes(1024))
                archive.writestr(zipfile.ZipInfo("a/version", _EPOCH), b"3\n")
            path.write_bytes(stream.getvalue())
        else:
            path.write_bytes(state_pickle(3))
        made.append(path)
    return made


def read(path: Path) -> int:
    """What whence does with one file: claim and read. Returns the number of facts."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_SIZE)
    if not artefact.claims(path.name, head):
        return 0
    return sum(1 for _ in artefact.read(Source(path.name, path.stat().st_size, str(path))))


def digest(path: Path) -> str:
    """SHA-256 in pieces of 1 MiB."""
    machine = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            machine.update(chunk)
    return machine.hexdigest()


def measured(title: str, limit: str, seconds: float, memory: bool = False) -> None:
    """One line of the result."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{title:<48} {seconds:8.3f} s {f'{peak} MiB' if memory else '':>10}   {limit}")


def peers(folder: Path, small: list[Path], commands: str | None) -> None:
    """The same small files with every other scanner that is installed, for two minutes at most.

    They work in an empty folder of their own, as some of them leave files behind.
    """
    for name, command in PEERS.items():
        program = shutil.which(name, path=commands)
        if program is None:
            print(f"{name:<48} not installed")
            continue
        single = name in _ONE_FILE_AT_A_TIME
        targets = small[:_SAMPLE] if single else [folder]
        title = f"{name}, {_SAMPLE} of the files" if single else f"{name}, the same small files"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            with tempfile.TemporaryDirectory() as work:
                for target in targets:
                    line = [program, *command[1:], str(target)]
                    subprocess.run(
                        line, capture_output=True, check=False, timeout=_LONGEST, cwd=work
                    )
        except subprocess.TimeoutExpired:
            print(f"{title:<48} more than {_LONGEST} s")
            continue
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        measured(title, "", spent)


def main() -> None:
    """Runs all measurements."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--files", type=int, default=2000)
    arguments.add_argument("--large-mib", type=int, default=1024)
    arguments.add_argument("--peers", help="a folder with the commands of other scanners")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        small = small_files(folder, chosen.files)
        started = time.process_time()
        for path in small:
            read(path)
        spent = time.process_time() - started
        measured(f"{chosen.files} small files", "at most 1 s of CPU", spent)
        peers(folder, small, chosen.peers)
    with tempfile.TemporaryDirectory() as place:
        large = Path(place) / "large.pt"
        checkpoint(large, chosen.large_mib)
        digest(large)
        started = time.perf_counter()
        digest(large)
        alone = time.perf_counter() - started
        started = time.perf_counter()
        digest(large)
        read(large)
        both = time.perf_counter() - started
        measured(f"{chosen.large_mib} MiB: SHA-256 alone", "", alone)
        limit = f"{both / alone:.2f} times; at most 1.3 and 64 MiB"
        measured(f"{chosen.large_mib} MiB: read and SHA-256", limit, both, memory=True)


if __name__ == "__main__":
    main()
