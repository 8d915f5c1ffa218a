"""Files that say which version of Python runs: `.python-version`, `runtime.txt`, `.tool-versions`.

Sources: the documentation of pyenv, of Heroku's and Streamlit's build images, and of asdf.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import PythonVersion

VERSION = 1
MAX_LINES = 200
_LINE = re.compile(r"(?:python[- ]|cpython[-@])?(3(?:\.\d{1,3}){0,2})(?![\d.])")
_FILES = frozenset({".python-version", "runtime.txt", ".tool-versions"})


def claims(path: str, head: bytes) -> bool:
    """By name; a `runtime.txt` only where it speaks of Python."""
    name = posixpath.basename(path)
    return name in _FILES and (name != "runtime.txt" or head.lstrip().startswith(b"python"))


def read(source: Source) -> Iterator[Fact | Unread]:
    """One fact for each version that is named."""
    tools = source.path.endswith(".tool-versions")
    for number, line in enumerate(source.text.split("\n")[:MAX_LINES], 1):
        text = " ".join(line.split()).lower()
        if tools and not text.startswith("python "):
            continue
        found = _LINE.match(text)
        if found:
            yield PythonVersion(source.span(number), found[1])
