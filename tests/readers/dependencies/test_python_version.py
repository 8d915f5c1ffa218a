"""Files that say which version of Python runs → facts."""

from __future__ import annotations

import pytest

from whence.readers.contract import Source
from whence.readers.dependencies import python_version
from whence.vocabulary.fact.dependencies import PythonVersion


def versions(path: str, content: bytes) -> list[tuple[str, int]]:
    facts = list(python_version.read(Source.of_bytes(path, content)))
    return [(f.version, f.span.first) for f in facts if isinstance(f, PythonVersion)]


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        (".python-version", b"3.12.4\n", [("3.12.4", 1)]),
        (".python-version", b"# pinned\n3.14\n3.13.1\n", [("3.14", 2), ("3.13.1", 3)]),
        ("app/runtime.txt", b"python-3.11.9\n", [("3.11.9", 1)]),
        (".tool-versions", b"nodejs 20.1.0\npython  3.13.0\n", [("3.13.0", 2)]),
        (".python-version", b"pypy3.10-7.3\nsystem\n", []),
        (".python-version", b"", []),
    ],
)
def test_versions_are_read_with_their_lines(
    path: str, content: bytes, expected: list[tuple[str, int]]
) -> None:
    assert python_version.claims(path, content)
    assert versions(path, content) == expected


@pytest.mark.parametrize("path", ["docs/runtime.txt", "python-version", "notes/.python-versions"])
def test_other_files_are_left_alone(path: str) -> None:
    assert not python_version.claims(path, b"how long it ran: 3.12 hours\n")
