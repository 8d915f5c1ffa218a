"""CODEOWNERS: who must review changes to what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.repository import OwnerRule

VERSION = 1
MAX_SIZE = 3 * 1024 * 1024


def claims(path: str, head: bytes) -> bool:
    """The three places where the forges look."""
    return re.fullmatch(r"(?:\.github/|\.gitlab/|docs/)?CODEOWNERS", path) is not None


def read(source: Source) -> Iterator[Fact | Unread]:
    """One fact per pattern. GitHub ignores files above 3 MB."""
    if source.size > MAX_SIZE:
        yield Unread(source.span(), "code_owners", "larger than the forge reads", whole=True)
        return
    defaults: tuple[str, ...] = ()
    for number, line in enumerate(source.text.split("\n"), 1):
        text = re.sub(r"(?:^|\s)#.*$", "", line).strip()
        section = re.fullmatch(r"\^?\[[^\]]+\](?:\[\d+\])?\s*(.*)", text)
        if section:
            defaults = tuple(section[1].split())
        elif text:
            pattern, *owners = re.split(r"(?<!\\)\s+", text)
            yield OwnerRule(
                source.span(number), pattern.replace("\\ ", " "), tuple(owners) or defaults
            )
