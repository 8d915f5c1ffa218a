"""Follows a value back to where it enters the program."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from whence.flow.callee import Callees, Target, attribute_values
from whence.flow.project import Project, Scope
from whence.flow.tables import carriers
from whence.flow.tables.sources import CONFIG_READERS, Source, source_of
from whence.flow.text import Texts
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
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

LEAVES = 16
DEPTH = 40
TRAIL = 24
CALLERS = 8
ROUNDS = 5
_MUTATORS = frozenset({"append", "extend", "insert", "add", "update", "write", "writelines"})
_ITEM_METHODS = frozenset({"get", "pop", "__getitem__", "getlist", "setdefault"})

Keys = tuple[str, ...]
Site = tuple[Scope, int]


class Leaf(msgspec.Struct, frozen=True):
    """Where a value was found to begin.

    `kind` is None for a parameter of `scope`, named by `detail`. `keys` are the attributes and
    items that were taken of it. `trail` lists the values on the way, from the sink on, and `uses`
    the points in the functions on the way: (scope, context, number of values before). `washed` are
    the kinds of danger that calls on the way took from it.
    """

    kind: OriginKind | None
    detail: str
    scope: Scope
    index: int
    keys: Keys = ()
    trail: tuple[Site, ...] = ()
    uses: tuple[tuple[Scope, int, int], ...] = ()
    file: bool = False
    washed: tuple[str, ...] = ()


class Tracer:
    """Answers which leaves a value has. Remembers answers; counts what it did not follow."""

    def __init__(self, project: Project, callees: Callees, texts: Texts) -> None:
        self.project = project
        self.callees = callees
        self.texts = texts
        self.not_followed: dict[tuple[int, int], str] = {}
        self._known: dict[tuple[int, int, Keys], tuple[Leaf, ...]] = {}
        self._mutated: dict[int, dict[int, list[int]]] = {}
        self._changed: dict[int, dict[int, list[int]]] = {}

    def leaves(self, scope: Scope, index: int, keys: Keys = (), depth: int = 0) -> tuple[Leaf, ...]:
        """The leaves inside the function and what it calls; parameters are left open."""
        key = (scope.id, index, keys)
        found = self._known.get(key)
        if found is not None:
            return found
        if depth > DEPTH or len(keys) > 6:
            self.not_followed[(scope.id, index)] = "too many steps"
            return ()
        self._known[key] = ()
        made = self._stored(scope, index, keys, depth) if keys else []
        if not made or keys[0] == "*":
            made = made + self._leaves(scope, index, keys, depth)
        unique: dict[tuple[object, ...], Leaf] = {}
        for leaf in made:
            mark = (leaf.kind, leaf.scope.id, leaf.index, leaf.detail, leaf.keys)
            if mark not in unique:
                unique[mark] = _stepped(leaf, scope, index)
        if len(unique) > LEAVES:
            self.not_followed[(scope.id, index)] = f"more than {LEAVES} origins"
        found = self._known[key] = tuple(unique.values())[:LEAVES]
        return found

    def origins(self, scope: Scope, index: int, keys: Keys = ()) -> list[Leaf]:
        """The leaves with parameters followed to the callers, as far as there are any."""
        done: list[Leaf] = []
        seen: set[tuple[int, str, Keys]] = set()
        waiting = list(self.leaves(scope, index, keys))
        for _ in range(ROUNDS):
            further: list[Leaf] = []
            for leaf in waiting:
                if leaf.kind is not None:
                    done.append(leaf)
                    continue
                mark = (leaf.scope.id, leaf.detail, leaf.keys)
                if mark in seen:
                    continue
                seen.add(mark)
                above = self._above(leaf)
                if above:
                    further.extend(above)
                else:
                    done.append(leaf)
            waiting = further[: LEAVES * 2]
            if not waiting or len(done) > LEAVES * 2:
                break
        for leaf in waiting:
            self.not_followed[(leaf.scope.id, leaf.index)] = f"more than {ROUNDS} callers deep"
        return [*done, *(leaf for leaf in waiting if leaf.kind is not None)]

    def _above(self, leaf: Leaf) -> list[Leaf]:
        found: list[Leaf] = []
        callers = self.callees.callers(leaf.scope)
        for caller, call in callers[:CALLERS]:
            found.extend(self._in_caller(leaf, caller, call))
        return found

    def _in_caller(self, leaf: Leaf, caller: Scope, call: int) -> list[Leaf]:
        given = self._given(leaf, caller, call)
        context = caller.values[call].context  # type: ignore[union-attr]
        return [
            msgspec.structs.replace(
                above,
                trail=(leaf.trail + ((caller, call),) + above.trail)[:TRAIL],
                uses=leaf.uses + ((caller, context, call),) + above.uses,
                file=leaf.file or above.file,
                washed=leaf.washed + above.washed,
            )
            for above in given
        ]

    def _given(self, leaf: Leaf, caller: Scope, call: int, depth: int = 0) -> tuple[Leaf, ...]:
        """The leaves of what a call gives for a parameter, default values included."""
        inner = leaf.scope
        value = self.callees.argument(inner, caller, call, leaf.detail)
        if value is not None:
            return self.leaves(value[0], value[1], leaf.keys, depth + 1)
        if leaf.detail == inner.self_name:
            callee = caller.values[caller.values[call].callee]  # type: ignore[union-attr]
            if callee.__class__ is Attribute:
                return self.leaves(caller, callee.base, leaf.keys, depth + 1)  # type: ignore
            return ()
        parameter = inner.parameters.get(leaf.detail)
        if parameter is None:
            return ()
        if parameter.kind == "*" or parameter.kind == "**":
            return self._spread(leaf, caller, call, parameter.kind, depth)
        if parameter.default >= 0 and inner.owner is not None:
            return self.leaves(inner.owner, parameter.default, leaf.keys, depth + 1)
        return ()

    def _spread(
        self, leaf: Leaf, caller: Scope, call: int, kind: str, depth: int
    ) -> tuple[Leaf, ...]:
        value = caller.values[call]
        args, names = value.args, value.keywords  # type: ignore[union-attr]
        plain = len(args) - len(names)
        found: list[Leaf] = []
        if kind == "*":
            for arg in args[:plain]:
                found.extend(self.leaves(caller, arg, leaf.keys[1:], depth + 1))
            return tuple(found)
        wanted = leaf.keys[0] if leaf.keys else "*"
        for name, arg in zip(names, args[plain:], strict=True):
            if name == "**":
                found.extend(self.leaves(caller, arg, leaf.keys, depth + 1))
            elif name == wanted or wanted == "*":
                found.extend(self.leaves(caller, arg, leaf.keys[1:], depth + 1))
        return tuple(found)

    def _leaves(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        value = scope.values[index]
        kind = value.__class__
        if kind is Const:
            text = "" if value.value is None else str(value.value)  # type: ignore[union-attr]
            return [Leaf(OriginKind.CONSTANT, text, scope, index)]
        if kind is Call:
            return self._call(scope, index, keys, depth)
        if kind is Param:
            return [Leaf(None, value.name, scope, index, keys)]  # type: ignore[union-attr]
        if kind is Name:
            return self._name(scope, index, keys, depth)
        if kind is Attribute:
            return self._attribute(scope, index, keys, depth)
        if kind is Item:
            return self._item(scope, index, keys, depth)
        if kind is Text or kind is Mix:
            return self._joined(scope, value.parts, (), depth)  # type: ignore[union-attr]
        if kind is Choice:
            return self._all(scope, value.options, keys, depth)  # type: ignore[union-attr]
        if kind is Logic:
            if value.operator == "not":  # type: ignore[union-attr]
                return []
            return self._all(scope, value.parts, keys, depth)  # type: ignore[union-attr]
        if kind is Dict or kind is Sequence:
            return self._collection(scope, index, keys, depth)
        if kind is Each:
            return list(self.leaves(scope, value.base, ("*", *keys), depth + 1))  # type: ignore
        if kind is Star:
            return list(self.leaves(scope, value.base, keys, depth + 1))  # type: ignore
        return []

    def _stored(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """What the function itself puts under a key or attribute of a value."""
        if scope.stored is None:
            scope.stored = {}
            for number, store in enumerate(scope.code.stores):
                scope.stored.setdefault(store.base, []).append(number)
        found: list[Leaf] = []
        for number in scope.stored.get(index, ()):
            store = scope.code.stores[number]
            name = store.name
            if store.key >= 0:
                held = scope.values[store.key]
                name = str(held.value) if held.__class__ is Const else "*"  # type: ignore
            if keys[0] in (name, "*") or name == "*":
                found.extend(self.leaves(scope, store.value, keys[1:], depth + 1))
        return found

    def _all(
        self, scope: Scope, parts: tuple[int, ...], keys: Keys, depth: int
    ) -> list[Leaf]:
        return [leaf for part in parts for leaf in self.leaves(scope, part, keys, depth + 1)]

    def _joined(
        self, scope: Scope, parts: tuple[int, ...], keys: Keys, depth: int
    ) -> list[Leaf]:
        """Literal pieces of a text matter only where there is nothing else in it."""
        found = self._all(scope, parts, keys, depth)
        other = [leaf for leaf in found if leaf.kind is not OriginKind.CONSTANT]
        return other or found[:1]

    def _name(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        value = scope.values[index]
        dotted = value.dotted  # type: ignore[union-attr]
        if not value.imported:  # type: ignore[union-attr]
            owner = scope.owner
            while owner is not None:
                held = owner.code.names.get(dotted)
                if held is not None:
                    return list(self.leaves(owner, held, keys, depth + 1))
                owner = owner.owner
        source = source_of(dotted)
        if source is not None:
            return [Leaf(source.kind, ".".join(keys) or dotted, scope, index, keys)]
        located = self.project.locate(dotted, scope.module)
        if isinstance(located, tuple):
            module, name = located
            held = module.body.code.names[name]
            if module.body is not scope or held != index:
                return list(self.leaves(module.body, held, keys, depth + 1))
        if located is not None or dotted in ("__file__", "__name__", "__doc__"):
            return []
        return [Leaf(OriginKind.UNKNOWN, dotted, scope, index, keys)]

    def _attribute(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        value = scope.values[index]
        base, name = value.base, value.name  # type: ignore[union-attr]
        found: list[Leaf] = []
        for target in self.callees.targets(scope, index):
            if target.kind == "external":
                source = source_of(target.dotted)
                if source is not None and not source.detail:
                    return [Leaf(source.kind, name, scope, index, (name, *keys))]
        for target in self.callees.targets(scope, base):
            if target.kind in ("instance", "class") and target.scope is not None:
                found.extend(self._member(target.scope, scope, base, (name, *keys), depth))
                if found:
                    return found
            if target.kind == "module" and target.module is not None:
                held = target.module.body.code.names.get(name)
                if held is not None:
                    return list(self.leaves(target.module.body, held, keys, depth + 1))
        return list(self.leaves(scope, base, (name, *keys), depth + 1))

    def _member(
        self, klass: Scope, scope: Scope, base: int, keys: Keys, depth: int
    ) -> list[Leaf]:
        """The leaves of an attribute of an instance made inside the project."""
        found: list[Leaf] = []
        name, rest = keys[0], keys[1:]
        for item in self.project.ancestry(klass):
            if not isinstance(item, Scope):
                continue
            for owner, value in attribute_values(item, name):
                found.extend(self.leaves(owner, value, rest, depth + 1))
            method = item.children.get(name)
            if method is not None and any("property" in n for n in method.decorator_names):
                for value, _ in method.code.returns:
                    found.extend(self.leaves(method, value, rest, depth + 1))
            if name in item.code.fields and "__init__" not in item.children:
                found.extend(self._field(item, name, scope, base, rest, depth))
            if found:
                break
        return found

    def _field(
        self, klass: Scope, name: str, scope: Scope, base: int, keys: Keys, depth: int
    ) -> list[Leaf]:
        """A field of a dataclass: what the calls that make instances give for it."""
        position = list(klass.code.fields).index(name)
        tail = klass.code.name.rpartition(".")[2]
        calls = [(scope, base)] if scope.values[base].__class__ is Call else []
        found: list[Leaf] = []
        for caller, index in calls or self.project.calls.get(tail, ())[:CALLERS]:
            call = caller.values[index]
            plain = len(call.args) - len(call.keywords)  # type: ignore[union-attr]
            for keyword, arg in zip(call.keywords, call.args[plain:], strict=True):  # type: ignore
                if keyword == name:
                    found.extend(self.leaves(caller, arg, keys, depth + 1))
                if keyword == "**":
                    found.extend(self.leaves(caller, arg, (name, *keys), depth + 1))
            if position < plain:
                found.extend(self.leaves(caller, call.args[position], keys, depth + 1))  # type: ignore
        return found

    def _item(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        value = scope.values[index]
        key = scope.values[value.key]  # type: ignore[union-attr]
        name = str(key.value) if key.__class__ is Const else "*"  # type: ignore[union-attr]
        return list(self.leaves(scope, value.base, (name, *keys), depth + 1))  # type: ignore

    def _collection(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        value = scope.values[index]
        rest = keys[1:]
        wanted = keys[0] if keys else "*"
        found: list[Leaf] = []
        if value.__class__ is Dict:
            for key, held in zip(value.keys, value.values, strict=True):  # type: ignore
                if key < 0:
                    found.extend(self.leaves(scope, held, keys, depth + 1))
                    continue
                name = scope.values[key]
                known = name.__class__ is Const
                if wanted == "*" or not known or str(name.value) == wanted:  # type: ignore
                    found.extend(self.leaves(scope, held, rest, depth + 1))
        else:
            items = value.items  # type: ignore[union-attr]
            if wanted.isdigit() and not value.many and int(wanted) < len(items):  # type: ignore
                items = (items[int(wanted)],)
            found.extend(self._joined(scope, items, rest, depth))
        for call in self._changes(scope).get(index, ()):
            found.extend(self._added(scope, call, value.__class__ is Dict, keys, depth))
        return found

    def _added(
        self, scope: Scope, index: int, is_dict: bool, keys: Keys, depth: int
    ) -> list[Leaf]:
        """What `append`, `update` and their kin put into a collection."""
        call = scope.values[index]
        args, names = call.args, call.keywords  # type: ignore[union-attr]
        plain = len(args) - len(names)
        found: list[Leaf] = []
        for arg in args[:plain]:
            found.extend(self.leaves(scope, arg, keys if is_dict else keys[1:], depth + 1))
        for name, arg in zip(names, args[plain:], strict=True):
            if not keys or keys[0] in ("*", name):
                found.extend(self.leaves(scope, arg, keys[1:], depth + 1))
        return found

    def _changes(self, scope: Scope) -> dict[int, list[int]]:
        """The calls that put something into a value, by the value."""
        found = self._changed.get(scope.id)
        if found is None:
            found = self._changed[scope.id] = defaultdict(list)
            for at, value in enumerate(scope.values):
                if value.__class__ is Call:
                    callee = scope.values[value.callee]  # type: ignore[union-attr]
                    if callee.__class__ is Attribute and callee.name in _MUTATORS:  # type: ignore
                        found[callee.base].append(at)  # type: ignore[union-attr]
        return found

    def mutations(self, scope: Scope) -> dict[int, list[int]]:
        """What is appended, added or written to a value, by the value."""
        found = self._mutated.get(scope.id)
        if found is None:
            found = self._mutated[scope.id] = {
                base: [arg for at in calls for arg in scope.values[at].args]  # type: ignore
                for base, calls in self._changes(scope).items()
            }
        return found

    def _call(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        found: list[Leaf] = []
        targets = self.callees.of_call(scope, index)
        for target in targets:
            if target.kind == "external":
                found.extend(self._external(scope, index, target.dotted, keys, depth))
            elif target.kind == "class" and target.scope is not None:
                found.extend(self._instance(target.scope, scope, index, keys, depth))
            else:
                inner = self.callees.runs(target)
                if inner is not None:
                    found.extend(self._returned(inner, target, scope, index, keys, depth))
        if not targets:
            found.extend(self._passed_on(scope, index, keys, depth))
        return found

    def _instance(
        self, klass: Scope, scope: Scope, index: int, keys: Keys, depth: int
    ) -> list[Leaf]:
        if keys:
            return [
                resolved
                for leaf in self._member(klass, scope, index, keys, depth)
                for resolved in self._resolved(leaf, scope, index, depth)
            ]
        return self._joined(scope, scope.values[index].args, (), depth)  # type: ignore

    def _returned(
        self, inner: Scope, target: Target, scope: Scope, index: int, keys: Keys, depth: int
    ) -> list[Leaf]:
        found: list[Leaf] = []
        for value, context in inner.code.returns:
            for leaf in self.leaves(inner, value, keys, depth + 1):
                used = msgspec.structs.replace(
                    leaf, uses=((inner, context, len(inner.values)), *leaf.uses)
                )
                found.extend(self._resolved(used, scope, index, depth))
        return found[: LEAVES * 2]

    def _resolved(self, leaf: Leaf, scope: Scope, index: int, depth: int) -> list[Leaf]:
        """A leaf of a called function, its parameters replaced by what this call gives."""
        if leaf.kind is not None or not any(
            self.callees.runs(target) is leaf.scope
            for target in self.callees.of_call(scope, index)
        ):
            return [leaf]
        return [
            msgspec.structs.replace(
                above,
                trail=(leaf.trail + above.trail)[:TRAIL],
                uses=leaf.uses + above.uses,
                file=leaf.file or above.file,
                washed=leaf.washed + above.washed,
            )
            for above in self._given(leaf, scope, index, depth + 1)
        ]

    def _external(
        self, scope: Scope, index: int, dotted: str, keys: Keys, depth: int
    ) -> list[Leaf]:
        call = scope.values[index]
        args = call.args  # type: ignore[union-attr]
        if dotted in carriers.HARMLESS or carriers.is_digest(dotted):
            return []
        if dotted in carriers.TEMPORARY or dotted in carriers.MADE_HERE and not args:
            written = self.mutations(scope).get(index, ())
            return self._joined(scope, tuple(written), (), depth)
        if dotted in carriers.WASHES and args:
            kind = carriers.WASHES[dotted]
            return [
                msgspec.structs.replace(leaf, washed=(*leaf.washed, kind))
                for leaf in self._joined(scope, args, (), depth)
            ]
        if dotted == "dict" and (keys or not args):
            return self._dict_call(scope, index, keys, depth)
        if dotted in CONFIG_READERS and args:
            return self._configured(scope, index, args[0], keys, depth)
        source = source_of(dotted)
        if source is not None:
            return self._entered(scope, index, dotted, source, keys, depth)
        if dotted in carriers.OPENERS and args:
            return [_as_file(leaf) for leaf in self.leaves(scope, args[0], (), depth + 1)] + [
                leaf
                for held in self.mutations(scope).get(index, ())
                for leaf in self.leaves(scope, held, (), depth + 1)
            ]
        return self._passed_on(scope, index, keys, depth)

    def _dict_call(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        call = scope.values[index]
        args, names = call.args, call.keywords  # type: ignore[union-attr]
        plain = len(args) - len(names)
        found: list[Leaf] = []
        for name, arg in zip(names, args[plain:], strict=True):
            if name == "**":
                found.extend(self.leaves(scope, arg, keys, depth + 1))
            elif not keys or keys[0] in (name, "*"):
                found.extend(self.leaves(scope, arg, keys[1:], depth + 1))
        for arg in args[:plain]:
            found.extend(self.leaves(scope, arg, keys, depth + 1))
        for at in self._changes(scope).get(index, ()):
            found.extend(self._added(scope, at, True, keys, depth))
        return found

    def _entered(
        self, scope: Scope, index: int, dotted: str, source: Source, keys: Keys, depth: int
    ) -> list[Leaf]:
        detail = self.argument_text(scope, index, source.detail) if source.detail else ""
        kind = source.kind
        if kind in (OriginKind.NETWORK, OriginKind.HUB) and detail and "://" not in detail:
            if dotted in ("fsspec.open", "smart_open.open", "datasets.load_dataset"):
                if detail.startswith((".", "/")) or "{" in detail:
                    return self._passed_on(scope, index, keys, depth)
        if kind is OriginKind.DATA_ROW and detail:
            below = self.leaves(scope, scope.values[index].args[0], (), depth + 1)  # type: ignore
            outside = [leaf for leaf in below if leaf.kind not in (OriginKind.CONSTANT, None)]
            if outside:
                return [*outside, Leaf(kind, detail, scope, index, keys)]
        if kind is OriginKind.MEMORY:
            return [Leaf(kind, dotted, scope, index, keys)]
        if not detail:
            detail = ".".join(keys) or self._first_text(scope, index) or dotted
        return [Leaf(kind, detail, scope, index, keys)]

    def _first_text(self, scope: Scope, index: int) -> str:
        args = scope.values[index].args  # type: ignore[union-attr]
        held = scope.values[args[0]] if args else None
        if held.__class__ is Const and isinstance(held.value, str):  # type: ignore[union-attr]
            return held.value  # type: ignore[union-attr]
        return ""

    def _configured(
        self, scope: Scope, index: int, arg: int, keys: Keys, depth: int
    ) -> list[Leaf]:
        """What is read from a configuration file, or from text of another origin."""
        found: list[Leaf] = []
        for leaf in self.leaves(scope, arg, (), depth + 1):
            if leaf.kind is OriginKind.FILE:
                key = ".".join(keys)
                detail = f"{leaf.detail}#{key}"
                found.append(Leaf(OriginKind.CONFIG, detail, scope, index, keys, leaf.trail))
            else:
                found.append(leaf)
        return found

    def _passed_on(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """The leaves of receiver and arguments of a call that nothing is known about."""
        call = scope.values[index]
        callee = scope.values[call.callee]  # type: ignore[union-attr]
        args = call.args  # type: ignore[union-attr]
        if callee.__class__ is Attribute:
            base, name = callee.base, callee.name  # type: ignore[union-attr]
            if name in _ITEM_METHODS and args:
                key = scope.values[args[0]]
                if key.__class__ is Const:
                    found = list(self.leaves(scope, base, (str(key.value), *keys), depth + 1))  # type: ignore
                    if len(args) > 1:
                        found.extend(self.leaves(scope, args[1], keys, depth + 1))
                    return found
            if name in carriers.PATH_METHODS:
                return [_as_file(leaf) for leaf in self.leaves(scope, base, (), depth + 1)]
            if name in ("items", "values", "copy", "keys"):
                return list(self.leaves(scope, base, keys if name == "copy" else keys[-1:], depth + 1))
            receiver = self.leaves(scope, base, (), depth + 1)
            found = [leaf for leaf in receiver if leaf.kind is not OriginKind.UNKNOWN]
            given = self._joined(scope, args, (), depth)
            if found and all(leaf.kind is OriginKind.CONSTANT for leaf in given):
                return found
            return (found + given) or list(receiver)
        if any(target.kind == "function" for target in self.callees.of_call(scope, index)):
            return []
        return self._joined(scope, args, (), depth)

    def argument_text(self, scope: Scope, index: int, wanted: tuple[int | str, ...]) -> str:
        """The text of the first of these arguments that the call has."""
        call = scope.values[index]
        plain = len(call.args) - len(call.keywords)  # type: ignore[union-attr]
        for name in wanted:
            if isinstance(name, int):
                if name < plain:
                    return self.texts.rendered(scope, call.args[name])  # type: ignore[union-attr]
            elif name in call.keywords:  # type: ignore[union-attr]
                position = plain + call.keywords.index(name)  # type: ignore[union-attr]
                return self.texts.rendered(scope, call.args[position])  # type: ignore[union-attr]
        return ""


def _stepped(leaf: Leaf, scope: Scope, index: int) -> Leaf:
    if len(leaf.trail) >= TRAIL:
        return leaf
    return msgspec.structs.replace(leaf, trail=((scope, index), *leaf.trail))


def _as_file(leaf: Leaf) -> Leaf:
    """A constant path means the file behind it."""
    if leaf.kind is OriginKind.CONSTANT:
        return msgspec.structs.replace(leaf, kind=OriginKind.FILE, file=True)
    return msgspec.structs.replace(leaf, file=True)
