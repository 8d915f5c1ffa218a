"""Calls that check what they handle: fetchers that are told a digest, commands that compare sums.

Sources: the reference pages of pooch, Keras, torch.hub, torchvision and gdown; the manuals of
coreutils, GnuPG and cosign.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.flow.inputs.fetched_files import is_check
from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Leaf, argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables import checks
from whence.flow.tables.checks import TOLD_DIGESTS
from whence.flow.values.trace import Tracer
from whence.vocabulary.fact.code import Guard, OriginKind
from whence.vocabulary.fact.program import Attribute, Call, Compare, Const

_RUNS = frozenset({"subprocess.run", "subprocess.call", "os.system"})
_RAISES = frozenset({"subprocess.check_call", "subprocess.check_output"})
_TAILS = frozenset({"run", "check_call", "check_output"})
_SUMS = re.compile(r"(?i)(?:^|[._-])(?:sha\d*|md5|b2|check)?sums?(?:$|[._-])|manifest")
_DECIDED = (OriginKind.CONSTANT, OriginKind.CONFIG)


class CheckingCalls:
    """Answers on calls of libraries and commands; `closure` is that of the guards."""

    def __init__(self, callees: Callees, tracer: Tracer) -> None:
        self.callees = callees
        self.tracer = tracer
        self.heeded = 0

    def of_source(self, leaf: Leaf) -> Iterator[Guard]:
        """The digest that the call which fetches a value is told to compare."""
        if leaf.kind is None or leaf.scope.values[leaf.index].__class__ is not Call:
            return
        if self.is_told(leaf.scope, leaf.index):
            span = leaf.scope.place(leaf.index)
            yield Guard("digest", True, "what fetches it compares a digest that it is told", span)

    def is_told(self, scope: Scope, index: int) -> bool:
        """Whether a call that fetches is told a digest which the project holds."""
        for dotted in self.callees.dotted(scope, index):
            wanted = TOLD_DIGESTS.get(dotted)
            given = argument_of(scope, index, wanted) if wanted else None
            leaves = self.tracer.origins(scope, given) if given is not None else []
            if leaves and all(leaf.kind in _DECIDED and leaf.detail for leaf in leaves):
                return True
        return False

    def returned(self, scope: Scope, index: int) -> Iterator[Guard]:
        """A call that gives its argument back only where its signature is right."""
        for dotted in self.callees.dotted(scope, index):
            kind = checks.RAISES.get(dotted)
            if kind == "signature":
                yield Guard(kind, True, "raises unless it passes", scope.place(index))

    def raising(self, scope: Scope, index: int, leaf: Leaf | None) -> Iterator[Guard]:
        """A command that checks a file, and whose failure raises."""
        if last_name(scope.values, scope.call(index).callee) not in _TAILS:
            return
        dotted = set(self.callees.dotted(scope, index))
        if dotted & _RAISES or ("subprocess.run" in dotted and self._asks(scope, index)):
            yield from self._checked(scope, index, leaf)

    def tested(self, scope: Scope, index: int, truth: bool, leaf: Leaf | None) -> Iterator[Guard]:
        """A test of what such a command answers: a return code of 0."""
        value = scope.values[index]
        if isinstance(value, Compare):
            zero = scope.values[value.right]
            same = value.operator == "==" if truth else value.operator == "!="
            if same and isinstance(zero, Const) and zero.value == 0:
                yield from self._answered(scope, value.left, leaf)
        elif not truth:
            yield from self._answered(scope, index, leaf)

    def _answered(self, scope: Scope, index: int, leaf: Leaf | None) -> Iterator[Guard]:
        value = scope.values[index]
        if isinstance(value, Attribute) and value.name == "returncode":
            index = value.base
            value = scope.values[index]
        if isinstance(value, Call) and _RUNS & set(self.callees.dotted(scope, index)):
            yield from self._checked(scope, index, leaf)

    def _asks(self, scope: Scope, index: int) -> bool:
        given = argument_of(scope, index, ("check",))
        held = scope.values[given] if given is not None else None
        return isinstance(held, Const) and held.value is True

    def _checked(self, scope: Scope, index: int, leaf: Leaf | None) -> Iterator[Guard]:
        words = self.tracer.outside.command(scope, index)
        if not words or not is_check(words):
            return
        self.heeded += 1
        if leaf is None:
            return
        name = posixpath.basename(leaf.detail.partition("?")[0])
        kind = "digest" if "sum" in words[0] else "signature"
        if not any(_names(word, name) for word in words[1:]):
            return
        fetched = any(self._is_named_elsewhere(scope, index, word) for word in words[1:])
        span = scope.place(index)
        if fetched and kind == "digest":
            yield Guard(kind, False, "the expected digests are fetched when they are needed", span)
        else:
            yield Guard(kind, True, "a command compares it, and its failure is heeded", span)

    def _is_named_elsewhere(self, scope: Scope, index: int, word: str) -> bool:
        """Whether a file of sums is written by another call of the function."""
        if "." not in word or not re.search(r"(?i)sum|sha\d|md5|\.asc$|\.sig$", word):
            return False
        return any(
            isinstance(value, Call)
            and at != index
            and any(
                isinstance(held := scope.values[arg], Const) and held.value == word
                for arg in value.args
            )
            for at, value in enumerate(scope.values)
        )


def _names(word: str, file: str) -> bool:
    """Whether a word of a command is a file, or the list of sums that it must stand in."""
    base = posixpath.basename(word)
    stem = file.partition(".")[0]
    return bool(file) and (
        base == file or base.partition(".")[0] == stem or bool(_SUMS.search(base))
    )
