"""Functions that language models call with arguments of their choice."""

from __future__ import annotations

from whence.flow.program.callee import Callees, Target
from whence.flow.program.project import Module, Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables import tools
from whence.flow.tables.handlers import ROUTE_OWNERS, ROUTE_TAILS
from whence.vocabulary.fact.program import Call, Sequence


def is_tool(callees: Callees, scope: Scope) -> bool:
    """Whether a decorator or a base class makes a function a tool of an agent."""
    for name in scope.decorator_names:
        tail = name.rpartition(".")[2]
        if tail in tools.DECORATORS:
            return True
        if tail in tools.SHARED_DECORATORS and name.partition(".")[0] in tools.PACKAGES:
            return True
    return _is_run_by_tool(callees, scope)


def answers_protocol(scope: Scope) -> bool:
    """Whether clients of the Model Context Protocol choose what a function is given."""
    tails = {name.rpartition(".")[2] for name in scope.decorator_names}
    return not tails.isdisjoint(tools.PROTOCOL_DECORATORS) and _names_protocol(scope.module)


def makes_tool(caller: Scope, dotted: str) -> bool:
    """Whether a call that is handed a function makes a tool of it."""
    if dotted.rpartition(".")[2] not in tools.MAKERS:
        return False
    return bool(caller.module.imports & tools.PACKAGES)


def listed_tools(callees: Callees) -> frozenset[int]:
    """The ids of the functions that stand in lists of tools."""
    found: set[int] = set()
    for caller, _, call in callees.project.calls_spelled(sorted(tools.TAKERS)):
        given = dict(call.named)
        plain = call.positional[:2] if "tools" not in given else (given["tools"],)
        for at in plain:
            held = caller.values[at]
            if (
                isinstance(held, Sequence)
                and not held.many
                and caller.module.imports & tools.PACKAGES
            ):
                for item in held.items:
                    found.update(callees.running(_functions(callees, caller, item)))
    return frozenset(found)


def applied(callees: Callees) -> dict[int, str]:
    """The roles of functions that a server is given by `server.tool(...)(function)`, by their ids."""
    found: dict[int, str] = {}
    for inner, index, call in callees.project.calls_spelled(("tool", *ROUTE_TAILS)):
        outer = [
            value
            for value in inner.values[index + 1 :]
            if value.__class__ is Call and value.callee == index and len(value.args) == 1
        ]
        role = _role_given(callees, inner, call.callee) if outer else ""
        for value in outer if role else ():
            for number in callees.running(_functions(callees, inner, value.args[0])):
                found[number] = role
    return found


def _role_given(callees: Callees, scope: Scope, callee: int) -> str:
    """What a decorator that is called like a function makes of the function that it gets."""
    name = last_name(scope.values, callee)
    if name == "tool" and _names_protocol(scope.module):
        return "message"
    if name in ROUTE_TAILS and any(
        target.dotted.startswith(ROUTE_OWNERS) for target in callees.targets(scope, callee)
    ):
        return "request"
    return ""


def _functions(callees: Callees, caller: Scope, item: int) -> tuple[Target, ...]:
    return tuple(each for each in callees.targets(caller, item) if each.kind == "function")


def _is_run_by_tool(callees: Callees, scope: Scope) -> bool:
    if scope.klass is None:
        return False
    simple = scope.code.name.rpartition(".")[2]
    for base in callees.project.ancestry(scope.klass)[1:]:
        if isinstance(base, str) and base.partition(".")[0] in tools.PACKAGES:
            run = tools.BASES.get(base.rpartition(".")[2], ())
            if simple in run or ("" in run and not simple.startswith("_")):
                return True
    return False


def _names_protocol(module: Module) -> bool:
    return any(package in module.imports for package in tools.PROTOCOL_PACKAGES)
