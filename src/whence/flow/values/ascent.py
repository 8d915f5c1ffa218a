"""Parameters that stay open in a function, followed up to what its callers give."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import msgspec

from whence.flow.entrances.filled_fields import injected
from whence.flow.program.leaf import LEAVES, Keys, Leaf, Site, continued, is_private, joined_keys
from whence.flow.program.project import Scope, is_test
from whence.flow.tables.requests import comes_with_run
from whence.vocabulary.fact.code import OriginKind

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer

CALLERS = 8
ROUNDS = 5


class Ascent:
    """Goes from functions to their callers, by rounds; what one caller gives is found once."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self._ends: dict[tuple[int, int, Keys], list[Leaf]] = {}
        self._callers: dict[int, tuple[Site, ...]] = {}
        self._given: dict[tuple[int, str, Keys, int, int], tuple[Leaf, ...]] = {}

    def ends(self, leaves: tuple[Leaf, ...]) -> list[Leaf]:
        """The leaves, a parameter among them replaced by what its callers give, found once."""
        open_ends = [leaf for leaf in leaves if leaf.kind is None]
        if not open_ends:
            return list(leaves)
        if len(open_ends) == 1:
            leaf = open_ends[0]
            asked = (leaf.scope.id, leaf.index, leaf.keys)
            known = self._ends.get(asked)
            if known is None:
                bare = Leaf(None, leaf.detail, leaf.scope, leaf.index, leaf.keys)
                known = self._ends[asked] = list(self.followed([bare]))
            if len(leaves) + len(known) <= LEAVES:
                ends = [continued(leaf, above) for above in known]
                if known and known[0].scope is leaf.scope and known[0].index == leaf.index:
                    at = leaves.index(leaf)
                    return [*leaves[:at], *ends, *leaves[at + 1 :]]
                return [*(one for one in leaves if one is not leaf), *ends]
        return list(self.followed(list(leaves)))

    def followed(self, waiting: list[Leaf], around: Collection[int] = ()) -> Iterator[Leaf]:
        """The leaves with parameters followed, by callers among `around` where some of them call."""
        done = 0
        seen: set[tuple[int, str, Keys]] = set()
        for _ in range(ROUNDS):
            further: list[Leaf] = []
            for leaf in waiting:
                if leaf.kind is not None:
                    done += 1
                    yield leaf
                    continue
                mark = (leaf.scope.id, leaf.detail, leaf.keys)
                if mark in seen:
                    continue
                seen.add(mark)
                if comes_with_run((leaf.detail, *leaf.keys)):
                    done += 1
                    yield leaf
                    continue
                above = injected(self.tracer, leaf)
                if above is not None:
                    further.extend(above)
                    continue
                above = self._above(leaf, around, LEAVES * 2 - len(further))
                if above:
                    further.extend(above)
                    if leaf.detail == leaf.scope.self_name or not self.tracer.roles.is_called(
                        leaf.scope
                    ):
                        continue
                ends = [self._entered(leaf), *self._default(leaf)]
                done += len(ends)
                yield from ends
            waiting = further[: LEAVES * 2]
            if not waiting or done > LEAVES * 2:
                break
        yield from self._cut_off(waiting)

    def _cut_off(self, waiting: list[Leaf]) -> Iterator[Leaf]:
        """What is left when the rounds are over: told, and given where it is no parameter."""
        for leaf in waiting:
            self.tracer.not_followed[(leaf.scope.id, leaf.index)] = (
                f"more than {ROUNDS} callers deep"
            )
            if leaf.kind is not None:
                yield leaf

    def _entered(self, leaf: Leaf) -> Leaf:
        """A parameter that a command line or a composed configuration fills."""
        hidden = leaf.detail == leaf.scope.self_name or is_private(leaf.keys)
        if hidden or "command" not in self.tracer.roles.own(leaf.scope):
            return leaf
        file = self.tracer.roles.configuration_of(leaf.scope)
        if file:
            detail = f"{file}#{joined_keys(leaf.keys)}"
            return msgspec.structs.replace(leaf, kind=OriginKind.CONFIG, detail=detail)
        name = joined_keys((leaf.detail, *leaf.keys))
        return msgspec.structs.replace(leaf, kind=OriginKind.COMMAND_LINE, detail=name)

    def _default(self, leaf: Leaf) -> list[Leaf]:
        """The default of a parameter that nobody in the project gives."""
        parameter = leaf.scope.parameters.get(leaf.detail)
        owner = leaf.scope.owner
        if parameter is None or parameter.default < 0 or owner is None:
            return []
        return [
            continued(leaf, below)
            for below in self.tracer.leaves(owner, parameter.default, leaf.keys)
            if below.kind is not OriginKind.CONSTANT or below.detail
        ]

    def _above(self, leaf: Leaf, around: Collection[int], enough: int) -> list[Leaf]:
        found: list[Leaf] = []
        for caller, call in self._asked_callers(leaf.scope, around):
            found.extend(self._in_caller(leaf, caller, call))
            if found and len(found) >= enough:
                break
        return found

    def _asked_callers(self, scope: Scope, around: Collection[int]) -> tuple[Site, ...]:
        """The callers whose arguments count: not those in tests, and exposed ones first."""
        known = self._callers.get(scope.id) if not around else None
        if known is not None:
            return known
        callers = self.tracer.callees.callers(scope)
        if around:
            callers = tuple([one for one in callers if one[0].id in around]) or callers
        if not is_test(scope):
            callers = tuple([one for one in callers if not is_test(one[0])])
        if len(callers) > CALLERS:
            self.tracer.not_followed[scope.id, 0] = f"more than {CALLERS} callers"
            callers = tuple(
                sorted(callers, key=lambda one: not self.tracer.roles.is_exposed(one[0]))
            )
        callers = callers[:CALLERS]
        if not around and not self.tracer.callees.open:
            self._callers[scope.id] = callers
        return callers

    def _in_caller(self, leaf: Leaf, caller: Scope, call: int) -> list[Leaf]:
        asked = (leaf.scope.id, leaf.detail, leaf.keys, caller.id, call)
        given = self._given.get(asked)
        if given is None:
            given = self.tracer.given.leaves(leaf, caller, call)
            if not self.tracer.is_open:
                self._given[asked] = given
        site = ((caller, call),)
        uses = ((caller, caller.call(call).context, call),)
        return [continued(leaf, above, site, uses) for above in given]
