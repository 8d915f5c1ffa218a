"""ZIP archives with a ZIP64 end record, as torch writes them for every checkpoint."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from whence.readers.contract import Source
from whence.readers.models import artefact
from whence.vocabulary.example_bytes import assemble
from whence.vocabulary.fact.models import ModelFile, PickleUse


def checkpoint() -> bytes:
    """A malicious checkpoint whose directory is followed by both kinds of end record."""
    pickle = assemble("pickle", "PROTO 2\nGLOBAL os system\nUNICODE echo\nTUPLE1\nREDUCE\nSTOP")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickle or b"")
        archive.writestr("archive/version", "3")
    plain = stream.getvalue()
    end = plain[-22:]
    count, length, offset = struct.unpack_from("<HII", end, 10)
    place = len(plain) - 22
    wide = struct.pack(
        "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, place, 1)
    return plain[:-22] + wide + locator + end


@pytest.mark.parametrize("before", [b"", b"\x00" * 4096, b"#!/bin/sh\nexit\n"])
def test_a_wide_archive_is_read_wherever_it_begins(before: bytes) -> None:
    facts = list(artefact.read(Source.of_bytes("m.pt", before + checkpoint())))

    assert [f.verdict for f in facts if isinstance(f, PickleUse)] == ["malicious"]
    assert "torch-zip" in [f.format for f in facts if isinstance(f, ModelFile)]
