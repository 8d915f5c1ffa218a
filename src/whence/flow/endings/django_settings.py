"""Settings modules of Django that switch the debugging pages on.

Source: Django's reference of settings (`DEBUG`) and its deployment checklist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.code import OriginKind, ServerStart
from whence.vocabulary.fact.program import Call, Compare, Const, Sequence

_MARKS = frozenset({"INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF"})
_BY_HAND = re.compile(
    r"(?i)(?:^|[/_.-])(?:dev|develop|development|local|tests?|testing|ci|debug)(?:[/_.-]|$)"
)
_DEPLOYED = re.compile(r"(?i)(?:^|[/_.-])(?:prod|production|deploy|live|staging)(?:[/_.-]|$)")
_CASTS = frozenset({"bool", "config", "strtobool", "get_bool", "env_bool", "getenv_bool"})
_ON = ("true", "1", "yes", "on", "t", "y")


def debugging_settings(engine: Engine) -> Iterator[ServerStart]:
    """A fact for every settings module whose `DEBUG` is on, unless another one turns it off."""
    modules = [scope for scope in engine.project.scopes if _holds_settings(scope)]
    off = {_folder(scope) for scope in modules if _DEPLOYED.search(scope.module.path)
           and _is_on(engine, scope) is False}  # fmt: skip
    for scope in modules:
        path = scope.module.path
        if not _is_main(scope) or _BY_HAND.search(path) or _folder(scope) in off:
            continue
        if _is_on(engine, scope):
            index = scope.code.names["DEBUG"]
            yield ServerStart(
                span=scope.place(index),
                callee="DEBUG",
                library="django",
                function=scope.code.name,
                reached_from=engine.roles.reached_from(scope),
                debug="True",
                decision=engine.arguments.decision(scope, index) or scope.place(index),
                how="pages",
            )


def _holds_settings(scope: Scope) -> bool:
    return scope.code.kind == "module" and "DEBUG" in scope.code.names


def _is_main(scope: Scope) -> bool:
    return not _MARKS.isdisjoint(scope.code.names)


def _folder(scope: Scope) -> str:
    return scope.module.path.rpartition("/")[0]


def _is_on(engine: Engine, scope: Scope) -> bool | None:
    """Whether `DEBUG` is on: by a constant, or by what a variable is set to or else taken for."""
    index = scope.code.names["DEBUG"]
    text = engine.arguments.constant(scope, index)
    if text in ("True", "False"):
        return text == "True"
    value = scope.values[index]
    if isinstance(value, Compare) and value.operator in ("==", "in"):
        listed = scope.values[value.right]
        items = listed.items if isinstance(listed, Sequence) else (value.right,)
        words = {
            str(held.value).lower()
            for item in items
            if isinstance(held := scope.values[item], Const)
        }
        given = _given(engine, scope, value.left)
        return any(word.lower() in words for word in given) if given and words else None
    if isinstance(value, Call) and last_name(scope.values, value.callee) in _CASTS:
        default = argument_of(scope, index, ("default",))
        if default is not None:
            return engine.arguments.constant(scope, default) == "True"
        given = _given(engine, scope, value.args[0]) if value.args else []
        if given:
            plain = last_name(scope.values, value.callee) == "bool"
            return any(word if plain else word.lower() in _ON for word in given)
    return None


def _given(engine: Engine, scope: Scope, index: int) -> list[str]:
    """What the variable behind a value is set to by the project, or else its default."""
    found: list[str] = []
    for leaf in engine.tracer.origins(scope, index):
        if leaf.kind is not OriginKind.ENVIRONMENT:
            continue
        told = [setting.value for setting in engine.arguments.settings_of(leaf)]
        called = isinstance(leaf.scope.values[leaf.index], Call)
        default = argument_of(leaf.scope, leaf.index, ("default", 1)) if called else None
        held = leaf.scope.values[default] if default is not None else None
        if not told and isinstance(held, Const) and held.value is not None:
            told = [str(held.value)]
        found.extend(told)
    return found
