"""What a value is, when it is called or asked for an attribute."""

from __future__ import annotations

import msgspec

from whence.flow.project import Module, Project, Scope
from whence.flow.tables.types import INSTANCES, canonical
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Closure,
    Const,
    Dict,
    Each,
    Item,
    Name,
    Param,
    Sequence,
    Text,
)

DEPTH = 10
OPTIONS = 6


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
    """Answers what values are, and remembers."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[tuple[int, int], tuple[Target, ...]] = {}
        self._given: dict[tuple[int, int, int, str], tuple[Scope, int] | None] = {}
        self._callers: dict[int, tuple[tuple[Scope, int], ...]] = {}

    def of_call(self, scope: Scope, index: int) -> tuple[Target, ...]:
        """What a call calls."""
        return self.targets(scope, scope.values[index].callee)  # type: ignore[union-attr]

    def dotted(self, scope: Scope, index: int) -> tuple[str, ...]:
        """The full dotted names that a call calls outside the project."""
        return tuple(t.dotted for t in self.of_call(scope, index) if t.kind == "external")

    def targets(self, scope: Scope, index: int, depth: int = 0) -> tuple[Target, ...]:
        """What a value can be; empty where nothing is known."""
        key = (scope.id, index)
        found = self._known.get(key)
        if found is None:
            if depth > DEPTH:
                return ()
            self._known[key] = ()
            found = self._known[key] = tuple(
                dict.fromkeys(self._targets(scope, index, depth))
            )[:OPTIONS]
        return found

    def _targets(self, scope: Scope, index: int, depth: int) -> list[Target]:
        value = scope.values[index]
        kind = value.__class__
        if kind is Name:
            return self.named(scope, value.dotted, value.imported, depth)  # type: ignore
        if kind is Attribute:
            found: list[Target] = []
            for base in self.targets(scope, value.base, depth + 1):  # type: ignore[union-attr]
                found.extend(self._attribute(base, value.name, depth))  # type: ignore[union-attr]
            if not found:
                found = [Target("external", f"?.{value.name}")]  # type: ignore[union-attr]
            return found
        if kind is Call:
            return self._result(scope, index, depth)
        if kind is Closure:
            inner = scope.module.scopes.get(value.name)  # type: ignore[union-attr]
            return [_of_scope(inner)] if inner else []
        if kind is Choice:
            options = value.options[:OPTIONS]  # type: ignore[union-attr]
            return [t for option in options for t in self.targets(scope, option, depth + 1)]
        if kind is Param:
            return self._parameter(scope, value.name, depth)  # type: ignore[union-attr]
        if kind is Each or kind is Item:
            return self._element(scope, value, depth)  # type: ignore[arg-type]
        if kind is Text and value.how == "/":  # type: ignore[union-attr]
            return [Target("external", "pathlib.Path()")]
        if kind is Const:
            text = value.value.__class__.__name__  # type: ignore[union-attr]
            return [Target("external", f"{text}()")]
        return []

    def _element(self, scope: Scope, value: Each | Item, depth: int) -> list[Target]:
        base = scope.values[value.base]
        if base.__class__ is Sequence:
            items = base.items[:OPTIONS]  # type: ignore[union-attr]
            return [t for item in items for t in self.targets(scope, item, depth + 1)]
        return [
            Target("external", canonical(base.dotted + "[]"))
            for base in self.targets(scope, value.base, depth + 1)
            if base.kind == "external" and not base.dotted.endswith("[][]")
        ]

    def named(self, scope: Scope, dotted: str, imported: bool, depth: int) -> list[Target]:
        """What a name from outside the function means."""
        if not imported:
            owner = scope.owner
            first = True
            while owner is not None:
                if owner.code.kind != "class" or first:
                    index = owner.code.names.get(dotted)
                    if index is not None and not (owner is scope):
                        return list(self.targets(owner, index, depth + 1))
                first = False
                owner = owner.owner
        located = self.project.locate(dotted, scope.module)
        if isinstance(located, Scope):
            return [_of_scope(located)]
        if isinstance(located, Module):
            return [Target("module", module=located)]
        if located is not None:
            module, name = located
            index = module.body.code.names[name]
            if not (module.body is scope and scope.values[index].__class__ is Name):
                return list(self.targets(module.body, index, depth + 1))
        return [Target("external", canonical(dotted))]

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
        outside = ""
        for item in self.project.ancestry(klass):
            if not isinstance(item, Scope):
                outside = outside or item
                continue
            for scope, value in attribute_values(item, name):
                found.extend(self.targets(scope, value, depth + 1))
            annotation = item.code.fields.get(name)
            if annotation and not found:
                found.extend(self._annotated(annotation, item.module))
        if not found and outside:
            found.append(Target("external", canonical(f"{outside}().{name}")))
        return found

    def _annotated(self, annotation: str, module: Module) -> list[Target]:
        located = self.project.locate(annotation, module)
        if isinstance(located, Scope) and located.code.kind == "class":
            return [Target("instance", scope=located)]
        if "." in annotation or annotation in ("str", "bytes", "dict", "list", "int"):
            return [Target("external", canonical(annotation + "()"))]
        return []

    def _result(self, scope: Scope, index: int, depth: int) -> list[Target]:
        call = scope.values[index]
        found: list[Target] = []
        for target in self.targets(scope, call.callee, depth + 1):  # type: ignore[union-attr]
            if target.kind == "class":
                found.append(Target("instance", scope=target.scope))
            elif target.kind == "external":
                found.extend(self._external_result(scope, index, target.dotted, depth))
            elif target.kind == "function" and target.scope is not None:
                for value, _ in target.scope.code.returns[:4]:
                    found.extend(self.targets(target.scope, value, depth + 1))
                if not target.scope.code.returns:
                    continue
        return found

    def _external_result(
        self, scope: Scope, index: int, dotted: str, depth: int
    ) -> list[Target]:
        call = scope.values[index]
        args = call.args  # type: ignore[union-attr]
        if dotted in ("functools.partial", "functools.partialmethod") and args:
            return [
                msgspec.structs.replace(target, partial=(scope, index))
                for target in self.targets(scope, args[0], depth + 1)
            ]
        if dotted in INSTANCES.passes_through and args:
            return list(self.targets(scope, args[0], depth + 1))
        if dotted == "super":
            klass = scope.klass
            return [Target("super", scope=klass)] if klass else []
        if dotted == "importlib.import_module" and args:
            name = scope.values[args[0]]
            if name.__class__ is Const and isinstance(name.value, str):  # type: ignore[union-attr]
                return self.named(scope, name.value, True, depth)  # type: ignore[union-attr]
        return [Target("external", canonical(dotted + "()"))]

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
            if found and found[0].dotted not in ("str()", "bytes()"):
                return found
        result: list[Target] = []
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

    def callers(self, scope: Scope) -> tuple[tuple[Scope, int], ...]:
        """The calls inside the project that may run a function."""
        found = self._callers.get(scope.id)
        if found is None:
            self._callers[scope.id] = ()
            found = self._callers[scope.id] = tuple(self._find_callers(scope))
        return found

    def _find_callers(self, scope: Scope) -> list[tuple[Scope, int]]:
        name = scope.code.name.rpartition(".")[2].partition("#")[0]
        names = [name]
        if name in ("__init__", "__call__", "__post_init__") and scope.klass is not None:
            names = [scope.klass.code.name.rpartition(".")[2], "__init__"]
            names.extend(self._heirs(scope.klass, name))
        found: list[tuple[Scope, int]] = []
        for spelling in dict.fromkeys(names):
            for caller, index in self.project.calls.get(spelling, ())[:200]:
                if any(self.runs(target) is scope for target in self.of_call(caller, index)):
                    found.append((caller, index))
            for caller, index, position in self.project.mentions.get(spelling, ())[:50]:
                arg = caller.values[index].args[position]  # type: ignore[union-attr]
                if any(self.runs(t) is scope for t in self.targets(caller, arg)):
                    found.append((caller, index))
        return list(dict.fromkeys(found))[:40]

    def _heirs(self, klass: Scope, method: str) -> list[str]:
        names: list[str] = []
        waiting = list(self.project.subclasses.get(klass.id, ()))
        while waiting and len(names) < 20:
            heir = waiting.pop()
            if method not in heir.children:
                names.append(heir.code.name.rpartition(".")[2])
                waiting.extend(self.project.subclasses.get(heir.id, ()))
        return names

    def runs(self, target: Target) -> Scope | None:
        """The function that runs when a target is called."""
        if target.kind == "function":
            return target.scope
        if target.kind == "class" and target.scope is not None:
            return self.project.constructor(target.scope)
        if target.kind == "instance" and target.scope is not None:
            return self.project.method(target.scope, "__call__")
        return None

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
        call = caller.values[index]
        for target in self.of_call(caller, index):
            if self.runs(target) is scope:
                shift = 1 if target.bound or target.kind in ("class", "instance") else 0
                if target.partial is not None:
                    fixed = self._bound(scope, *target.partial, name, 0, 1)
                    if fixed is not None:
                        return fixed
                    partial_call = target.partial[0].values[target.partial[1]]
                    given = partial_call.args  # type: ignore[union-attr]
                    shift += len(given) - len(partial_call.keywords) - 1  # type: ignore
                return self._bound(scope, caller, index, name, shift, 0)
        if not any(
            self.runs(t) is scope
            for arg in call.args  # type: ignore[union-attr]
            for t in self.targets(caller, arg)
        ):
            return None
        return self._passed_on(scope, caller, index, name)

    def _bound(
        self, scope: Scope, caller: Scope, index: int, name: str, shift: int, skip: int
    ) -> tuple[Scope, int] | None:
        call = caller.values[index]
        args, keywords = call.args, call.keywords  # type: ignore[union-attr]
        plain = len(args) - len(keywords)
        for keyword, value in zip(keywords, args[plain:], strict=True):
            if keyword == name:
                return caller, value
        position = -1
        for number, parameter in enumerate(scope.code.parameters):
            if parameter.kind == "*":
                break
            if parameter.name == name and parameter.kind == "":
                position = number - shift + skip
        if skip <= position < plain:
            return caller, args[position]
        for keyword, value in zip(keywords, args[plain:], strict=True):
            if keyword == "**":
                picked = literal_item(caller, value, name, index)
                if picked is not None:
                    return caller, picked
        return None

    def _passed_on(
        self, scope: Scope, caller: Scope, index: int, name: str
    ) -> tuple[Scope, int] | None:
        """The argument where the function itself is an argument: `submit(f, x)`, `Thread(f)`."""
        call = caller.values[index]
        args, keywords = call.args, call.keywords  # type: ignore[union-attr]
        names = [p.name for p in scope.code.parameters if p.name != scope.self_name]
        if name not in names:
            return None
        position = names.index(name)
        for keyword, value in zip(keywords, args[len(args) - len(keywords) :], strict=True):
            if keyword == name:
                return caller, value
            held = caller.values[value]
            if keyword == "args" and held.__class__ is Sequence:
                if position < len(held.items):  # type: ignore[union-attr]
                    return caller, held.items[position]  # type: ignore[union-attr]
        plain = list(args[: len(args) - len(keywords)])
        for number, arg in enumerate(plain):
            if any(self.runs(t) is scope for t in self.targets(caller, arg)):
                after = plain[number + 1 :]
                if position < len(after):
                    return caller, after[position]
        return None


def _of_scope(scope: Scope) -> Target:
    return Target("class" if scope.code.kind == "class" else "function", scope=scope)


def attribute_values(klass: Scope, name: str) -> list[tuple[Scope, int]]:
    """What a class and its methods store under an attribute: (scope, value)."""
    found: list[tuple[Scope, int]] = []
    for method in klass.children.values():
        for store in method.code.stores:
            if store.name == name and store.base >= 0:
                base = method.values[store.base]
                if base.__class__ is Param and base.name == method.self_name:  # type: ignore
                    found.append((method, store.value))
    index = klass.code.names.get(name)
    if index is not None and not found:
        found.append((klass, index))
    return found


def literal_item(scope: Scope, base: int, key: str, before: int) -> int | None:
    """The value under a constant key of a dictionary that a function builds, updates included."""
    value = scope.values[base]
    kind = value.__class__
    found: int | None = None
    if kind is Dict:
        for one, held in zip(value.keys, value.values, strict=True):  # type: ignore
            if one < 0:
                found = literal_item(scope, held, key, before) or found
            else:
                name = scope.values[one]
                if name.__class__ is Const and name.value == key:  # type: ignore[union-attr]
                    found = held
    elif kind is Call:
        call_args, keywords = value.args, value.keywords  # type: ignore[union-attr]
        callee = scope.values[value.callee]  # type: ignore[union-attr]
        if callee.__class__ is Name and callee.dotted == "dict":  # type: ignore[union-attr]
            plain = len(call_args) - len(keywords)
            for keyword, held in zip(keywords, call_args[plain:], strict=True):
                if keyword == key:
                    found = held
    elif kind is Choice:
        for option in value.options:  # type: ignore[union-attr]
            picked = literal_item(scope, option, key, before)
            found = picked if picked is not None else found
    elif kind is Text and value.how == "+":  # type: ignore[union-attr]
        for part in value.parts:  # type: ignore[union-attr]
            picked = literal_item(scope, part, key, before)
            found = picked if picked is not None else found
    for store in scope.code.stores:
        if store.base == base and store.key >= 0 and store.before <= before:
            name = scope.values[store.key]
            if name.__class__ is Const and name.value == key:  # type: ignore[union-attr]
                found = store.value
    for index in range(base + 1, min(before, len(scope.values))):
        call = scope.values[index]
        if call.__class__ is Call:
            callee = scope.values[call.callee]  # type: ignore[union-attr]
            if (
                callee.__class__ is Attribute
                and callee.name in ("update", "setdefault")  # type: ignore[union-attr]
                and callee.base == base  # type: ignore[union-attr]
            ):
                found = _updated(scope, index, key, before, found)
    return found


def _updated(scope: Scope, index: int, key: str, before: int, found: int | None) -> int | None:
    call = scope.values[index]
    args, keywords = call.args, call.keywords  # type: ignore[union-attr]
    plain = len(args) - len(keywords)
    callee = scope.values[call.callee]  # type: ignore[union-attr]
    if callee.name == "setdefault":  # type: ignore[union-attr]
        if plain == 2 and found is None:
            name = scope.values[args[0]]
            if name.__class__ is Const and name.value == key:  # type: ignore[union-attr]
                return args[1]
        return found
    for keyword, held in zip(keywords, args[plain:], strict=True):
        if keyword == key:
            return held
    if plain:
        picked = literal_item(scope, args[0], key, before)
        return picked if picked is not None else found
    return found
