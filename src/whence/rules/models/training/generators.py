"""Generators of random numbers: which are only a stand-in, and which draw for training."""

from __future__ import annotations

from whence.rules.data.sources.programs import Code, Programs, Site, programs_of
from whence.rules.models.training.training_code import training_codes
from whence.vocabulary.fact.program import Choice, Compare, Function, Logic, Name, Param
from whence.vocabulary.graph import SupplyGraph

_CALLERS = 5
# Functions that a framework calls, and not the code.
_CALLED_BY_OTHERS = frozenset(
    {"forward", "call", "training_step", "collate_fn", "transform", "map"}
)


def stands_in(site: Site, programs: Programs) -> bool:
    """Whether a generator only stands in for a parameter, which some caller gives or callers outside may."""
    function = site.function
    for value in function.values:
        if isinstance(value, Choice):
            parts = value.options
        elif isinstance(value, Logic) and value.operator == "or":
            parts = value.parts
        else:
            continue
        for part in parts if site.index in parts else ():
            held = function.values[part]
            if isinstance(held, Param):
                return _is_given(site, held.name, programs)
    return False


def _is_given(site: Site, name: str, programs: Programs) -> bool:
    names = [parameter.name for parameter in site.function.parameters]
    position = names.index(name) - (names[0] in ("self", "cls")) if name in names else 0
    callers = programs.callers(site.code, site.function)
    return not callers or any(
        caller.argument(name, position) is not None or caller.spreads for caller in callers
    )


def runs_in_training(site: Site, graph: SupplyGraph) -> bool:
    """Whether training calls the function that a call stands in."""
    return is_run_in_training(site.code, site.function, graph)


def is_run_in_training(code: Code, function: Function, graph: SupplyGraph) -> bool:
    """Whether training calls a function, as far as calls by name tell."""
    programs = programs_of(graph)
    training = {code.path for code in training_codes(graph)}
    level: list[tuple[Code, Function]] = [(code, function)]
    seen: set[tuple[str, str]] = set()
    for _ in range(_CALLERS):
        above: list[tuple[Code, Function]] = []
        for code, function in level:
            simple = function.name.rpartition(".")[2]
            started = function.kind == "module" or "#" in simple or simple in _CALLED_BY_OTHERS
            if code.path in training or started or simple.startswith("__"):
                return True
            seen.add((code.path, function.name))
            callers = programs.callers(code, function)
            if function.owner and any(other.path in training for other in programs.calls(simple)):
                return True  # a method that training calls, whatever class it knows it by
            above += [
                (caller.code, caller.function)
                for caller in callers
                if (caller.path, caller.function.name) not in seen
                and (caller.path in training or not _by_hand(caller))
            ]
        level = above[:40]
    return bool(level)


def _by_hand(caller: Site) -> bool:
    """Whether a call is made only where its file is started by itself."""
    return waits_for_main(caller.function, caller.call.context)


def waits_for_main(function: Function, context: int) -> bool:
    """Whether a point of a module is reached only where the file itself is started."""
    while context >= 0:
        held = function.contexts[context]
        test = function.values[held.value] if held.value >= 0 else None
        if isinstance(test, Compare):
            sides = (function.values[test.left], function.values[test.right])
            if any(isinstance(side, Name) and side.dotted == "__name__" for side in sides):
                return True
        context = held.parent
    return False
