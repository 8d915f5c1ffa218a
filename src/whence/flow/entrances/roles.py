"""Who gets to a function: requests, commands, training, tests."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cached_property

from whence.flow.entrances.agent_tools import (
    answers_protocol,
    applied,
    is_tool,
    listed_tools,
    makes_tool,
)
from whence.flow.entrances.filled_fields import DEPENDENCIES
from whence.flow.entrances.handlers import (
    answers_requests,
    hands_to_strangers,
    is_page_callback,
    registered_classes,
)
from whence.flow.entrances.message_handlers import is_set_for_messages, takes_messages
from whence.flow.entrances.page_components import SENT, lets_through
from whence.flow.entrances.service_set_ups import readies_service
from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Keys
from whence.flow.program.project import Scope, is_test
from whence.flow.program.spelling import spelled
from whence.flow.tables import handlers, requests
from whence.flow.tables.servers import STARTERS
from whence.flow.tables.types import canonical
from whence.vocabulary.fact.program import Attribute, Call, Compare, Const, Name

DEPTH = 8
_NESTED = 2
_STRANGERS = frozenset({"request", "message", "tool"})
_TRAINING_NAMES = frozenset({"train", "training", "fit", "finetune", "fine_tune", "train_model"})


class Roles:
    """Answers which roles reach a function, and remembers."""

    def __init__(self, callees: Callees) -> None:
        self.callees = callees
        self._own: dict[int, tuple[str, ...]] = {}
        self._reached: dict[int, tuple[str, ...]] = {}
        self._let_through: dict[tuple[int, str], str] = {}

    def reached_from(self, scope: Scope) -> tuple[str, ...]:
        """The roles of the function and of all that call it, sorted."""
        found = self._reached.get(scope.id)
        if found is None:
            roles: set[str] = set()
            seen = {scope.id}
            waiting = [scope]
            for _ in range(DEPTH):
                above: list[Scope] = []
                for item in waiting:
                    roles.update(self.own(item))
                    callers = [caller for caller, _ in self.callees.callers(item)]
                    if item.code.kind == "lambda" and item.owner is not None:
                        callers.append(item.owner)
                    for caller in callers:
                        if caller.id not in seen and (is_test(item) or not is_test(caller)):
                            seen.add(caller.id)
                            above.append(caller)
                waiting = above[:60]
            found = self._reached[scope.id] = tuple(sorted(roles))
        return found

    def own(self, scope: Scope) -> tuple[str, ...]:
        """The roles that a function has by itself."""
        found = self._own.get(scope.id)
        if found is None:
            self._own[scope.id] = ()
            found = self._own[scope.id] = tuple(sorted(self._own_roles(scope)))
        return found

    def _own_roles(self, scope: Scope) -> set[str]:
        roles: set[str] = set()
        roles.update(self._of_strangers(scope))
        roles.update(self._decorated(scope))
        if is_test(scope):
            roles.add("test")
        simple = scope.code.name.rpartition(".")[2]
        if simple in _TRAINING_NAMES or simple.startswith("train_"):
            roles.add("training")
        if scope.code.kind == "module" and not is_test(scope):
            roles.add("main")
        if not is_test(scope) and (
            self._sets_up_routes(scope) or readies_service(self.callees.project, scope)
        ):
            roles.add("server")
        roles.update(self._handed_over(scope))
        return roles

    def _of_strangers(self, scope: Scope) -> Iterator[str]:
        """The roles of what strangers call, by where it stands and what stands before it."""
        if self.route_of(scope) is not None or self._is_handler_method(scope):
            yield "request"
        if answers_requests(self.callees, scope) or scope.code.name.endswith("lambda_handler"):
            yield "request"
        if answers_protocol(scope):
            yield "message"
        if scope.id in self._applied:
            yield self._applied[scope.id]
        if is_set_for_messages(self.callees, scope):
            yield "message"
        if scope.id in self._listed_tools or is_tool(self.callees, scope):
            yield "tool"
        for other in self.callees.decorated.standing_for(scope):
            yield from _STRANGERS.intersection(self.own(other))

    def _sets_up_routes(self, scope: Scope) -> bool:
        """Whether a module or a function defines handlers or makes their server."""
        if scope.code.kind not in ("module", "function"):
            return False
        return scope.id in self._servers or any(
            inner.code.owner == scope.code.name and self.route_of(inner) is not None
            for inner in scope.module.scopes.values()
            if inner.code.decorators
        )

    @cached_property
    def _servers(self) -> frozenset[int]:
        """The ids of the functions that make or start a server."""
        made = {*STARTERS, "flask.Flask", "quart.Quart", "sanic.Sanic"}
        return frozenset(
            scope.id
            for tail in sorted({name.rpartition(".")[2] for name in made})
            for scope, index in self.callees.project.calls.get(tail, ())
            if not made.isdisjoint(self.callees.dotted(scope, index))
        )

    @cached_property
    def _registered(self) -> frozenset[int]:
        return registered_classes(self.callees)

    @cached_property
    def _applied(self) -> dict[int, str]:
        return applied(self.callees)

    @cached_property
    def _listed_tools(self) -> frozenset[int]:
        return listed_tools(self.callees)

    def _decorated(self, scope: Scope) -> Iterator[str]:
        """The roles that decorators give."""
        for index, name in zip(scope.code.decorators, scope.decorator_names, strict=False):
            tail = name.rpartition(".")[2]
            if handlers.receives(name, scope.module.imports):
                yield "message"
            commands = tail in handlers.COMMAND_TAILS or name == "hydra.main"
            if commands and not is_page_callback(scope, index):
                yield "command"

    def configuration_of(self, scope: Scope) -> str:
        """The file that `hydra.main` composes for a function; empty where there is none."""
        owner = scope.owner
        for index in scope.code.decorators if owner is not None else ():
            assert owner is not None
            if not spelled(owner, index).endswith("hydra.main"):
                continue
            named = (
                {name: owner.values[arg] for name, arg in owner.call(index).named}
                if (owner.values[index].__class__ is Call)
                else {}
            )
            texts = {name: str(v.value) for name, v in named.items() if isinstance(v, Const)}
            name = texts.get("config_name", "config").removesuffix(".yaml")
            return posixpath.normpath(
                posixpath.join(
                    posixpath.dirname(scope.module.path),
                    texts.get("config_path", ""),
                    f"{name}.yaml",
                )
            )
        return ""

    def _is_handler_method(self, scope: Scope) -> bool:
        if scope.klass is None:
            return False
        simple = scope.code.name.rpartition(".")[2]
        if scope.klass.id in self._registered and not simple.startswith("_"):
            return True
        for base in self.callees.project.ancestry(scope.klass):
            if isinstance(base, str):
                for start in handlers.methods_of(canonical(f"{base}()").removesuffix("()")):
                    if simple.startswith(start) if start.endswith("_") else simple == start:
                        return True
        return simple == "__call__" and any(
            name.startswith("ray.serve.deployment") for name in scope.klass.decorator_names
        )

    def _handed_over(self, scope: Scope) -> Iterator[str]:
        """The roles of a function that is handed to what makes a page or a command line of it."""
        if scope.id in self.callees.commanders.functions:
            yield "command"
        name = scope.code.name.rpartition(".")[2]
        for caller, index, position in self.callees.project.mentions.get(name, ())[:20]:
            call = caller.call(index)
            dotted = spelled(caller, call.callee)
            meant = self.callees.running(self.callees.targets(caller, call.args[position]))
            if meant and scope.id not in meant:
                continue
            taken = caller.values[call.args[position]]
            if not meant and scope.klass is None and isinstance(taken, Attribute):
                continue
            if hands_to_strangers(caller, dotted) or dotted.endswith(DEPENDENCIES):
                yield "request"
            elif handlers.takes_events(dotted, caller.module.imports):
                yield "message"
            elif makes_tool(caller, dotted):
                yield "tool"
            elif takes_messages(caller, dotted):
                yield "message"

    def route_of(self, scope: Scope) -> tuple[str, tuple[str, ...]] | None:
        """The route and methods of a request handler; None where the function is none."""
        owner = scope.owner
        if owner is None:
            return None
        for index in scope.code.decorators:
            value = owner.values[index]
            if value.__class__ is not Call:
                continue
            tail = spelled(owner, index).rpartition(".")[2]
            if tail not in handlers.ROUTE_TAILS or not self._is_router(owner, index):
                continue
            args = value.args
            first = owner.values[args[0]] if args else None
            route = str(first.value) if first.__class__ is Const else ""
            return route, self._methods(owner, index, tail)
        return None

    def _is_router(self, owner: Scope, index: int) -> bool:
        callee = owner.call(index).callee
        known = [t.dotted for t in self.callees.targets(owner, callee) if t.kind == "external"]
        if any(dotted.startswith(handlers.ROUTE_OWNERS) for dotted in known):
            return True
        text = spelled(owner, callee)
        base = text.rpartition(".")[0].rpartition(".")[2]
        if any(d.startswith("?") for d in known) and (
            text.endswith(".route") or base in ("app", "router", "api", "bp", "blueprint")
        ):
            return True
        args = owner.call(index).args
        first = owner.values[args[0]] if args else None
        named = first.__class__ is Const and str(first.value).startswith("/")
        return named and handlers.ROUTERS.search(base) is not None

    def is_tool(self, scope: Scope) -> bool:
        """Whether a function is a tool that clients of the Model Context Protocol call."""
        if answers_protocol(scope) or self._applied.get(scope.id) == "message":
            return True
        return any(name.rpartition(".")[2] == "tool" for name in scope.decorator_names)

    def is_called(self, scope: Scope) -> bool:
        """Whether strangers call a function themselves, whoever else does."""
        if _STRANGERS.isdisjoint(self.own(scope)):
            return False
        named = scope.code.decorators or scope.klass is not None
        if not named and not any(True for _ in self._handed_over(scope)):
            return False
        return not any(True for _ in self.callees.decorated.wrapped_calls(scope))

    def is_exposed(self, scope: Scope) -> bool:
        """Whether strangers get to a function, so that what it gives is asked for first."""
        return not _STRANGERS.isdisjoint(self.reached_from(scope))

    def sends(self, scope: Scope, name: str, keys: Keys, content: bool = False) -> bool:
        """Whether a caller decides what a handler is given as a parameter, and takes of it.

        `content` asks for what the file behind a path holds, and not for the path.
        """
        if name in requests.REQUESTS and keys and keys[0] in requests.OF_THE_SERVER:
            return False
        if name in requests.BESIDES or self._holds_back(scope, name, keys, content):
            return False
        route = self.route_of(scope)
        if route is None or keys or not route[0]:
            return True
        if requests.takes_number(route[0], name):
            return False
        others = [each for each in scope.decorator_names if not self._is_route(scope, each)]
        if any(requests.FILLS.search(each.rpartition(".")[2]) for each in others):
            return True
        first = next((one.name for one in scope.code.parameters if one.name != scope.self_name), "")
        if name == first or name in route[0] or not self._by_template(scope):
            return True
        texts = (value.value for value in scope.module.body.values if value.__class__ is Const)
        return any(isinstance(text, str) and f"{name}>" in text for text in texts)

    def _holds_back(self, scope: Scope, name: str, keys: Keys, content: bool) -> bool:
        """Whether a type, or the part of a page that feeds a parameter, lets nothing of harm through."""
        parameter = scope.parameters.get(name)
        if parameter is not None and not keys and parameter.annotation in requests.NUMBERS:
            return True
        if parameter is not None and parameter.kind == "*" and keys and not keys[0].isdigit():
            # Which part of a page an item is, and what that lets through, nobody can say.
            return "gradio" in scope.module.imports or len(keys) > _NESTED
        part = self._of_page(scope, name)
        if part == "chosen" or (part == "uploaded" and not content):
            return True
        return bool(part and keys and keys[0].isidentifier() and keys[0] not in SENT)

    def _of_page(self, scope: Scope, name: str) -> str:
        """What the part of a page that feeds a parameter lets through."""
        if "gradio" not in scope.module.imports:
            return ""
        found = self._let_through.get((scope.id, name))
        if found is None:
            found = self._let_through[scope.id, name] = lets_through(self.callees, scope, name)
        return found

    def _is_route(self, scope: Scope, decorator: str) -> bool:
        return decorator.rpartition(".")[2] in handlers.ROUTE_TAILS

    def _by_template(self, scope: Scope) -> bool:
        """Whether the framework of a route gives a handler only what the route names."""
        owner = scope.owner
        for index in scope.code.decorators if owner is not None else ():
            if owner is not None and owner.values[index].__class__ is Call:
                known = self.callees.targets(owner, owner.call(index).callee)
                if any(target.dotted.startswith(requests.BY_TEMPLATE) for target in known):
                    return True
        return False

    def _methods(self, owner: Scope, index: int, tail: str) -> tuple[str, ...]:
        if tail not in ("route", "api_route"):
            return (tail.upper(),)
        call = owner.call(index)
        len(call.args) - len(call.keywords)
        for name, arg in call.named:
            if name == "methods":
                items = getattr(owner.values[arg], "items", ())
                held = [owner.values[item] for item in items]
                return tuple(str(v.value).upper() for v in held if v.__class__ is Const)
        return ("GET",)


def under_main(scope: Scope, context: int) -> bool:
    """Whether a point of a module runs only as a script."""
    while context >= 0:
        held = scope.code.contexts[context]
        if held.value >= 0:
            test = scope.values[held.value]
            if test.__class__ is Compare:
                sides = [scope.values[test.left], scope.values[test.right]]
                if any(s.__class__ is Name and s.dotted == "__name__" for s in sides):
                    return True
        context = held.parent
    return False
