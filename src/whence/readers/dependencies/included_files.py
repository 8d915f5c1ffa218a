"""Requirements files that only an `-r` or `-c` tells to be such, whatever they are called."""

from __future__ import annotations

import os
import posixpath
from collections import deque
from collections.abc import Iterator, Sequence

from whence.readers.contract import HEAD_SIZE, Source, Unreadable
from whence.readers.dependencies import requirements
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import Include, PackageManifest
from whence.vocabulary.tree import File, Tree

_SIZE_LIMIT = 16 * 1024 * 1024
READER = "dependencies.requirements"


def included(tree: Tree, facts: Sequence[Fact]) -> Iterator[Fact | Unread]:
    """What stands in files that other files or commands install from and no reader knew by name.

    A name is tried from the folder of the file that gives it and from the root. `facts` are those
    of the whole tree.
    """
    files = {file.path: file for file in tree.files}
    read = {fact.span.path for fact in facts if isinstance(fact, PackageManifest)}
    waiting = deque(fact for fact in facts if isinstance(fact, Include))
    while waiting:
        include = waiting.popleft()
        folder = posixpath.dirname(include.span.path)
        near, far = posixpath.join(folder, include.target), include.target
        for path in dict.fromkeys((posixpath.normpath(near), posixpath.normpath(far))):
            if path in files and path not in read:
                read.add(path)
                for found in _read(files[path], tree.root, include.role == "constraint"):
                    yield found
                    if isinstance(found, Include):
                        waiting.append(found)


def _read(file: File, root: str, constraints: bool) -> Iterator[Fact | Unread]:
    source = Source(file.path, file.size, os.path.join(root, file.path))
    try:
        with source.open() as stream:
            head = stream.read(HEAD_SIZE)
        if file.size > _SIZE_LIMIT or b"\0" in head.replace(b"\0\n", b""):
            raise Unreadable("no text that a requirements file could be")
        yield from requirements.statements(source, constraints)
    except OSError as error:
        yield Unread(source.span(), READER, f"the file cannot be read: {error.strerror}", True)
    except Unreadable as error:
        yield Unread(source.span(error.line), READER, error.reason, True)
