"""Where digests are made, and whether what they are compared with proves anything."""

from __future__ import annotations

from collections.abc import Callable

from whence.flow.callee import Callees
from whence.flow.leaf import Leaf
from whence.flow.project import Scope
from whence.flow.tables.carriers import is_digest
from whence.flow.trace import Tracer
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.program import Call

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
                    return "signature" if target.dotted.startswith("hmac.") else "digest"
                inner = self.callees.runs(target)
                if inner is not None and self._makes_digest(inner, 0):
                    args = value.args
                    if any(not related.isdisjoint(self.closure(scope, a)) for a in args):
                        return "digest"
        return ""

    def _makes_digest(self, inner: Scope, depth: int) -> bool:
        for value, _ in inner.code.returns:
            for at in self.closure(inner, value):
                if inner.values[at].__class__ is not Call:
                    continue
                for target in self.callees.of_call(inner, at):
                    if target.kind == "external" and is_digest(target.dotted):
                        return True
                    below = self.callees.runs(target)
                    if below is not None and depth < 2 and self._makes_digest(below, depth + 1):
                        return True
        return False

    def doubt(self, scope: Scope, expected: int, related: frozenset[int], leaf: Leaf | None) -> str:
        """Why an expected digest proves nothing; empty where it does."""
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


def host_of(url: str) -> str:
    """The host of a URL; the text itself where it is none."""
    return url.partition("://")[2].partition("/")[0] or url
