"""An OSV export: a zip with one JSON document per advisory, as OSV publishes per ecosystem."""

import zipfile
import zlib
from collections.abc import Callable
from typing import IO

import msgspec

from whence.lookups.osv import Document, document

MEMBER_LIMIT = 500_000
DOCUMENT_LIMIT = 8 * 1024 * 1024
TOTAL_LIMIT = 1024 * 1024 * 1024
_PLAIN_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class UnusableArchive(Exception):
    """The file is not an OSV export that can be trusted to be whole. The message says why."""


class Export(msgspec.Struct, frozen=True):
    """The documents of an export, and how many of its members could not be read as one."""

    documents: tuple[Document, ...]
    unreadable: int


def export(stream: IO[bytes], progress: Callable[[int, int], None] | None = None) -> Export:
    """Read a whole export; every member's checksum is verified on the way.

    One bad document costs that document. Raises UnusableArchive for what is not a zip, is cut
    short, fails a checksum, or is larger than an export can be. `progress` is told how many
    members of how many are read.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            members = [m for m in archive.infolist() if m.filename.endswith(".json")]
            if len(members) > MEMBER_LIMIT:
                raise UnusableArchive(f"more than {MEMBER_LIMIT:,} documents")
            if any(m.compress_type not in _PLAIN_METHODS for m in members):
                raise UnusableArchive("compressed in a way that exports are not")
            return _documents(archive, members, progress)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise UnusableArchive(f"not a whole zip archive: {error}") from error


def _documents(
    archive: zipfile.ZipFile,
    members: list[zipfile.ZipInfo],
    progress: Callable[[int, int], None] | None,
) -> Export:
    found: dict[str, Document] = {}
    unreadable = total = 0
    for number, member in enumerate(members, 1):
        with archive.open(member) as content:
            data = content.read(DOCUMENT_LIMIT + 1)
        total += len(data)
        if total > TOTAL_LIMIT:
            raise UnusableArchive(f"more than {TOTAL_LIMIT:,} bytes of documents")
        one = _document(data)
        if one is None or one.id in found:
            unreadable += 1
        else:
            found[one.id] = one
        if progress is not None:
            progress(number, len(members))
    return Export(tuple(found.values()), unreadable)


def _document(data: bytes) -> Document | None:
    if len(data) > DOCUMENT_LIMIT:
        return None
    try:
        return document(data)
    except ValueError:
        return None
