"""The audited tree as the walk leaves it."""

from __future__ import annotations

import posixpath

import msgspec

from whence.vocabulary.evidence import Unread

_COPIED = frozenset(
    (
        "vendor", "vendors", "vendored", "_vendor", "_vendors", "_vendored", "third_party",
        "third-party", "thirdparty", "3rdparty", "3rd_party", "3rd-party", "extern", "external",
        "externals", "submodules", "node_modules", "site-packages",
    )
)  # fmt: skip


class File(msgspec.Struct, frozen=True, order=True):
    """A regular file of the tree.

    `path` is relative to the root, `size` in bytes, `digest` the SHA-256 of the content in
    hexadecimal. `ignored` is true when the project's own ignore rules keep the file out of
    version control: it is on this disk, not in what others receive. `executable` is the mode bit.
    """

    path: str
    size: int
    digest: str
    ignored: bool = False
    executable: bool = False


class Tree(msgspec.Struct, frozen=True):
    """All files under a root, sorted by path, and what the walk passed over.

    `root` is absolute. `links` maps each symbolic link to its target as written.
    """

    root: str
    files: tuple[File, ...]
    skipped: tuple[Unread, ...] = ()
    links: dict[str, str] = {}


def is_copied(path: str) -> bool:
    """Whether a file came into the tree with somebody else's project, by its folders' names."""
    return not _COPIED.isdisjoint(posixpath.dirname(path).lower().split("/"))
