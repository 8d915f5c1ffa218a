"""Whether what a function answers gets to training: by the chain of those that call it."""

from __future__ import annotations

from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.models.training.training_code import training_codes
from whence.vocabulary.fact.code import RouteHandler
from whence.vocabulary.fact.program import Attribute, Closure, Function, Name
from whence.vocabulary.graph import SupplyGraph, asked_once

_LEVELS = 5
_MOST = 60


def is_taken_up(programs: Programs, site: Site, graph: SupplyGraph) -> bool:
    """Whether a chain of calls leads from training to a place, or nothing is known of its callers.

    A function whose callers are all known, and all of which only show or answer what they get, feeds
    no training, although the training imports the file that it stands in.
    """
    trains = {code.path for code in training_codes(graph)}
    seen: set[tuple[str, str]] = set()
    level: list[tuple[Code, Function]] = [(site.code, site.function)]
    for depth in range(_LEVELS):
        above: list[tuple[Code, Function]] = []
        for code, function in level:
            key = (code.path, function.name)
            if key in seen:
                continue
            seen.add(key)
            if code.path in trains or function.kind != "function" or len(seen) > _MOST:
                return True
            callers = programs.callers(code, function)
            if key in _answering(graph) and depth:
                continue
            if not callers and (depth == 0 or _is_handed_on(programs, code, function)):
                return True
            above += [(caller.code, caller.function) for caller in callers]
        level = above
    return bool(level)


@asked_once
def _answering(graph: SupplyGraph) -> frozenset[tuple[str, str]]:
    """The functions that answer requests: what they get goes to whoever asked."""
    return frozenset((use.span.path, use.function) for use in graph.facts_of(RouteHandler))


def _is_handed_on(programs: Programs, code: Code, function: Function) -> bool:
    """Whether a function is decorated, or spoken of without being called: something may call it."""
    simple = function.name.rpartition(".")[2]
    if function.decorators or simple.startswith("__"):
        return True
    for other in (code, *(each for each in programs.codes if code in programs.imported_by(each))):
        for where in other.module.functions:
            for value in where.values:
                name = ""
                if isinstance(value, Name):
                    name = value.dotted.rpartition(".")[2]
                elif isinstance(value, Attribute | Closure) and other is not code:
                    name = value.name
                if name == simple:
                    return True
    return False
