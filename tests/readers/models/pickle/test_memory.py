"""Hostile and huge streams are read in bounded memory, in a process whose memory is counted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[4] / "src"
READ = """
import io, json, pathlib, sys
from whence.readers.models.pickle import scan

class Pipe(io.RawIOBase):
    def __init__(self, start, pattern, size):
        self.start, self.left = start, size
        self.pattern = pattern * (1 + (1 << 16) // len(pattern))
    def seekable(self):
        return False
    def read(self, size=-1):
        if self.start:
            given, self.start = self.start, b""
            return given
        self.left -= len(self.pattern)
        return self.pattern if self.left > 0 else b""

start, pattern, size = (eval(text) for text in sys.argv[1:])
trace, judgement = scan(Pipe(start, pattern, size))
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = [int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")]
print(json.dumps([judgement.verdict.value, judgement.complete, peak or [0]]))
"""


@pytest.mark.parametrize(
    ("start", "pattern"),
    [
        (b"", b"]"),
        (b"", b"("),
        (b"(", b"N"),
        (b"\x80\x04]", b"\x94"),
        (b"V", b"aaaaaaa"),
        (b"", b"]\x94("),
        (b"]", b"2\x85"),
        (b"\x80\x04", b"\x8c\x08abcdefgh\x94"),
        (b"\x8e" + (1 << 40).to_bytes(8, "little"), b"x"),
        (b"(", b"icollections\nOrderedDict\n("),
        (b"cx\ny\nq\x00)Rq\x010", b"h\x01h\x01\x85R0"),
        (b"\x80\x04cdatetime\ndate\n\x94", b"h\x00)R\x940"),
        (b"", b"(]}\x8f" * 9 + b"X\xff\x00\x00\x00" + b"a" * 255),
    ],
    ids=str,
)
def test_hostile_growth_is_bounded(start, pattern):
    size = 1 << 19 if b"R" in pattern else 1 << 21
    done = subprocess.run(
        [sys.executable, "-c", READ, repr(start), repr(pattern), str(size)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(SOURCE)},
    )
    verdict, complete, (peak,) = json.loads(done.stdout)
    assert not complete
    assert verdict in ("incomplete", "review")
    assert peak < 130
