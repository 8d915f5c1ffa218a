"""Which requirements stood in the repository before anybody published the package.

A language model invents a plausible name, or a private one slips into a public manifest; whoever
then registers the name is installed. The trace is a commit older than the package's first upload.
"""

from __future__ import annotations

import heapq
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from whence.lookups.git_objects import Commit, GitObjects, UnreadableRepository

COMMIT_LIMIT = 100_000
_FOLDERS_ABOVE = 20
_LONGEST_LINE = 20_000
_INSTALLING = re.compile(r"\b(?:install|add)\b")


class Wanted(msgspec.Struct, frozen=True, order=True):
    """A requirement that is asked about: its file, its normalised name, the first upload's time."""

    path: str
    name: str
    first_upload: datetime


class Asked(msgspec.Struct, frozen=True):
    """A commit from before the first upload whose file already requires the package."""

    commit: str
    time: datetime


class History(msgspec.Struct, frozen=True):
    """What the history tells: `asked` by requirement, and which could not be decided, and why."""

    asked: Mapping[Wanted, Asked]
    undecided: tuple[Wanted, ...] = ()
    reason: str = ""


def asked_before(root: Path, wanted: Iterable[Wanted]) -> History:
    """Look for each requirement in the newest commits that are older than the package.

    From the checked-out commit all lines of history are followed, through merges too. A commit
    counts as old only if its parents are too, so that one wrong clock decides nothing.
    """
    waiting = frozenset(wanted)
    if not waiting:
        return History({})
    try:
        folder, inside = _repository(root)
        with GitObjects(folder) as objects:
            search = _Search(objects, inside)
            search.run(waiting)
            return search.result()
    except UnreadableRepository as error:
        return History({}, tuple(sorted(waiting)), str(error))


class _Search:
    """A walk from a commit to its ancestors, the newest first, with what is looked for on each."""

    def __init__(self, objects: GitObjects, inside: tuple[str, ...]) -> None:
        self._objects = objects
        self._inside = inside
        self._heap: list[tuple[int, str]] = []
        self._open: dict[str, set[Wanted]] = {}
        self._commits: dict[str, Commit] = {}
        self._asked: dict[Wanted, Asked] = {}
        self._lost: set[Wanted] = set()
        self._reason = ""

    def result(self) -> History:
        """What was found; undecided is what could not be followed to its end."""
        undecided = tuple(sorted(self._lost - self._asked.keys()))
        return History(self._asked, undecided, self._reason if undecided else "")

    def run(self, wanted: frozenset[Wanted]) -> None:
        """Follow every line until each requirement is decided on it."""
        shallow = self._objects.shallow()
        tip = self._objects.head()
        self._enter(tip, self._objects.commit(tip), wanted)
        left = COMMIT_LIMIT
        while self._heap:
            _, identifier = heapq.heappop(self._heap)
            still = self._open.pop(identifier, set()) - self._asked.keys()
            commit = self._commits.pop(identifier, None)
            if commit is None or not still:
                continue
            left -= 1
            if left < 0:
                self._lose(still, f"its history is longer than {COMMIT_LIMIT:,} commits")
                continue
            try:
                self._visit(identifier, commit, still, identifier in shallow)
            except UnreadableRepository as error:
                self._lose(still, str(error))

    def _visit(self, identifier: str, commit: Commit, still: set[Wanted], is_cut: bool) -> None:
        names = () if is_cut else tuple(dict.fromkeys(commit.parents))
        parents = [(name, self._objects.commit(name)) for name in names]
        time = max([commit.time, *(parent.time for _, parent in parents)])
        old = {one for one in still if time < one.first_upload.timestamp()}
        for one in sorted(old):
            content = self._objects.file(commit.tree, (*self._inside, *one.path.split("/")))
            if content and requires(content.decode("utf-8", "replace"), one.name):
                self._asked[one] = Asked(identifier, datetime.fromtimestamp(commit.time, UTC))
        if is_cut and still - old:
            begin = datetime.fromtimestamp(commit.time, UTC).date()
            self._lose(still - old, f"the clone is shallow, its history begins on {begin}")
        for name, parent in parents:
            self._enter(name, parent, still - old)

    def _enter(self, identifier: str, commit: Commit, wanted: Iterable[Wanted]) -> None:
        if identifier not in self._open:
            heapq.heappush(self._heap, (-commit.time, identifier))
        self._commits[identifier] = commit
        self._open.setdefault(identifier, set()).update(wanted)

    def _lose(self, wanted: Iterable[Wanted], reason: str) -> None:
        self._lost.update(wanted)
        self._reason = self._reason or reason


def requires(text: str, name: str) -> bool:
    """Whether a manifest, a lock file or a script asks for a package, by the look of its lines.

    A name counts where a requirement can stand: quoted, with a version, alone on its line, or on
    a line that installs. Prose and comments that mention it do not.
    """
    spelled = "[-_.]+".join(map(re.escape, name.split("-")))
    stated = re.compile(
        rf"""(?i)(?:^|[\s"'=,(\[])(?:{spelled})"""
        r"""(?=\s*(?:\[[^\]\n]{0,200}\]\s*)?(?:[=<>~!]=|[<>@;]|["',)\]]))"""
    )
    alone = re.compile(rf"(?i)[\s>-]*(?:{spelled})\s*(?:=\s*\S.*)?")
    mentioned = re.compile(rf"""(?i)(?<![\w.-])(?:{spelled})(?![\w-])""")
    for line in text.splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", line)
        if len(line) > _LONGEST_LINE or not mentioned.search(line):
            continue
        if stated.search(line) or alone.fullmatch(line) or _INSTALLING.search(line):
            return True
    return False


def _repository(root: Path) -> tuple[Path, tuple[str, ...]]:
    """The `.git` folder that a tree belongs to, and where in the repository the tree stands."""
    root = Path(os.path.abspath(root))
    for folder in [root, *root.parents][:_FOLDERS_ABOVE]:
        found = folder / ".git"
        if found.is_symlink() or found.is_file():
            raise UnreadableRepository("its `.git` leads elsewhere and is not followed")
        if found.is_dir():
            return found, root.relative_to(folder).parts
    raise UnreadableRepository("the tree has no history")
