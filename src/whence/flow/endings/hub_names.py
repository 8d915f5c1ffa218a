"""Which origins of a value can be the name of something on a hub."""

from __future__ import annotations

import re

from whence.flow.engine import Engine
from whence.flow.program.leaf import Leaf, argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.code import Origin, OriginKind
from whence.vocabulary.fact.program import Call, Mix, Text

_ON_HUB = re.compile(r"[\w.\-]+/[\w.\-]+(?:[:@][\w.\-]+)?")
_HANDS_ON = frozenset(
    {"str", "get", "getenv", "pop", "setdefault", "strip", "rstrip", "lstrip", "lower", "cast",
     "field", "Field", "Option", "Argument", "Query", "Body", "Form", "Param", "option", "copy",
     "format", "next", "iter", "list", "tuple", "dict", "sorted", "items", "values", "keys",
     "zip", "enumerate", "choice", "removeprefix", "removesuffix", "update"}
)  # fmt: skip


def named(engine: Engine, scope: Scope, index: int, value: int) -> tuple[Origin, ...]:
    """The origins of a hub name, without constants that only went into something else."""
    pairs = engine.origins.with_leaves(scope, index, value, False)
    return tuple(sorted({origin: None for origin, leaf in pairs if _is_whole(engine, leaf)}))


def is_of_data(engine: Engine, scope: Scope, index: int) -> bool:
    """Whether a download from a hub says that it is of data or of an application."""
    value = argument_of(scope, index, ("repo_type",))
    leaves = engine.tracer.origins(scope, value) if value is not None else []
    said = {leaf.detail for leaf in leaves if leaf.kind is OriginKind.CONSTANT and leaf.detail}
    return bool(said) and said <= {"dataset", "space"}


def _is_whole(engine: Engine, leaf: Leaf) -> bool:
    """Whether a constant arrives as it stands: nothing joined it, and no library took it in."""
    if leaf.kind is not OriginKind.CONSTANT:
        return True
    if _ON_HUB.fullmatch(leaf.detail):
        return not any(_joins_path(place, index) for place, index in leaf.trail)
    for place, index in leaf.trail:
        value = place.values[index]
        joined = isinstance(value, Text | Mix)
        if isinstance(value, Call) and last_name(place.values, value.callee) not in _HANDS_ON:
            joined = all(
                target.kind == "external" for target in engine.callees.of_call(place, index)
            )
        if joined and engine.texts.rendered(place, index) != leaf.detail:
            return False
    return True


def _joins_path(scope: Scope, index: int) -> bool:
    """Whether a value is a path of several parts, so that none of them is its name."""
    value = scope.values[index]
    if isinstance(value, Text):
        return value.how == "/" and len(value.parts) > 1
    return (
        isinstance(value, Call)
        and len(value.args) > 1
        and last_name(scope.values, value.callee) in ("join", "joinpath", "Path", "PurePath")
    )
