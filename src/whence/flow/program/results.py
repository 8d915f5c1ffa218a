"""What calls give: of the project's functions, of its classes, of libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from whence.flow.program.callee import Target
from whence.flow.program.callers import called_beside
from whence.flow.program.leaf import Keys, Leaf, continued, joined_keys
from whence.flow.program.named_tuples import MAKERS, field_values
from whence.flow.program.project import Scope
from whence.flow.program.special_methods import elements, entered
from whence.flow.tables.sources import SOURCES
from whence.flow.tables.types import canonical
from whence.flow.values.config_objects import LAYERED, PARSERS, configured, getter_keys
from whence.vocabulary.fact.program import Attribute, Name

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer

KEPT = 32
_NEXT = frozenset({"next", "anext"})
_LATER = frozenset({"submit", "apply_async"})
_MAPS = _LATER | {"map", "imap", "imap_unordered", "starmap"}


class Results:
    """Follows values out of calls."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def of_call(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        found = self._of_name(scope, index, keys, depth)
        if found is not None:
            return found
        found = []
        targets = self.tracer.callees.of_call(scope, index)
        for target in targets:
            if target.kind == "external":
                found.extend(self.tracer.outside.called(scope, index, target.dotted, keys, depth))
            elif target.kind == "class" and target.scope is not None:
                found.extend(self._instance(target.scope, scope, index, keys, depth))
            else:
                inner = self.tracer.callees.runs(target)
                if inner is not None:
                    found.extend(self._returned(inner, target, scope, index, keys, depth))
        if not targets:
            found.extend(self.tracer.outside.passed_on(scope, index, keys, depth))
        return found

    def _of_name(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf] | None:
        """What calls give that take elements or hand functions on; None for all others."""
        call = scope.call(index)
        callee = scope.values[call.callee]
        name = callee.dotted if isinstance(callee, Name) else getattr(callee, "name", "")
        if name in _NEXT and call.args:
            return self.elements(scope, call.args[0], keys, depth) or None
        if name in _MAPS and isinstance(callee, Attribute) and len(call.args) > 1:
            beside = called_beside(scope, index, call.args[0])
            if beside is not None:
                given = keys if name in _LATER else keys[1:]
                return list(self.tracer.leaves(scope, beside, given, depth + 1)) or None
        asked = getter_keys(self.tracer, scope, index)
        if asked is not None and isinstance(callee, Attribute):
            return list(self.tracer.leaves(scope, callee.base, asked, depth + 1))
        if not keys:
            return None
        for dotted in self.tracer.callees.dotted(scope, index):
            if dotted in PARSERS or dotted in LAYERED:
                return configured(self.tracer, scope, index, dotted, keys, depth)
            made = SOURCES.get(canonical(f"{dotted}()"))
            if made is not None and not made.detail:
                return [Leaf(made.kind, joined_keys(keys), scope, index, keys)]
        if not MAKERS.isdisjoint(self.tracer.callees.dotted(scope, index)):
            return [
                leaf
                for value in field_values(self.tracer.callees, scope, index, keys[0])
                for leaf in self.tracer.leaves(scope, value, keys[1:], depth + 1)
            ]
        return None

    def _instance(
        self, klass: Scope, scope: Scope, index: int, keys: Keys, depth: int
    ) -> list[Leaf]:
        around = [
            leaf
            for owner, value, further in entered(self.tracer.project, klass)
            for leaf in self.tracer.leaves(owner, value, (*further, *keys), depth + 1)
        ]
        if around:
            return around
        if keys:
            run = self.tracer.callees.run_by(scope, index)
            return [
                resolved
                for leaf in self.tracer.instances.member(klass, scope, index, keys, depth)
                for resolved in self.resolved(leaf, run, scope, index, depth)
            ]
        return self.tracer.joined(scope, scope.call(index).args, (), depth)

    def elements(self, scope: Scope, base: int, keys: Keys, depth: int) -> list[Leaf]:
        """What a loop over an instance of the project gives; nothing for any other value."""
        return [
            leaf
            for target in self.tracer.callees.targets(scope, base)
            if target.kind == "instance" and target.scope is not None
            for owner, value, further in elements(self.tracer.project, target.scope)
            for leaf in self.tracer.leaves(owner, value, (*further, *keys), depth + 1)
        ]

    def _returned(
        self, inner: Scope, target: Target, scope: Scope, index: int, keys: Keys, depth: int
    ) -> list[Leaf]:
        found: list[Leaf] = []
        run = self.tracer.callees.run_by(scope, index)
        for value, context in inner.code.returns:
            for leaf in self.tracer.leaves(inner, value, keys, depth + 1):
                used = msgspec.structs.replace(
                    leaf, uses=((inner, context, len(inner.values)), *leaf.uses)
                )
                found.extend(self.resolved(used, run, scope, index, depth))
                if len(found) >= KEPT:
                    return found[:KEPT]
        return found

    def resolved(
        self, leaf: Leaf, run: frozenset[int], scope: Scope, index: int, depth: int
    ) -> list[Leaf]:
        """A leaf of a called function, its parameters replaced by what this call gives."""
        if leaf.kind is not None or leaf.scope.id not in run:
            return [leaf]
        return [
            continued(leaf, above)
            for above in self.tracer.given.leaves(leaf, scope, index, depth + 1)
        ]
