"""Parts of a route: what frameworks put into them holds no separator, unless the route says so.

Sources: the reference pages of Werkzeug's, Starlette's, Sanic's and Django's converters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from whence.flow.entrances.roles import Roles
from whence.flow.program.leaf import Leaf
from whence.vocabulary.fact.code import Guard, Origin, OriginKind

SEGMENT = "the route admits no `/` in it: only `..` by itself, or `\\` on Windows, leads out"
_WHOLE = re.compile(r"[<{](?:(?:string|str|slug|default)(?:\([^)]*\))?:)?(\w+)[>}]|<(\w+):str>")


def without_separators(
    roles: Roles, pairs: Iterable[tuple[Origin, Leaf]]
) -> Iterator[tuple[Origin, Leaf]]:
    """Origins with their leaves; those that are one part of a route say what cannot be in them."""
    for origin, leaf in pairs:
        if origin.kind is OriginKind.REQUEST and leaf.kind is None and not leaf.keys:
            route = roles.route_of(leaf.scope)
            if route is not None and leaf.detail in _parts(route[0]):
                guard = Guard("segment", False, SEGMENT, origin.span)
                guards = tuple(sorted((*origin.guards, guard)))
                origin = msgspec.structs.replace(origin, guards=guards)
        yield origin, leaf


def _parts(route: str) -> frozenset[str]:
    return frozenset(one or other for one, other in _WHOLE.findall(route))
