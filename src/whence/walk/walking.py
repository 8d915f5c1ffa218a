"""Lists and digests every file below a root."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.tree import File, Tree
from whence.walk.ignore_rules import IgnoreRule, is_ignored, parse_ignore_rules

FILE_LIMIT = 200_000
DEPTH_LIMIT = 100
_IGNORE_FILE_LIMIT = 1024 * 1024

_PASSED_FOLDERS = {
    ".git": "the history of the tree is not audited",
    ".hg": "the history of the tree is not audited",
    ".svn": "the history of the tree is not audited",
    "node_modules": "installed packages; the lock file is audited instead",
    "__pycache__": "compiled copies of audited sources",
    ".mypy_cache": "a tool's cache",
    ".ruff_cache": "a tool's cache",
    ".pytest_cache": "a tool's cache",
    ".hypothesis": "a tool's cache",
    ".tox": "environments of a test runner",
    ".nox": "environments of a test runner",
    ".terraform": "downloaded providers and modules; the lock file is audited instead",
}


def walk(
    root: Path,
    *,
    only: str = "",
    exclude: tuple[str, ...] = (),
    progress: Callable[[int], None] | None = None,
) -> Tree:
    """The tree below `root`, an existing folder.

    `only` restricts it to one file, relative to the root. `exclude` holds glob patterns on
    relative paths. `progress` is told the number of files so far. Whatever is passed over stands
    in `Tree.skipped` with the reason. Symbolic links are listed, never followed.
    """
    walker = _Walker(os.path.abspath(root), exclude, progress)
    if only:
        walker.take(only, ())
    else:
        walker.enter("", (), 0)
    return Tree(
        root=walker.root,
        files=tuple(sorted(walker.files)),
        skipped=tuple(sorted(walker.skipped)),
        links=dict(sorted(walker.links.items())),
    )


class _Walker:
    def __init__(
        self, root: str, exclude: tuple[str, ...], progress: Callable[[int], None] | None
    ) -> None:
        self.root = root
        self.exclude = exclude
        self.progress = progress
        self.files: list[File] = []
        self.skipped: list[Unread] = []
        self.links: dict[str, str] = {}

    def enter(self, folder: str, rules: tuple[IgnoreRule, ...], depth: int) -> None:
        if depth > DEPTH_LIMIT:
            return self.skip(folder, f"nested deeper than {DEPTH_LIMIT} folders")
        try:
            entries = sorted(os.scandir(os.path.join(self.root, folder)), key=lambda e: e.name)
        except OSError as error:
            return self.skip(folder, f"the folder cannot be listed: {error.strerror}")
        rules += self.ignore_rules(folder)
        for entry in entries:
            path = folder + entry.name
            reason = self.reason_to_skip(entry, path)
            if reason:
                self.skip(path, reason)
            elif entry.is_symlink():
                self.links[path] = os.readlink(entry.path)
                self.skip(path, "a symbolic link; its target is audited where it is in the tree")
            elif entry.is_dir(follow_symlinks=False):
                self.enter(path + "/", rules, depth + 1)
            else:
                self.take(path, rules)

    def take(self, path: str, rules: tuple[IgnoreRule, ...]) -> None:
        if len(self.files) >= FILE_LIMIT:
            return self.skip(path, f"more than {FILE_LIMIT} files; audit a smaller folder")
        location = os.path.join(self.root, path)
        try:
            mode = os.lstat(location).st_mode
            if not stat.S_ISREG(mode):
                return self.skip(path, "not a regular file")
            with open(location, "rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                size = stream.tell()
        except OSError as error:
            return self.skip(path, f"the file cannot be read: {error.strerror}")
        ignored = any(
            is_ignored(part, part != path, rules) for part in _with_parents(path) if rules
        )
        self.files.append(File(path, size, digest, ignored, bool(mode & stat.S_IXUSR)))
        if self.progress and len(self.files) % 100 == 0:
            self.progress(len(self.files))

    def reason_to_skip(self, entry: os.DirEntry[str], path: str) -> str:
        try:
            path.encode("utf-8")
        except UnicodeEncodeError:
            return "its name is not UTF-8"
        for pattern in self.exclude:
            if fnmatch.fnmatch(path, pattern) or path.startswith(pattern.rstrip("/") + "/"):
                return f"excluded by configuration: {pattern}"
            if path == pattern.rstrip("/"):
                return f"excluded by configuration: {pattern}"
        if entry.is_dir(follow_symlinks=False):
            if entry.name in _PASSED_FOLDERS:
                return _PASSED_FOLDERS[entry.name]
            if os.path.isfile(os.path.join(entry.path, "pyvenv.cfg")):
                return "a virtual environment; manifests and lock files are audited instead"
        return ""

    def ignore_rules(self, folder: str) -> tuple[IgnoreRule, ...]:
        location = os.path.join(self.root, folder, ".gitignore")
        if os.path.islink(location) or not os.path.isfile(location):
            return ()
        try:
            with open(location, encoding="utf-8", errors="replace") as stream:
                return parse_ignore_rules(stream.read(_IGNORE_FILE_LIMIT), folder)
        except OSError:
            return ()  # the file itself is then listed as unreadable

    def skip(self, path: str, reason: str) -> None:
        shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
        self.skipped.append(Unread(Span(shown or "."), "walk", reason, whole=True))


def _with_parents(path: str) -> Iterator[str]:
    for index, letter in enumerate(path):
        if letter == "/":
            yield path[:index]
    yield path
