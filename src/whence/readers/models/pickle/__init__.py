"""What a pickle stream would do, found without loading it."""

from __future__ import annotations

from typing import BinaryIO

from whence.readers.models.pickle.judgement import PickleJudge
from whence.readers.models.pickle.stream import read_stream
from whence.readers.models.pickle.trace import Trace
from whence.readers.models.pickle.verdict import Judgement, Verdict, judge

__all__ = ["Judgement", "Trace", "Verdict", "judge", "scan"]


def scan(
    source: bytes | BinaryIO, *, origin: int = 0, rewindable: bool | None = None
) -> tuple[Trace, Judgement]:
    """Read all pickles of a stream and judge them; arguments as for `read_stream`."""
    trace = read_stream(source, PickleJudge(), origin=origin, rewindable=rewindable)
    return trace, judge(trace)
