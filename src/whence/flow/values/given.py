"""What a call gives for a parameter of the function that it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whence.flow.program.leaf import ANY, Leaf
from whence.flow.program.project import Scope
from whence.vocabulary.fact.program import Attribute, Star

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer


class Given:
    """Follows parameters into one call: named, positional, spread, the receiver, the default."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def leaves(self, leaf: Leaf, caller: Scope, call: int, depth: int = 0) -> tuple[Leaf, ...]:
        """The leaves of what a call gives for a parameter, default values included."""
        inner = leaf.scope
        value = self.tracer.callees.argument(inner, caller, call, leaf.detail)
        if value is not None:
            return self.tracer.leaves(value[0], value[1], leaf.keys, depth + 1)
        if leaf.detail == inner.self_name:
            callee = caller.values[caller.call(call).callee]
            if callee.__class__ is Attribute:
                return self.tracer.leaves(caller, callee.base, leaf.keys, depth + 1)
            return ()
        parameter = inner.parameters.get(leaf.detail)
        if parameter is None:
            return ()
        if parameter.kind in ("", "keyword"):
            spread = self._unpacked(leaf, caller, call, depth)
            spread = spread or self._starred(leaf, caller, call, depth)
            if spread:
                return spread
        if parameter.kind == "*" or parameter.kind == "**":
            return self._spread(leaf, caller, call, parameter.kind, depth)
        if parameter.default >= 0 and inner.owner is not None:
            return self.tracer.leaves(inner.owner, parameter.default, leaf.keys, depth + 1)
        return ()

    def _unpacked(self, leaf: Leaf, caller: Scope, call: int, depth: int) -> tuple[Leaf, ...]:
        """A named parameter that a mapping spread with `**` gives."""
        return tuple(
            found
            for name, arg in caller.call(call).named
            if name == "**"
            for found in self.tracer.leaves(caller, arg, (leaf.detail, *leaf.keys), depth + 1)
        )

    def _starred(self, leaf: Leaf, caller: Scope, call: int, depth: int) -> tuple[Leaf, ...]:
        """A parameter that a list spread with `*` gives: by its place behind the star."""
        value = caller.call(call)
        plain = value.positional
        star = next((n for n, a in enumerate(plain) if caller.values[a].__class__ is Star), -1)
        names = [each.name for each in leaf.scope.code.parameters if each.kind == ""]
        if star < 0 or leaf.detail not in names:
            return ()
        behind = names.index(leaf.detail) - (names[0] == leaf.scope.self_name) - star
        keys = (str(behind), *leaf.keys)
        return self.tracer.leaves(caller, plain[star], keys, depth + 1) if behind >= 0 else ()

    def _spread(
        self, leaf: Leaf, caller: Scope, call: int, kind: str, depth: int
    ) -> tuple[Leaf, ...]:
        value = caller.call(call)
        args, names = value.args, value.keywords
        plain = len(args) - len(names)
        found: list[Leaf] = []
        if kind == "*":
            return self._rest(leaf, caller, args[:plain], depth)
        wanted = leaf.keys[0] if leaf.keys else ANY
        for name, arg in zip(names, args[plain:], strict=True):
            if name == "**":
                found.extend(self.tracer.leaves(caller, arg, leaf.keys, depth + 1))
            elif name == wanted or wanted == ANY:
                found.extend(self.tracer.leaves(caller, arg, leaf.keys[1:], depth + 1))
        return tuple(found)

    def _rest(
        self, leaf: Leaf, caller: Scope, plain: tuple[int, ...], depth: int
    ) -> tuple[Leaf, ...]:
        """What `*args` takes in: all that stands behind the named parameters, or one of it."""
        inner = leaf.scope
        named = sum(each.kind == "" for each in inner.code.parameters) - bool(inner.self_name)
        rest = plain[max(named, 0) :]
        wanted = leaf.keys[0] if leaf.keys else ANY
        star = any(caller.values[arg].__class__ is Star for arg in plain)
        if wanted.isdigit() and int(wanted) < len(rest) and not star:
            rest = (rest[int(wanted)],)
        return tuple(
            found
            for arg in rest
            for found in self.tracer.leaves(
                caller,
                arg,
                leaf.keys if caller.values[arg].__class__ is Star else leaf.keys[1:],
                depth + 1,
            )
        )
