"""Which requirements stood in the repository before anybody published the package.

A language model invents a plausible name, or a private one slips into a public manifest; whoever
then registers the name is installed. The trace is a commit older than the package's first upload.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
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
    """Look for each requirement in the newest commit that is older than the package.

    The checked-out branch is followed by first parents. A commit counts as old only if its parent
    is too, so that one wrong clock decides nothing.
    """
    waiting = sorted(set(wanted), key=lambda one: (one.first_upload, one))
    asked: dict[Wanted, Asked] = {}
    if not waiting:
        return History(asked)
    try:
        folder, inside = _repository(root)
        with GitObjects(folder) as objects:
            for identifier, commit, parent in _line(objects):
                time = max(commit.time, parent.time if parent else 0)
                while waiting and time < waiting[-1].first_upload.timestamp():
                    one = waiting[-1]
                    content = objects.file(commit.tree, (*inside, *one.path.split("/")))
                    if content and requires(content.decode("utf-8", "replace"), one.name):
                        asked[one] = Asked(identifier, datetime.fromtimestamp(commit.time, UTC))
                    waiting.pop()
                if not waiting:
                    break
    except UnreadableRepository as error:
        return History(asked, tuple(sorted(waiting)), str(error))
    return History(asked)


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


def _line(objects: GitObjects) -> Iterator[tuple[str, Commit, Commit | None]]:
    """The commits of the checked-out branch, newest first, each with its id and first parent."""
    shallow = objects.shallow()
    identifier = objects.head()
    commit = objects.commit(identifier)
    for _ in range(COMMIT_LIMIT):
        is_cut = identifier in shallow
        parent = objects.commit(commit.parents[0]) if commit.parents and not is_cut else None
        yield identifier, commit, parent
        if is_cut:
            begin = datetime.fromtimestamp(commit.time, UTC).date()
            raise UnreadableRepository(f"the clone is shallow, its history begins on {begin}")
        if parent is None:
            return
        identifier, commit = commit.parents[0], parent
    raise UnreadableRepository(f"its history is longer than {COMMIT_LIMIT:,} commits")
