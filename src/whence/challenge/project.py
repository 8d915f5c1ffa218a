"""The project while it is planted: files in memory, and places that survive later edits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

_NOT_PART = frozenset({"__pycache__", ".pytest_cache"})


class Conflict(Exception):
    """Two plants want the same lines, or a plant finds the clean project other than it expects."""


class Place(msgspec.Struct, frozen=True):
    """Where a plant shows: a piece of text in a file; the whole file where the text is empty."""

    path: str
    text: str = ""


class Project:
    """All files by relative path. Every change returns the place where it can be seen."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = dict(files)
        self._clean = dict(files)
        self._tampered: set[str] = set()

    def copy(self) -> Project:
        """An independent copy, to try a plant on."""
        twin = Project(self.files)
        twin._clean = self._clean
        twin._tampered = set(self._tampered)
        return twin

    def text(self, path: str) -> str:
        """The content of a text file. Raises Conflict where it is not there."""
        if path not in self.files:
            raise Conflict(f"{path} is not there")
        return self.files[path].decode("utf-8")

    def add(self, path: str, content: str | bytes) -> Place:
        """A new file. Raises Conflict where there is one."""
        if path in self.files:
            raise Conflict(f"{path} is there already")
        self.files[path] = content.encode() if isinstance(content, str) else content
        return Place(path)

    def replace(self, path: str, old: str, new: str) -> Place:
        """Exchanges text that stands exactly once in a file."""
        text = self.text(path)
        if text.count(old) != 1:
            raise Conflict(f"{path} holds the text {text.count(old)} times: {old[:60]!r}")
        self.files[path] = text.replace(old, new).encode()
        return Place(path, new.strip("\n"))

    def insert_after(self, path: str, line: str, new: str) -> Place:
        """New lines below a line that stands exactly once (compared without indentation)."""
        lines = self.text(path).split("\n")
        found = [number for number, each in enumerate(lines) if each.strip() == line.strip()]
        if len(found) != 1:
            raise Conflict(f"{path} holds the line {len(found)} times: {line[:60]!r}")
        lines.insert(found[0] + 1, new.rstrip("\n"))
        self.files[path] = "\n".join(lines).encode()
        return Place(path, new.strip("\n"))

    def append(self, path: str, new: str) -> Place:
        """New text at the end of a file."""
        text = self.text(path)
        self.files[path] = (text.rstrip("\n") + "\n" + new.rstrip("\n") + "\n").encode()
        return Place(path, new.strip("\n"))

    def remove(self, path: str) -> None:
        """Takes a file away. Raises Conflict where it is not there."""
        if self.files.pop(path, None) is None:
            raise Conflict(f"{path} is not there")

    def overwrite(self, path: str, content: bytes, *, recorded: bool) -> Place:
        """New content for a file. With `recorded` its digests are recorded anew, as its owner
        would; without, it now disagrees with what the project recorded.
        """
        if path not in self.files:
            raise Conflict(f"{path} is not there")
        self.files[path] = content
        if not recorded:
            self._tampered.add(path)
        return Place(path)

    def record_digests(self) -> None:
        """Brings every recorded SHA-256 of a changed file up to date, except of tampered ones."""
        for _ in range(4):  # a manifest may itself be recorded in another
            changed = {
                _sha256(self._clean[path]): _sha256(content)
                for path, content in self.files.items()
                if path in self._clean
                and path not in self._tampered
                and content != self._clean[path]
            }
            before = dict(self.files)
            for path, content in before.items():
                for old, new in changed.items():
                    if old in content:
                        content = content.replace(old, new)
                self.files[path] = content
            if self.files == before:
                return

    def lines_of(self, place: Place) -> tuple[str, int, int]:
        """Path, first and last line of a place. Raises Conflict where its text is gone."""
        if place.path not in self.files:
            raise Conflict(f"{place.path} is gone")
        if not place.text:
            return place.path, 0, 0
        text = self.text(place.path)
        start = text.find(place.text)
        if start < 0:
            raise Conflict(f"{place.path} no longer holds {place.text[:60]!r}")
        first = text.count("\n", 0, start) + 1
        return place.path, first, first + place.text.count("\n")


def clean_project() -> Project:
    """The clean SentiBot, as the package carries it."""
    return Project(dict(_files(resources.files("whence.challenge") / "clean", "")))


def write(files: dict[str, bytes], folder: Path) -> None:
    """Writes the files below a folder that exists."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if content.startswith(b"#!"):
            target.chmod(0o755)


def _files(folder: Traversable, prefix: str) -> Iterable[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.name in _NOT_PART:
            continue
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_bytes()


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
