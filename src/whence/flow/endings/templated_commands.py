"""Commands of scheduled tasks into which a template puts what whoever starts a run sends along.

Airflow renders a task's command before the shell reads it, so `{{ dag_run.conf["x"] }}` is text of
the command. Handed over in `env`, the same value is only a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.tables import scheduled
from whence.vocabulary.fact.code import Origin, OriginKind, ProcessLaunch
from whence.vocabulary.fact.program import Call, Const, Dict, Sequence

_OUTPUT = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
_CONDITION = re.compile(r"\bif\b.*?(?:\belse\b|$)", re.DOTALL)
_CONF = re.compile(
    r"\bdag_run\s*\.\s*conf\b(?:\s*(?:\.\s*get\s*\(\s*|\[\s*|\.\s*)['\"]?(?P<key>\w+))?"
)
_PARAM = re.compile(r"\bparams\s*(?:\.\s*get\s*\(\s*|\[\s*|\.\s*)['\"]?(?P<key>\w+)")
_WASHED = re.compile(
    r"\|\s*(?:int|float|length|count|\w*quote\w*|\w*escape\w*)\b|[!=]=|\bis\b|\bin\b"
)
_SCRIPT = re.compile(r"\.(?:sh|bash)\s*$")


def templated_command_facts(engine: Engine) -> Iterator[ProcessLaunch]:
    """A launch for every command of a task that holds what the starter of a run decides."""
    for tail in sorted({name.rpartition(".")[2] for name in scheduled.SHELL_OPERATORS}):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in engine.callees.dotted(scope, index):
                if dotted in scheduled.SHELL_OPERATORS:
                    yield from _of_task(engine, scope, index, dotted)
                    break


def _of_task(engine: Engine, scope: Scope, index: int, dotted: str) -> Iterator[ProcessLaunch]:
    value = argument_of(scope, index, (scheduled.SHELL_OPERATORS[dotted],))
    text = engine.texts.rendered(scope, value) if value is not None else ""
    if value is None or _SCRIPT.search(text):
        return
    place = scope.place(value)
    names = sorted(set(_sent(engine, scope, text)))
    if names:
        origins = tuple(Origin(OriginKind.REQUEST, name, place, place) for name in names)
        shared = engine.use(scope, index, dotted, origins, "")
        shared |= {"artefact": " ".join(text.split())[:200], "shell": True}
        yield ProcessLaunch(**shared)


def _sent(engine: Engine, scope: Scope, text: str) -> Iterator[str]:
    """The names of what a template puts into its text that comes with the start of a run."""
    for output in _OUTPUT.finditer(text):
        said = _CONDITION.sub(" ", output[1])
        if _WASHED.search(said):
            continue
        for found in _CONF.finditer(said):
            yield f"dag_run.conf.{found['key']}" if found["key"] else "dag_run.conf"
        for found in _PARAM.finditer(said):
            if _is_free_text(engine, scope, found["key"]):
                yield f"params.{found['key']}"


def _is_free_text(engine: Engine, scope: Scope, name: str) -> bool:
    """Whether a module declares a parameter that whoever starts a run fills in as they like."""
    for place, index in engine.project.calls.get("Param", ()):
        if place.module is not scope.module or not _is_declared_as(place, index, name):
            continue
        if scheduled.PARAMETERS.isdisjoint(engine.callees.dotted(place, index)):
            continue
        return _takes_any_text(place, index)
    return False


def _is_declared_as(scope: Scope, index: int, name: str) -> bool:
    for value in scope.values:
        if value.__class__ is Dict and index in value.values:
            key = scope.values[value.keys[value.values.index(index)]]
            return key.__class__ is Const and key.value == name
    return False


def _takes_any_text(scope: Scope, index: int) -> bool:
    call = scope.values[index]
    if call.__class__ is not Call:
        return False
    named = {name: scope.values[arg] for name, arg in call.named}
    if not scheduled.BOUNDS.isdisjoint(named):
        return False
    form = named.get("format")
    if form.__class__ is Const and form.value in scheduled.HARMLESS_FORMATS:
        return False
    told = named.get("type")
    held = [scope.values[at] for at in told.items] if told.__class__ is Sequence else [told]
    types = {each.value for each in held if each.__class__ is Const}
    if types:
        return "string" in types
    first = scope.values[call.positional[0]] if call.positional else named.get("default")
    return first.__class__ is Const and isinstance(first.value, str)
