"""What frameworks put into the parameters of handlers: objects of declared fields, and what
functions give that are named as dependencies.

Sources: the reference pages of FastAPI and Litestar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whence.flow.program.leaf import Keys, Leaf, continued
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import Call, Name, Param

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer

DEPENDENCIES = ("Depends", "Security", "Provide")


def filled_by_callers(tracer: Tracer, scope: Scope, base: int, klass: Scope, name: str) -> bool:
    """Whether an attribute is a field of an object that strangers may have filled."""
    value = scope.values[base]
    if value.__class__ is not Param or value.name == scope.self_name:
        return False
    if not tracer.roles.is_exposed(scope):
        return False
    return any(
        isinstance(item, Scope) and name in item.code.fields
        for item in tracer.project.ancestry(klass)
    )


def injected(tracer: Tracer, leaf: Leaf) -> list[Leaf] | None:
    """The leaves of what a dependency gives for a parameter; None where none is known."""
    parameter = leaf.scope.parameters.get(leaf.detail)
    owner = leaf.scope.owner
    if parameter is None or parameter.default < 0 or owner is None:
        return None
    held = owner.values[parameter.default]
    if not isinstance(held, Call) or not held.positional:
        return None
    if last_name(owner.values, held.callee) not in DEPENDENCIES:
        return None
    found: list[Leaf] | None = None
    for target in tracer.callees.targets(owner, held.args[0]):
        inner = tracer.callees.runs(target) if target.kind == "function" else None
        if inner is None:
            continue
        found = found or []
        for value, context in inner.code.returns:
            used = ((inner, context, len(inner.values)),)
            found.extend(
                continued(leaf, each, (), used) for each in tracer.leaves(inner, value, leaf.keys)
            )
    return found


def set_elsewhere(tracer: Tracer, scope: Scope, base: int, keys: Keys, depth: int) -> list[Leaf]:
    """What other functions set as an attribute of an object that a module holds."""
    value = scope.values[base]
    if not isinstance(value, Name):
        return []
    located = tracer.project.locate(value.dotted, scope.module)
    if not isinstance(located, tuple):
        return []
    held = tracer.callees.deposits.named.get((located[0].body.id, located[1]), [])
    return tracer.held.deposited([each for each in held if each.name == keys[0]], keys, depth)
