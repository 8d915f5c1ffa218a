"""What a function puts into its dictionaries, lists and objects, and takes out again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.deposits import PUTS, Deposit
from whence.flow.program.leaf import ANY, EACH, KEY, Keys, Leaf
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.flow.values.filled_buffers import filled
from whence.vocabulary.fact.program import AnyValue, Attribute, Call, Const, Dict, Item, Sequence

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer


class Collections:
    """Follows values through what holds them."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self._mutated: dict[int, dict[int, list[int]]] = {}
        self._changed: dict[int, dict[int, list[int]]] = {}
        self._nested_stores: dict[int, dict[int, list[int]]] = {}
        self._in_items: dict[int, dict[int, list[tuple[int, int]]]] = {}

    def of_literal(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        value = scope.values[index]
        rest = keys[1:]
        wanted = keys[0] if keys else ANY
        found: list[Leaf] = []
        if isinstance(value, Dict):
            found.extend(self._of_dict(scope, value, keys, wanted, depth))
        elif isinstance(value, Sequence):
            items = value.items
            number = int(wanted) if wanted.lstrip("-").isdigit() else len(items)
            if not value.many and -len(items) <= number < len(items):
                items = (items[number],)
            if keys:
                for item in items:
                    found.extend(self.tracer.leaves(scope, item, rest, depth + 1))
            else:
                found.extend(self.tracer.joined(scope, items, rest, depth))
        for call in self.changes(scope).get(index, ()):
            found.extend(self.added(scope, call, keys, depth, value.__class__ is Dict))
        return found

    def _of_dict(
        self, scope: Scope, value: Dict, keys: Keys, wanted: str, depth: int
    ) -> Iterator[Leaf]:
        for key, held in zip(value.keys, value.values, strict=True):
            if key < 0:
                yield from self.tracer.leaves(scope, held, keys, depth + 1)
            elif wanted in (EACH, KEY):
                yield from self.tracer.leaves(scope, key, keys[1:], depth + 1)
            else:
                name = scope.values[key]
                if wanted == ANY or not isinstance(name, Const) or str(name.value) == wanted:
                    yield from self.tracer.leaves(scope, held, keys[1:], depth + 1)

    def added(
        self, scope: Scope, index: int, keys: Keys, depth: int, is_dict: bool = False
    ) -> list[Leaf]:
        """What `append`, `update` and their kin put into a collection."""
        call = scope.call(index)
        args, names = call.args, call.keywords
        plain = len(args) - len(names)
        found: list[Leaf] = []
        whole = is_dict or last_name(scope.values, call.callee) in (
            "extend",
            "extendleft",
            "update",
        )
        for arg in args[:plain]:
            found.extend(self.tracer.leaves(scope, arg, keys if whole else keys[1:], depth + 1))
        for name, arg in zip(names, args[plain:], strict=True):
            if not keys or keys[0] in (ANY, name):
                found.extend(self.tracer.leaves(scope, arg, keys[1:], depth + 1))
        return found

    def stored(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """What the function itself puts under a key or attribute of a value."""
        if scope.stored is None:
            scope.stored = {}
            for number, store in enumerate(scope.code.stores):
                scope.stored.setdefault(store.base, []).append(number)
        found = self._nested(scope, index, keys, depth)
        for call, key in self.changes_of_items(scope).get(index, ()):
            if _fits(scope, key, keys):
                found.extend(self.added(scope, call, keys[1:], depth))
        for call in self.changes(scope).get(index, ()) if self._is_part(scope, index) else ():
            found.extend(self.added(scope, call, keys, depth))
        for number in scope.stored.get(index, ()):
            store = scope.code.stores[number]
            name = store.name
            if store.key >= 0:
                held = scope.values[store.key]
                listed = held.__class__ is Const and held.value.__class__ is int
                if keys[0] == KEY or (keys[0] == EACH and not listed):
                    found.extend(self.tracer.leaves(scope, store.key, keys[1:], depth + 1))
                    continue
                name = str(held.value) if held.__class__ is Const else ANY
            if keys[0] in (name, ANY, EACH) or name == ANY:
                found.extend(self.tracer.leaves(scope, store.value, keys[1:], depth + 1))
        return found

    def deposited(self, deposits: list[Deposit], keys: Keys, depth: int) -> list[Leaf]:
        """What other functions put into a value, under the keys that are asked for."""
        found: list[Leaf] = []
        for each in deposits:
            scope, rest = each.scope, keys
            if each.under >= 0:
                if not _fits(scope, each.under, rest):
                    continue
                rest = rest[1:]
            if each.call:
                found.extend(self.added(scope, each.value, rest, depth))
            elif each.key >= 0 or each.name:
                if not rest or rest[0] in (each.name, ANY, EACH) or _fits(scope, each.key, rest):
                    found.extend(self.tracer.leaves(scope, each.value, rest[1:], depth + 1))
            else:
                found.extend(self.tracer.leaves(scope, each.value, rest, depth + 1))
        return found

    def updated(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """What `update` puts on top of a mapping that a call gives."""
        if scope.values[index].__class__ is not Call:
            return []
        return [
            leaf
            for call in self.changes(scope).get(index, ())
            if last_name(scope.values, scope.call(call).callee) == "update"
            for leaf in self.added(scope, call, keys, depth)
        ]

    def _nested(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """What is stored in a part of a value: `settings.model.path = …` of `settings`."""
        found: list[Leaf] = []
        for number in self._parts_stored(scope).get(index, ()) if len(keys) > 1 else ():
            store = scope.code.stores[number]
            part = scope.values[store.base]
            first = part.name if isinstance(part, Attribute) else _key(scope, part)
            second = store.name if store.key < 0 else _text(scope, store.key)
            if first in (keys[0], ANY) and second in (keys[1], ANY):
                found.extend(self.tracer.leaves(scope, store.value, keys[2:], depth + 1))
        return found

    def _parts_stored(self, scope: Scope) -> dict[int, list[int]]:
        found = self._nested_stores.get(scope.id)
        if found is None:
            found = self._nested_stores[scope.id] = defaultdict(list)
            for number, store in enumerate(scope.code.stores):
                held = scope.values[store.base] if store.base >= 0 else None
                if held.__class__ is Attribute or held.__class__ is Item:
                    found[held.base].append(number)
        return found

    @staticmethod
    def _is_part(scope: Scope, index: int) -> bool:
        return scope.values[index].__class__ is Item or scope.values[index].__class__ is Attribute

    def changes_of_items(self, scope: Scope) -> dict[int, list[tuple[int, int]]]:
        """The calls that put something into an item of a value, with the item's key, by the value."""
        found = self._in_items.get(scope.id)
        if found is None:
            found = self._in_items[scope.id] = defaultdict(list)
            for base, calls in self.changes(scope).items():
                held = scope.values[base]
                if held.__class__ is Item:
                    found[held.base].extend((call, held.key) for call in calls)
        return found

    def of_dict_call(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        call = scope.call(index)
        args, names = call.args, call.keywords
        plain = len(args) - len(names)
        found: list[Leaf] = []
        for name, arg in zip(names, args[plain:], strict=True):
            if name == "**":
                found.extend(self.tracer.leaves(scope, arg, keys, depth + 1))
            elif not keys or keys[0] in (name, ANY):
                found.extend(self.tracer.leaves(scope, arg, keys[1:], depth + 1))
        for arg in args[:plain]:
            inner = keys
            if keys and _holds_pairs(scope, arg):
                inner = (EACH, "0") if keys[0] in (EACH, KEY) else (EACH, "1", *keys[1:])
            found.extend(self.tracer.leaves(scope, arg, inner, depth + 1))
        for at in self.changes(scope).get(index, ()):
            found.extend(self.added(scope, at, keys, depth, True))
        return found

    def changes(self, scope: Scope) -> dict[int, list[int]]:
        """The calls that put something into a value, by the value."""
        found = self._changed.get(scope.id)
        if found is None:
            found = self._changed[scope.id] = defaultdict(list)
            for at, value in enumerate(scope.values):
                if value.__class__ is Call:
                    callee = scope.values[value.callee]
                    if callee.__class__ is Attribute and callee.name in PUTS:
                        found[callee.base].append(at)
        return found

    def mutations(self, scope: Scope) -> dict[int, list[int]]:
        """What is appended, added or written to a value, by the value."""
        found = self._mutated.get(scope.id)
        if found is None:
            found = self._mutated[scope.id] = {
                base: [arg for at in calls for arg in scope.call(at).args]
                for base, calls in self.changes(scope).items()
            }
            for held, content in filled(self.tracer.callees, scope):
                found.setdefault(held, []).append(content)
        return found


def _key(scope: Scope, part: AnyValue) -> str:
    return _text(scope, part.key) if isinstance(part, Item) else ANY


def _text(scope: Scope, index: int) -> str:
    """A constant key; any where it is not one."""
    held = scope.values[index]
    return str(held.value) if isinstance(held, Const) else ANY


def _fits(scope: Scope, key: int, keys: Keys) -> bool:
    """Whether an item is among those that are asked for."""
    if key < 0 or not keys or keys[0] in (ANY, EACH):
        return key >= 0
    held = scope.values[key]
    return held.__class__ is not Const or str(held.value) == keys[0]


def _holds_pairs(scope: Scope, index: int) -> bool:
    """Whether a mapping is made of pairs: a list of them, or what `zip` gives."""
    value = scope.values[index]
    if isinstance(value, Call):
        return last_name(scope.values, value.callee) in ("zip", "items")
    return isinstance(value, Sequence)
