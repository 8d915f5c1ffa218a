"""Where digests are made, and whether what they are compared with proves anything."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

from whence.flow.program.callee import Callees
from whence.flow.program.conditions import operands
from whence.flow.program.leaf import Leaf, Site, argument_of
from whence.flow.program.project import Scope
from whence.flow.tables.carriers import is_digest
from whence.flow.values.trace import Tracer
from whence.vocabulary.fact.code import Guard, OriginKind
from whence.vocabulary.fact.program import Attribute, Call, Const, Name, Param

_KEYED = frozenset({"hmac.new", "hmac.digest", "hmac.HMAC"})
_KEYED_BY_NAME = frozenset({"hashlib.blake2b", "hashlib.blake2s", "blake3.blake3"})
# A setting that only points at a secret kept elsewhere.
_REFERS = re.compile(r"[$<{]|^(?:true|false|null|none|file|env|vault|secret)\b", re.IGNORECASE)
_OUTSIDE = (OriginKind.NETWORK, OriginKind.STORE, OriginKind.HUB, OriginKind.REQUEST)


class Digests:
    """Answers on comparisons of digests; `closure` gives the values that a value is made of."""

    def __init__(
        self,
        callees: Callees,
        tracer: Tracer,
        closure: Callable[[Scope, int], frozenset[int]],
    ) -> None:
        self.callees = callees
        self.tracer = tracer
        self.closure = closure

    def of(self, scope: Scope, index: int, related: frozenset[int]) -> str:
        """`digest` (or `signature` for a keyed one) where a value is made of what is related."""
        made = self._made_of(scope, index, related)
        if made is None:
            return ""
        return "signature" if self._is_keyed(*made) else "digest"

    def _made_of(self, scope: Scope, index: int, related: frozenset[int]) -> Site | None:
        """The call that makes the digest of what is related: a keyed one where there is one."""
        found = list(self._calls_made_of(scope, index, related))
        return next((site for site in found if self._is_keyed(*site)), next(iter(found), None))

    def _calls_made_of(self, scope: Scope, index: int, related: frozenset[int]) -> Iterator[Site]:
        for at in sorted(self.closure(scope, index)):
            value = scope.values[at]
            if value.__class__ is not Call:
                continue
            for target in self.callees.of_call(scope, at):
                if (
                    target.kind == "external"
                    and is_digest(target.dotted)
                    and not related.isdisjoint(self.closure(scope, at))
                ):
                    yield scope, at
                inner = self.callees.runs(target)
                made = self._makes_digest(inner, 0) if inner is not None else None
                if inner is None or made is None:
                    continue
                given = any(not related.isdisjoint(self.closure(scope, a)) for a in value.args)
                own = range(len(inner.values)) if not value.args else ()
                if given or spoken_of(scope, related) & spoken_of(inner, own):
                    yield made

    def _makes_digest(self, inner: Scope, depth: int) -> Site | None:
        for value, _ in inner.code.returns:
            for at in sorted(self.closure(inner, value)):
                if inner.values[at].__class__ is not Call:
                    continue
                for target in self.callees.of_call(inner, at):
                    if target.kind == "external" and is_digest(target.dotted):
                        return inner, at
                    below = self.callees.runs(target)
                    if below is not None and depth < 2:
                        found = self._makes_digest(below, depth + 1)
                        if found is not None:
                            return found
        return None

    def _is_keyed(self, scope: Scope, index: int) -> bool:
        return any(
            dotted in _KEYED
            or (dotted in _KEYED_BY_NAME and argument_of(scope, index, ("key",)) is not None)
            for dotted in self.callees.dotted(scope, index)
        )

    def doubt(
        self, scope: Scope, pair: tuple[int, int], related: frozenset[int], leaf: Leaf | None
    ) -> str:
        """Why a comparison of (made, expected) proves nothing; empty where it does.

        A keyed digest may come with the bytes: what it proves hangs on who has the key.
        """
        made = self._made_of(scope, pair[0], related)
        if made is not None and self._is_keyed(*made):
            return self._doubt_of_key(*made, leaf)
        return self._doubt_of_expected(scope, pair[1], related, leaf)

    def begins(
        self, scope: Scope, index: int, truth: bool, related: frozenset[int], leaf: Leaf | None
    ) -> Guard | None:
        """`digest.startswith(expected)`, where only those that begin so pass."""
        call = scope.call(index)
        callee = scope.values[call.callee]
        made = callee.base if isinstance(callee, Attribute) else -1
        kind = self.of(scope, made, related) if truth and made >= 0 else ""
        if not kind:
            return None
        why = self.doubt(scope, (made, call.args[0]), related, leaf)
        return Guard(kind, not why, why or "compared and acted upon", scope.place(index))

    def _doubt_of_key(self, scope: Scope, index: int, leaf: Leaf | None) -> str:
        key = argument_of(scope, index, ("key", 0))
        for origin in self.tracer.origins(scope, key) if key is not None else ():
            if (origin.kind is OriginKind.CONSTANT and origin.detail) or _has_default(origin):
                return "the key stands in the code, for everybody who can read it"
            if self._stands_in_tree(origin):
                return "the key stands in the repository, for everybody who can read it"
            if origin.kind in _OUTSIDE and leaf is not None and leaf.kind is origin.kind:
                return "the key comes from the place that the bytes come from"
        return ""

    def _stands_in_tree(self, origin: Leaf) -> bool:
        """Whether a file of the project holds the key, or a setting of it says it in so many words."""
        settings = self.tracer.settings
        if origin.kind is OriginKind.FILE:
            return posixpath.normpath(origin.detail) in settings.files
        said = []
        if origin.kind is OriginKind.CONFIG:
            said = settings.of_config(origin.detail, origin.scope.module.path)
        elif origin.kind is OriginKind.ENVIRONMENT:
            said = settings.of_environment(origin.detail)
        return any(each.value and not _REFERS.search(each.value) for each in said)

    def _doubt_of_expected(
        self, scope: Scope, expected: int, related: frozenset[int], leaf: Leaf | None
    ) -> str:
        for origin in self._expected(scope, expected, leaf):
            if origin.kind in _OUTSIDE:
                if leaf is None or leaf.kind not in _OUTSIDE:
                    return "the expected digest is fetched when it is needed"
                if host_of(origin.detail) == host_of(leaf.detail) or origin.detail == "":
                    return "the expected digest comes from the place that the bytes come from"
                if leaf.kind is OriginKind.REQUEST and origin.kind is OriginKind.REQUEST:
                    return "whoever sends the bytes sends the digest too"
            if (
                origin.kind is OriginKind.FILE
                and leaf is not None
                and not related.isdisjoint(self.closure(scope, expected))
            ):
                return "the expected digest stands beside what it is to protect"
        return ""

    def _expected(self, scope: Scope, expected: int, leaf: Leaf | None) -> list[Leaf]:
        """Where an expected digest comes from, by the callers that the checked value came by."""
        around = {place.id for place, _ in leaf.trail} if leaf is not None else set()
        return self.tracer.origins_among(scope, expected, around)


def spoken_of(scope: Scope, values: Iterable[int]) -> set[str]:
    """The settings and attributes of the object itself that values are made of, by name.

    Two functions that speak of `settings.index_dir`, or of `self.path`, mean the same file.
    """
    found: set[str] = set()
    for index in values:
        for at in (index, *operands(scope, index)):
            value = scope.values[at] if at >= 0 else None
            if isinstance(value, Attribute):
                base = scope.values[value.base]
                if isinstance(base, Param) and base.name == scope.self_name:
                    found.add(f"self.{value.name}")
            if isinstance(value, Name) and value.dotted.count(".") > 1 and value.imported:
                found.add(value.dotted)
    return {name for name in found if not name.startswith(("os.", "sys.", "hashlib.", "hmac."))}


def _has_default(leaf: Leaf) -> bool:
    """Whether the code holds the key that is taken where a variable is not set."""
    call = leaf.scope.values[leaf.index]
    if leaf.kind is not OriginKind.ENVIRONMENT or not isinstance(call, Call):
        return False
    given = argument_of(leaf.scope, leaf.index, ("default", 1))
    held = leaf.scope.values[given] if given is not None else None
    return isinstance(held, Const) and bool(held.value)


def host_of(url: str) -> str:
    """The host of a URL; the text itself where it is none."""
    return url.partition("://")[2].partition("/")[0] or url
