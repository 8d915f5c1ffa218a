"""Repositories that a script clones and then installs from: `git clone … && pip install ./x`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import takewhile

import msgspec

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.dependencies import Installation, without_credentials
from whence.vocabulary.fact.deployment import ShellCommand, WorkflowStep
from whence.vocabulary.graph import SupplyGraph

_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_REMOTE = re.compile(r"(?:https?|git|ssh)://|git@")
# Options of `git clone` that take the next word.
_VALUED = frozenset(
    (
        "-b", "--branch", "--depth", "-o", "--origin", "-j", "--jobs", "-c", "--config", "--filter",
        "--reference", "--template", "--shallow-since", "-u", "--upload-pack", "--separate-git-dir",
        "--server-option",
    )
)  # fmt: skip
_REVISION = ("checkout", "reset", "switch", "fetch")


class Clone(msgspec.Struct, frozen=True):
    """A repository that a script clones. `revision` is a branch, a tag, a commit or nothing."""

    url: str
    folder: str
    revision: str
    span: Span

    @property
    def is_fixed(self) -> bool:
        """Whether a full commit id says what is checked out."""
        return _COMMIT.match(self.revision) is not None


def installed_clones(path: str, graph: SupplyGraph) -> Iterator[tuple[Clone, Installation]]:
    """The clones of a file that one of its later commands installs, in order.

    A clone counts with the revision that is checked out by then.
    """
    installs = {found.span: found for found in graph.facts_in(path, Installation)}
    clones: dict[str, Clone] = {}
    here, shell = "", None
    for start, command in _in_their_shells(path, graph):
        if start != shell:
            here, shell = start[1], start
        argv, program = command.argv, posixpath.basename(command.argv[0])
        if program in ("cd", "pushd") and len(argv) > 1:
            here = _folder(argv[1], here)
        elif program == "git":
            clones.update(_after_git(argv, command.span, here, clones))
        elif command.span in installs and {"install", "develop"} & {*argv}:
            install = installs[command.span]
            for target in install.targets:
                clone = clones.get(_folder(target, here))
                if clone:
                    yield clone, install


def _in_their_shells(
    path: str, graph: SupplyGraph
) -> Iterator[tuple[tuple[int, str], ShellCommand]]:
    """The commands of a file, each with where its shell begins and in which folder.

    Every instruction of an image, every step of a workflow and every line of a recipe has a shell
    of its own; an image's begins in the folder that it was told to work in.
    """
    instructions = list(graph.facts_in(path, ImageInstruction))
    steps = [found.span.first for found in graph.facts_in(path, WorkflowStep)]
    for command in graph.facts_in(path, ShellCommand):
        line = command.span.first
        before = [each for each in instructions if each.span.first <= line]
        told = [each.arguments for each in before if each.keyword == "WORKDIR" and each.arguments]
        begins = [each.span.first for each in before] + [step for step in steps if step <= line]
        first = line if command.context == "make" else max(begins, default=0)
        yield (first, _folder(told[-1][0], "") if told else ""), command


def _after_git(
    argv: tuple[str, ...], span: Span, here: str, clones: dict[str, Clone]
) -> dict[str, Clone]:
    """What a command of git adds to, or changes in, what has been cloned."""
    words = list(argv[1:])
    if words[:1] == ["-C"] and len(words) > 2:
        here, words = _folder(words[1], here), words[2:]
    if words[:1] == ["clone"]:
        cloned = _cloned(words[1:], span)
        return {cloned.folder: cloned} if cloned else {}
    revision = _checked_out(words)
    if revision and here in clones:
        return {here: msgspec.structs.replace(clones[here], revision=revision)}
    return {}


def _checked_out(words: list[str]) -> str:
    """The branch, tag or commit that a command of git goes to, or nothing where it goes nowhere."""
    named = list(takewhile(lambda word: word != "--", words[1:]))
    commit = next((word for word in named if _COMMIT.match(word)), "")
    if words[:1] == ["fetch"] or commit:
        return commit if words[:1] and words[0] in _REVISION else ""
    plain = [word for word in named if not word.startswith("-")]
    moves = words[:1] and words[0] in _REVISION and not {"-b", "-B", "-c", "-C"} & {*named}
    return plain[0] if moves and plain else ""


def _cloned(words: list[str], span: Span) -> Clone | None:
    plain: list[str] = []
    revision = ""
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            plain.append(word)
        elif name in _VALUED:
            value = value if equals else (waiting.pop() if waiting else "")
            revision = value if name in ("-b", "--branch") else revision
        elif name == "--revision":
            revision = value or (waiting.pop() if waiting else "")
    if not plain or not _REMOTE.match(plain[0]):
        return None
    url = without_credentials(plain[0])
    name = posixpath.basename(url.rstrip("/")).removesuffix(".git")
    return Clone(url, _folder(plain[1], "") if len(plain) > 1 else name, revision, span)


def _folder(target: str, here: str) -> str:
    """A folder by its last name, which is all that scripts and images agree about."""
    normal = posixpath.normpath(target)
    return here if normal == "." else posixpath.basename(normal)
