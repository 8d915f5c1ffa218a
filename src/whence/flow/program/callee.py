"""What a value is, when it is called or asked for an attribute."""

from __future__ import annotations

import msgspec

from whence.flow.program.callers import Callers
from whence.flow.program.commanders import FILLERS, Commanders
from whence.flow.program.decorated import Decorated
from whence.flow.program.deposits import Deposits
from whence.flow.program.handed_on import passed_on
from whence.flow.program.heirs import Heirs
from whence.flow.program.leaf import Site
from whence.flow.program.members import attribute_values, given_to
from whence.flow.program.project import Module, Project, Scope
from whence.flow.program.registries import elements_of, taken_of
from whence.flow.program.star_imports import starred
from whence.flow.tables.types import FRAMEWORK_CLASSES, INSTANCES, canonical
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Closure,
    Compare,
    Const,
    Dict,
    Each,
    Item,
    Logic,
    Mix,
    Name,
    Param,
    Sequence,
    Star,
    Text,
)

DEPTH = 10
OPTIONS = 6
AGAIN = 50
INJECTS = ("fastapi.Depends", "fastapi.Security")
TABLE = 24
_NOTHING = frozenset({Compare, Dict, Logic, Mix, Sequence, Star})
_UNTOLD = frozenset({"str()", "bytes()", "object()", "typing.Any()"})


class Target(msgspec.Struct, frozen=True):
    """One thing that a value can be.

    `kind` is `external` (then `dotted` is its full name, `()` after what is called), `function`,
    `class`, `instance` or `module`. `bound` is true where the receiver is already passed.
    `partial` is the call of `functools.partial` that fixed some arguments.
    """

    kind: str
    dotted: str = ""
    scope: Scope | None = None
    module: Module | None = None
    bound: bool = False
    partial: tuple[Scope, int] | None = None


class Callees:
    """Answers what values are, and remembers. `open` counts the answers that are being found."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.heirs = Heirs(project)
        self.deposits = Deposits(project)
        self.decorated = Decorated(self)
        self.commanders = Commanders(self)
        self.not_followed: dict[tuple[int, int], str] = {}
        self._opened: dict[tuple[int, int], int] = {}
        self._cut = self._again = 0
        self._known: dict[tuple[int, int], tuple[Target, ...]] = {}
        self._given: dict[tuple[int, int, int, str], tuple[Scope, int] | None] = {}
        self._calling = Callers(self)

    def of_call(self, scope: Scope, index: int) -> tuple[Target, ...]:
        """What a call calls."""
        callee = scope.values[index].callee  # type: ignore[union-attr]
        found = self._known.get((scope.id, callee))
        return found or self.targets(scope, callee)

    def dotted(self, scope: Scope, index: int) -> tuple[str, ...]:
        """The full dotted names that a call calls outside the project."""
        return tuple([t.dotted for t in self.of_call(scope, index) if t.kind == "external"])

    def targets(self, scope: Scope, index: int, depth: int = 0) -> tuple[Target, ...]:
        """What a value can be; empty where nothing is known."""
        key = (scope.id, index)
        found = self._known.get(key)
        if found is not None:
            self._cut = min(self._cut, self._opened.get(key, self._cut))
            return found
        if depth > DEPTH:
            self.not_followed[key] = f"more than {DEPTH} steps to what is called"
            self._cut = 0
            return ()
        self._known[key] = ()
        own = self._opened[key] = len(self._opened)
        outer, self._cut = self._cut, own
        made = tuple(dict.fromkeys(self._targets(scope, index, depth)))
        if len(made) > TABLE:
            self.not_followed[key] = f"more than {TABLE} things that are called"
        found = self._known[key] = made[:TABLE]
        del self._opened[key]
        self._close(key, own, outer)
        return found

    def _close(self, key: tuple[int, int], own: int, outer: int) -> None:
        """Forgets an answer that a circle or the depth cut short, so that a later question asks anew."""
        partial = self._cut < own
        self._cut = min(outer, self._cut) if partial else outer
        self._again = 0 if not own else self._again + partial
        if partial and self._again < AGAIN:
            del self._known[key]

    @property
    def open(self) -> bool:
        """Whether a question is being answered, so that answers to others may not be whole yet."""
        return bool(self._opened)

    def _targets(self, scope: Scope, index: int, depth: int) -> list[Target]:  # noqa: C901 - one branch for each kind
        value = scope.values[index]
        if value.__class__ in _NOTHING:
            return []
        if isinstance(value, Name):
            return self.named(scope, value.dotted, value.imported, depth)
        if isinstance(value, Attribute):
            found: list[Target] = []
            for base in self.targets(scope, value.base, depth + 1):
                found.extend(self._attribute(base, value.name, depth))
            if not found:
                found = [Target("external", f"?.{value.name}")]
            return found
        if isinstance(value, Call):
            return self._result(scope, index, depth)
        if isinstance(value, Closure):
            inner = scope.module.scopes.get(value.name)
            return [_of_scope(inner)] if inner else []
        if isinstance(value, Choice):
            options = value.options[:OPTIONS]
            return [t for option in options for t in self.targets(scope, option, depth + 1)]
        if isinstance(value, Param):
            return self._parameter(scope, value.name, depth)
        if isinstance(value, Each | Item):
            return elements_of(self, scope, value, depth)
        if isinstance(value, Text) and value.how == "/":
            return [Target("external", "pathlib.Path()")]
        if isinstance(value, Const) and value.value is not None:
            text = value.value.__class__.__name__
            return [Target("external", f"{text}()")]
        return []

    def named(self, scope: Scope, dotted: str, imported: bool, depth: int) -> list[Target]:
        """What a name from outside the function means."""
        if not imported:
            owner = scope.owner
            first = True
            while owner is not None:
                if owner.code.kind != "class" or first:
                    index = owner.code.names.get(dotted)
                    if index is not None and owner is not scope:
                        return self._variable(owner, dotted, index, depth)
                first = False
                owner = owner.owner
        located = self.project.locate(dotted, scope.module)
        if isinstance(located, Scope):
            bound = any(each.endswith("classmethod") for each in located.decorator_names)
            return [msgspec.structs.replace(_of_scope(located), bound=bound)]
        if isinstance(located, Module):
            return [Target("module", module=located)]
        if located is not None:
            module, name = located
            index = module.body.code.names[name]
            if not (module.body is scope and scope.values[index].__class__ is Name):
                return self._variable(module.body, name, index, depth)
        owned = self._of_owner(scope, dotted, depth) if imported and "." in dotted else []
        if not imported and scope.module.fact.stars:
            dotted = starred(self.project, dotted, scope.module)
        return owned or [Target("external", canonical(dotted))]

    def _variable(self, owner: Scope, name: str, index: int, depth: int) -> list[Target]:
        """What a variable of an outer scope is, and what functions set it to."""
        found = list(self.targets(owner, index, depth + 1))
        if owner.values[index].__class__ is Const:
            for each in self.deposits.named.get((owner.id, name), ()):
                if each.key < 0 and not each.name and not each.call:
                    found.extend(self.targets(each.scope, each.value, depth + 1))
        return found

    def _of_owner(self, scope: Scope, dotted: str, depth: int) -> list[Target]:
        """What a name means whose first part is a variable or a class of another module."""
        owner, rest = self.project.owner_of(dotted, scope.module)
        found = [_of_scope(owner)] if isinstance(owner, Scope) else []
        if isinstance(owner, tuple):
            body = owner[0].body
            found = list(self.targets(body, body.code.names[owner[1]], depth + 1))
        for name in rest if depth < DEPTH else []:
            found = [each for base in found for each in self._attribute(base, name, depth + 1)]
        return found

    def _attribute(self, base: Target, name: str, depth: int) -> list[Target]:
        if base.kind == "external":
            return [Target("external", canonical(f"{base.dotted}.{name}"))]
        if base.kind == "module" and base.module is not None:
            located = self.project.locate(name, base.module)
            if isinstance(located, Scope):
                return [_of_scope(located)]
            if isinstance(located, tuple):
                module, variable = located
                index = module.body.code.names[variable]
                return list(self.targets(module.body, index, depth + 1))
            return []
        klass = base.scope
        if klass is None or klass.code.kind != "class":
            return []
        if base.kind == "super":
            return self._inherited(klass, name)
        return self._member(klass, name, base.kind == "instance", depth)

    def _inherited(self, klass: Scope, name: str) -> list[Target]:
        for item in self.project.ancestry(klass)[1:]:
            if isinstance(item, str):
                return [Target("external", canonical(f"{item}().{name}"))]
            if name in item.children:
                return [Target("function", scope=item.children[name], bound=True)]
        return []

    def _member(self, klass: Scope, name: str, instance: bool, depth: int) -> list[Target]:
        found = self._own_member(klass, name, instance, depth)
        if instance:
            for heir in self.heirs.overriding(klass, name):
                found = [*found, Target("function", scope=heir, bound=not heir.is_static)]
        return found

    def _own_member(self, klass: Scope, name: str, instance: bool, depth: int) -> list[Target]:
        method = self.project.method(klass, name)
        if method is not None:
            if method.code.kind == "class":
                return [Target("class", scope=method)]
            if "property" in method.decorator_names or "cached_property" in method.decorator_names:
                return [
                    t
                    for value, _ in method.code.returns[:3]
                    for t in self.targets(method, value, depth + 1)
                ]
            bound = instance or any(n.endswith("classmethod") for n in method.decorator_names)
            return [Target("function", scope=method, bound=bound and not method.is_static)]
        found: list[Target] = []
        outside: list[str] = []
        for item in self.project.ancestry(klass):
            if not isinstance(item, Scope):
                outside.append(canonical(f"{item}()"))
                continue
            for scope, value in attribute_values(item, name):
                found.extend(self.targets(scope, value, depth + 1))
            annotation = item.code.fields.get(name)
            if annotation and not found:
                found.extend(self._annotated(annotation, item.module))
        if not found:
            named = [base for base in outside if base in FRAMEWORK_CLASSES]
            for base in dict.fromkeys([*outside[:1], *named]):
                found.append(Target("external", canonical(f"{base}.{name}")))
        return found

    def _annotated(self, annotation: str, module: Module) -> list[Target]:
        located = self.project.locate(annotation, module)
        if isinstance(located, Scope) and located.code.kind == "class":
            return [Target("instance", scope=located)]
        if "." in annotation or annotation in ("str", "bytes", "dict", "list", "int"):
            return [Target("external", canonical(annotation + "()"))]
        return []

    def _result(self, scope: Scope, index: int, depth: int) -> list[Target]:
        call = scope.call(index)
        found: list[Target] = []
        for target in self.targets(scope, call.callee, depth + 1):
            if target.kind == "class":
                found.append(Target("instance", scope=target.scope))
            elif target.kind == "external":
                found.extend(self._external_result(scope, index, target.dotted, depth))
            elif target.kind == "function":
                found.extend(self._returned((target,), depth))
        return found

    def _returned(self, called: tuple[Target, ...], depth: int) -> list[Target]:
        return [
            found
            for target in called
            if target.kind == "function" and target.scope is not None
            for value, _ in target.scope.code.returns[:4]
            for found in self.targets(target.scope, value, depth + 1)
        ]

    def _external_result(self, scope: Scope, index: int, dotted: str, depth: int) -> list[Target]:
        call = scope.call(index)
        args = call.args
        if dotted in ("functools.partial", "functools.partialmethod") and args:
            return [
                msgspec.structs.replace(target, partial=(scope, index))
                for target in self.targets(scope, args[0], depth + 1)
            ]
        if dotted in INSTANCES.passes_through and call.positional:
            return list(self.targets(scope, args[0], depth + 1))
        if dotted in INJECTS and args:
            return self._returned(self.targets(scope, args[0], depth + 1), depth)
        if dotted == "super":
            klass = scope.klass
            return [Target("super", scope=klass)] if klass else []
        if dotted in ("importlib.import_module", "__import__") and args:
            name = scope.values[args[0]]
            if name.__class__ is Const and isinstance(name.value, str):
                return self.named(scope, name.value, True, depth)
        if dotted in FILLERS and args:
            kinds = [t for t in self.targets(scope, args[0], depth + 1) if t.kind == "class"]
            if kinds:
                return [msgspec.structs.replace(kind, kind="instance") for kind in kinds]
        held = taken_of(self, scope, index, depth)
        return held or [Target("external", canonical(dotted + "()"))]

    def _parameter(self, scope: Scope, name: str, depth: int) -> list[Target]:
        parameter = scope.parameters.get(name)
        klass = scope.klass
        if klass is not None and name == scope.self_name:
            static = any(n.endswith("classmethod") for n in scope.decorator_names)
            return [Target("class" if static else "instance", scope=klass)]
        if parameter is None:
            return []
        if parameter.annotation:
            found = self._annotated(parameter.annotation, scope.module)
            if found and found[0].dotted not in _UNTOLD and not self._is_protocol(found[0]):
                return found
        result = [_of_scope(each) for each in self.decorated.given_to(scope, name)]
        if depth < 4:
            for caller, index in self.callers(scope)[:4]:
                value = self.argument(scope, caller, index, name)
                if value is not None:
                    result.extend(self.targets(value[0], value[1], depth + 3))
        if not result and parameter.default >= 0 and scope.owner is not None:
            default = scope.owner.values[parameter.default]
            if default.__class__ is not Const:
                result.extend(self.targets(scope.owner, parameter.default, depth + 1))
        return result

    def _is_protocol(self, target: Target) -> bool:
        """Whether a class only says what methods there are."""
        ancestry = self.project.ancestry(target.scope) if target.scope is not None else []
        return any(isinstance(base, str) and base.endswith("Protocol") for base in ancestry)

    def callers(self, scope: Scope) -> tuple[Site, ...]:
        """The calls inside the project that may run a function."""
        return self._calling.of(scope)

    def runs(self, target: Target) -> Scope | None:
        """The function that runs when a target is called."""
        if target.kind == "function":
            return target.scope
        if target.kind == "class" and target.scope is not None:
            return self.project.constructor(target.scope)
        if target.kind == "instance" and target.scope is not None:
            return self.project.method(target.scope, "__call__")
        return None

    def run_by(self, scope: Scope, index: int) -> frozenset[int]:
        """The ids of the functions that may run when a call is made."""
        return self.running(self.of_call(scope, index))

    def running(self, targets: tuple[Target, ...]) -> frozenset[int]:
        """The ids of the functions that may run when one of the targets is called."""
        found = [self.runs(target) for target in targets]
        return frozenset(each.id for each in found if each is not None)

    def argument(
        self, scope: Scope, caller: Scope, index: int, name: str
    ) -> tuple[Scope, int] | None:
        """The value that a call gives to a parameter of the function it runs."""
        key = (scope.id, caller.id, index, name)
        if key not in self._given:
            self._given[key] = self._argument(scope, caller, index, name)
        return self._given[key]

    def _argument(
        self, scope: Scope, caller: Scope, index: int, name: str
    ) -> tuple[Scope, int] | None:
        call = caller.call(index)
        for target in self.of_call(caller, index):
            if self.runs(target) is scope:
                shift = 1 if target.bound or target.kind in ("class", "instance") else 0
                if target.partial is not None:
                    fixed = given_to(scope, *target.partial, name, 0, 1)
                    if fixed is not None:
                        return fixed
                    partial_call = target.partial[0].call(target.partial[1])
                    given = partial_call.args
                    shift += len(given) - len(partial_call.keywords) - 1
                return given_to(scope, caller, index, name, shift, 0)
        if not any(self.runs(t) is scope for arg in call.args for t in self.targets(caller, arg)):
            return None
        return passed_on(self, scope, caller, index, name)


def _of_scope(scope: Scope) -> Target:
    return Target("class" if scope.code.kind == "class" else "function", scope=scope)
