"""A release as one tar file that is the same bytes whenever it holds the same files."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

MAX_BUNDLE_BYTES = 64 * 1024 * 1024


class BundleRefused(Exception):
    """A bundle is too large or holds something other than plain files."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack files in name order, without owner, time or mode of this machine."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    return stream.getvalue()


def unpack(content: bytes, folder: Path) -> list[str]:
    """Extract a bundle into an empty folder and return the names of its files."""
    if len(content) > MAX_BUNDLE_BYTES:
        raise BundleRefused("the bundle is larger than any release of ours")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BundleRefused(f"{folder.name} is not empty")
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        members = archive.getmembers()
        if not all(member.isfile() and Path(member.name).name == member.name for member in members):
            raise BundleRefused("a bundle holds plain files at its top level only")
        archive.extractall(folder, filter="data")
    return sorted(member.name for member in members)
