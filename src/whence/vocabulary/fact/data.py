"""Facts of data files and of what is recorded about them."""

from __future__ import annotations

from whence.vocabulary.fact import Fact


class RecordedDigest(Fact, frozen=True):
    """A digest that the project has written down for a file or folder of the tree.

    `target` is relative to the root. `algorithm` is `sha256`, `md5`, `md5-dos2unix` (DVC before
    3.0: line ends normalised), `md5-dir` and `md5-dos2unix-dir` (a folder, as DVC does it), `git-blob`, … and `digest`
    hexadecimal in lower case. `kind` says what recorded it: `checksum-file`, `dvc`, `lfs-pointer`,
    `manifest`, `card`, `cyclonedx`, `signature`, `hub-cache`. `size` is -1 where none is recorded.
    `written` is the name as the record has it: where no file stands at `target`, it may be meant
    from the root.
    """

    target: str
    algorithm: str
    digest: str
    kind: str
    size: int = -1
    written: str = ""


class ComputedDigest(Fact, frozen=True):
    """The digest of a file or folder as it is now, for an algorithm that the walk does not use.

    The span is the file's. Only computed where a `RecordedDigest` asks for it.
    """

    algorithm: str
    digest: str
