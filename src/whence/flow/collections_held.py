"""What a function puts into its dictionaries, lists and objects, and takes out again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.leaf import ANY, EACH, KEY, Keys, Leaf
from whence.flow.project import Scope
from whence.flow.spelling import last_name
from whence.vocabulary.fact.program import Attribute, Call, Const, Dict, Sequence

if TYPE_CHECKING:
    from whence.flow.trace import Tracer

_MUTATORS = frozenset({"append", "extend", "insert", "add", "update", "write", "writelines"})


class Collections:
    """Follows values through what holds them."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self._mutated: dict[int, dict[int, list[int]]] = {}
        self._changed: dict[int, dict[int, list[int]]] = {}

    def of_literal(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        value = scope.values[index]
        rest = keys[1:]
        wanted = keys[0] if keys else ANY
        found: list[Leaf] = []
        if isinstance(value, Dict):
            found.extend(self._of_dict(scope, value, keys, wanted, depth))
        elif isinstance(value, Sequence):
            items = value.items
            if wanted.isdigit() and not value.many and int(wanted) < len(items):
                items = (items[int(wanted)],)
            if keys:
                for item in items:
                    found.extend(self.tracer.leaves(scope, item, rest, depth + 1))
            else:
                found.extend(self.tracer.joined(scope, items, rest, depth))
        for call in self.changes(scope).get(index, ()):
            found.extend(self._added(scope, call, value.__class__ is Dict, keys, depth))
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

    def _added(self, scope: Scope, index: int, is_dict: bool, keys: Keys, depth: int) -> list[Leaf]:
        """What `append`, `update` and their kin put into a collection."""
        call = scope.call(index)
        args, names = call.args, call.keywords
        plain = len(args) - len(names)
        found: list[Leaf] = []
        whole = is_dict or last_name(scope.values, call.callee) in ("extend", "update")
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
        found: list[Leaf] = []
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
            found.extend(self._added(scope, at, True, keys, depth))
        return found

    def changes(self, scope: Scope) -> dict[int, list[int]]:
        """The calls that put something into a value, by the value."""
        found = self._changed.get(scope.id)
        if found is None:
            found = self._changed[scope.id] = defaultdict(list)
            for at, value in enumerate(scope.values):
                if value.__class__ is Call:
                    callee = scope.values[value.callee]
                    if callee.__class__ is Attribute and callee.name in _MUTATORS:
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
        return found


def _holds_pairs(scope: Scope, index: int) -> bool:
    """Whether a mapping is made of pairs: a list of them, or what `zip` gives."""
    value = scope.values[index]
    if isinstance(value, Call):
        return last_name(scope.values, value.callee) in ("zip", "items")
    return isinstance(value, Sequence)
