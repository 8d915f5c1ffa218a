"""Seeds that a training script sets only when somebody asks for one, and nobody does."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.sources.fetches import callee_of, closure
from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.data.sources.words import Words
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Attribute, Const, Function, Item, Name, Param
from whence.vocabulary.graph import SupplyGraph, asked_once

_SEEDERS = ("manual_seed", "manual_seed_all", "set_seed", "seed_everything", "set_random_seed", "seed",
            "set_global_seed", "seed_all", "fix_seed", "enable_full_determinism")  # fmt: skip
_OPTIONS = ("add_argument", "option", "Option")
_DEPTH = 2
_NOTHING = ("none", "null", "~", "")


def left_open(code: Code, programs: Programs) -> Iterator[tuple[Span, str]]:
    """Where a run that some command starts sets its seed only if an option is given that none gives.

    A seed set without condition anywhere in the run is enough to stay silent.
    """
    reached = programs.reach([code])
    if not _is_started(code, programs):
        return
    found: list[tuple[Span, str]] = []
    for each in reached.values():
        for site in programs.calls_of(each, *_SEEDERS):
            if callee_of(programs, site) is not None:
                continue
            option = _asked_for(site, programs)
            if not option:
                return
            why = (
                f"the seed is set only if `{option}` is given, and nothing in the project gives it"
            )
            found.append((site.span, why))
    yield from found


def _is_started(code: Code, programs: Programs) -> bool:
    """Whether a command of the project runs the file."""
    started = _started(programs.graph)
    return code.path.rpartition("/")[2] in started or ".".join(code.parts) in started


@asked_once
def _started(graph: SupplyGraph) -> frozenset[str]:
    """The files and modules of Python that commands name."""
    return frozenset(
        word if before == "-m" else word.rpartition("/")[2]
        for command in graph.facts_of(ShellCommand)
        for before, word in zip(("", *command.argv), command.argv, strict=False)
        if before == "-m" or word.endswith(".py")
    )


def _asked_for(site: Site, programs: Programs, depth: int = 0) -> str:
    """The option or key that decides whether a seed is set; empty where one is always set."""
    function = site.function
    context = site.call.context
    while context >= 0:
        held = function.contexts[context]
        if held.kind == "if" and held.holds and held.value >= 0:
            for index in sorted(closure(function, held.value)):
                option = _open_option(site, programs, index, depth)
                if option:
                    return option
        context = held.parent
    callers = programs.callers(site.code, function) if depth < _DEPTH else []
    found = [_asked_for(caller, programs, depth + 1) for caller in callers]
    return found[0] if found and all(found) else ""


def _open_option(site: Site, programs: Programs, index: int, depth: int) -> str:
    """How the option or key of a value is written, where it has no default and nothing gives it."""
    name = _spoken(site.function, index)
    if "seed" not in name.lower():
        return ""
    words = Words(programs)
    value = site.function.values[index]
    if isinstance(value, Param) and depth < _DEPTH:
        given = [
            _open_option(caller, programs, at, depth + 1)
            for caller in programs.callers(site.code, site.function)
            if (at := caller.argument(name, _position(site.function, name))) is not None
        ]
        if given:
            return given[0] if all(given) else ""
    if isinstance(value, Attribute | Item):
        settings = words.setting(site.code, site.function, index)
        if settings:
            closed = all(each.value.strip().lower() in _NOTHING for each in settings)
            return settings[0].key if closed else ""
    return "" if programs.options.get(name.replace("-", "_")) else _flag(site, programs, name)


def _flag(site: Site, programs: Programs, name: str) -> str:
    """The option of that name, where it has no default."""
    words = Words(programs)
    for code in programs.reach([site.code]).values():
        for option in programs.calls_of(code, *_OPTIONS):
            for flag in words.of(option, 0):
                if flag.lstrip("-").replace("-", "_") == name:
                    return "" if words.of(option, "default") else flag
    return ""


def _spoken(function: Function, index: int) -> str:
    """The name that a value is read under."""
    value = function.values[index]
    if isinstance(value, Attribute | Param):
        return value.name
    if isinstance(value, Item):
        key = function.values[value.key]
        return str(key.value) if isinstance(key, Const) else ""
    return value.dotted if isinstance(value, Name) and not value.imported else ""


def _position(function: Function, name: str) -> int:
    names = [parameter.name for parameter in function.parameters]
    return names.index(name) if name in names else -1
