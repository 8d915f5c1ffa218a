"""Follows a value back to where it enters the program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import msgspec

from whence.flow.checks.cleanings import last_part
from whence.flow.entrances.filled_fields import filled_by_callers, set_elsewhere
from whence.flow.entrances.roles import Roles
from whence.flow.inputs.settings import Settings
from whence.flow.program.callee import Callees
from whence.flow.program.conditions import divides, left_over
from whence.flow.program.leaf import (
    ANY,
    EACH,
    KEY,
    LEAVES,
    Keys,
    Leaf,
    as_part_of_path,
    is_search_list,
    joined_keys,
    stepped,
)
from whence.flow.program.project import Owner, Project, Scope
from whence.flow.program.results import Results
from whence.flow.program.text import Texts
from whence.flow.tables.carriers import SAYS_NOTHING, WASHES
from whence.flow.tables.requests import kind_in
from whence.flow.tables.sources import source_of
from whence.flow.values.ascent import Ascent
from whence.flow.values.collections_held import Collections
from whence.flow.values.given import Given
from whence.flow.values.handed_objects import HandedObjects
from whence.flow.values.handles import is_temporary
from whence.flow.values.instances import Instances
from whence.flow.values.outside import Outside
from whence.flow.values.stored_items import items
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

DEPTH = 40
AGAIN = 200
STEPS = 4000
_Key = tuple[int, int, Keys]
_NUMBERS = ("int", "float")
_OF_CLASSES = frozenset({"__class__", "__name__", "__module__", "__qualname__", "__doc__"})


class Tracer:
    """Answers which leaves a value has. Remembers answers; counts what it did not follow."""

    def __init__(
        self, project: Project, callees: Callees, texts: Texts, settings: Settings, roles: Roles
    ) -> None:
        self.project = project
        self.callees = callees
        self.texts = texts
        self.settings = settings
        self.roles = roles
        self.not_followed = callees.not_followed
        self._known: dict[_Key, tuple[Leaf, ...]] = {}
        self._open: dict[_Key, int] = {}
        self._answers: dict[_Key, list[Leaf]] = {}
        self._cut = self._again = self._steps = 0
        self.given = Given(self)
        self.ascent = Ascent(self)
        self.held = Collections(self)
        self.outside = Outside(self)
        self.instances = Instances(self)
        self.results = Results(self)
        self.handed = HandedObjects(self)
        self._ways: dict[type, Callable[[Scope, int, Keys, int], list[Leaf]]] = {
            Call: self.results.of_call,
            Name: self._name,
            Attribute: self._attribute,
            Item: self._item,
            Dict: self.held.of_literal,
            Sequence: self.held.of_literal,
        }

    def leaves(self, scope: Scope, index: int, keys: Keys = (), depth: int = 0) -> tuple[Leaf, ...]:
        """The leaves inside the function and what it calls; parameters are left open."""
        key = (scope.id, index, keys)
        found = self._known.get(key)
        if found is not None:
            opened = self._open.get(key)
            if opened is not None and opened < self._cut:
                self._cut = opened
            return found
        self._steps = self._steps + 1 if self._open else 0
        if depth > DEPTH or len(keys) > 6 or self._steps > STEPS:
            self.not_followed[(scope.id, index)] = "too many steps"
            return ()
        self._known[key] = ()
        own = self._open[key] = len(self._open)
        outer, self._cut = self._cut, own
        made = self._made(scope, index, keys, depth)
        unique: dict[tuple[object, ...], Leaf] = {}
        for leaf in made:
            mark = (leaf.kind, leaf.scope.id, leaf.index, leaf.detail, leaf.keys, leaf.washed)
            if mark not in unique:
                unique[mark] = stepped(leaf, scope, index)
                if len(unique) > LEAVES:
                    break
        if len(unique) > LEAVES:
            self.not_followed[(scope.id, index)] = f"more than {LEAVES} origins"
        self._known[key] = found = tuple(unique.values())[:LEAVES]
        self._close(key, own, outer)
        return found

    def _made(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """The leaves of a value as it is made, and of what is put into it afterwards."""
        made = self.held.stored(scope, index, keys, depth) if keys else []
        if not made or keys[0] in (ANY, EACH, KEY):
            made = made + self._leaves(scope, index, keys, depth)
            if keys:
                made = made + self.held.updated(scope, index, keys, depth)
                made = made + self.handed.stored(scope, index, keys, depth)
        put = self.callees.deposits.into.get((scope.id, index))
        return made + self.held.deposited(put, keys, depth) if put else made

    def _close(self, key: _Key, own: int, outer: int) -> None:
        """Forgets an answer that a circle cut short, so that a later question finds all of it."""
        del self._open[key]
        partial = self._cut < own
        self._cut = min(outer, self._cut) if partial else outer
        self._again = 0 if not own else self._again + partial
        if partial and self._again < AGAIN:
            del self._known[key]

    def origins(self, scope: Scope, index: int, keys: Keys = ()) -> list[Leaf]:
        """The leaves with parameters followed to the callers, as far as there are any."""
        asked = (scope.id, index, keys)
        found = self._answers.get(asked)
        if found is None:
            own = len(self._open)
            outer, self._cut = self._cut, own
            if self._open:
                found = list(self.begun(scope, index, keys))
            else:
                found = self.ascent.ends(self.leaves(scope, index, keys))
            if self._cut == own and not self.callees.open:
                self._answers[asked] = found
            self._cut = min(outer, self._cut)
        return found

    @property
    def is_open(self) -> bool:
        """Whether a question is being answered, so that answers to others may not be whole yet."""
        return bool(self._open)

    def origins_among(self, scope: Scope, index: int, around: Collection[int]) -> list[Leaf]:
        """As `origins`, but by callers among these scopes wherever some of them call."""
        return list(self.begun(scope, index, (), around))

    def begun(
        self, scope: Scope, index: int, keys: Keys = (), around: Collection[int] = ()
    ) -> Iterator[Leaf]:
        """As `origins`, followed only as far as the answers are taken."""
        return self.ascent.followed(list(self.leaves(scope, index, keys)), around)

    def _leaves(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:  # noqa: C901 - one branch for each kind
        value = scope.values[index]
        if isinstance(value, Const):
            text = "" if value.value is None else str(value.value)
            return [Leaf(OriginKind.CONSTANT, text, scope, index)]
        way = self._ways.get(value.__class__)
        if way is not None:
            return way(scope, index, keys, depth)
        if isinstance(value, Param):
            held = scope.parameters.get(value.name)
            number = held is not None and held.annotation in _NUMBERS
            return [] if number else [Leaf(None, value.name, scope, index, keys)]
        if isinstance(value, Text):
            found = self.joined(scope, value.parts, (), depth)
            if value.how == "/":
                found = [] if divides(scope, value) else [as_part_of_path(leaf) for leaf in found]
            return self.spelled(scope, index, found)
        if isinstance(value, Mix):
            return self.joined(scope, value.parts, (), depth)
        if isinstance(value, Choice):
            return self._all(scope, left_over(scope, value.options), keys, depth)
        if isinstance(value, Logic):
            if value.operator == "not":
                return []
            return self._all(scope, value.parts, keys, depth)
        if isinstance(value, Each):
            found = self.results.elements(scope, value.base, keys, depth)
            return found or list(self.leaves(scope, value.base, (EACH, *keys), depth + 1))
        if isinstance(value, Star):
            return list(self.leaves(scope, value.base, keys, depth + 1))
        return []

    def _all(self, scope: Scope, parts: tuple[int, ...], keys: Keys, depth: int) -> list[Leaf]:
        return [leaf for part in parts for leaf in self.leaves(scope, part, keys, depth + 1)]

    def joined(self, scope: Scope, parts: tuple[int, ...], keys: Keys, depth: int) -> list[Leaf]:
        """Literal pieces of a text, and where it is searched, matter only where nothing else does."""
        found = self._all(scope, parts, keys, depth)
        other = [leaf for leaf in found if leaf.kind is not OriginKind.CONSTANT]
        return [leaf for leaf in other if not is_search_list(leaf)] or other or found[:1]

    def spelled(self, scope: Scope, index: int, found: list[Leaf]) -> list[Leaf]:
        """Text put together of constants only is one constant: the whole."""
        if not found or any(leaf.kind is not OriginKind.CONSTANT for leaf in found):
            return found
        text = self.texts.rendered(scope, index)
        return [msgspec.structs.replace(leaf, detail=text) for leaf in found[:1]]

    def _name(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        value = scope.values[index]
        assert isinstance(value, Name)
        dotted = value.dotted
        if not value.imported:
            owner = scope.owner
            while owner is not None:
                held = owner.code.names.get(dotted)
                if held is not None:
                    return self._variable(owner, dotted, held, keys, depth)
                owner = owner.owner
        source = source_of(dotted)
        if source is not None:
            kind = kind_in(source.kind, dotted)
            return [Leaf(kind, joined_keys(keys) or dotted, scope, index, keys)]
        located = self.project.locate(dotted, scope.module)
        if isinstance(located, tuple):
            module, name = located
            held = module.body.code.names[name]
            if module.body is not scope or held != index:
                return self._variable(module.body, name, held, keys, depth)
        if located is not None or dotted in SAYS_NOTHING:
            return []
        held_by, rest = (
            self.project.owner_of(dotted, scope.module) if value.imported else (None, [])
        )
        if held_by is not None:
            return self._of_owner(held_by, scope, index, (*rest, *keys), depth)
        return [Leaf(OriginKind.UNKNOWN, dotted, scope, index, keys)]

    def _variable(self, owner: Scope, name: str, held: int, keys: Keys, depth: int) -> list[Leaf]:
        """The leaves of a variable of an outer scope, and of what functions set it to."""
        found = list(self.leaves(owner, held, keys, depth + 1))
        if owner.values[held].__class__ is not Const:
            return found
        put = self.held.deposited(
            self.callees.deposits.named.get((owner.id, name), []), keys, depth
        )
        return [leaf for leaf in found if leaf.detail] + put if put else found

    def _of_owner(
        self, owner: Owner, scope: Scope, index: int, keys: Keys, depth: int
    ) -> list[Leaf]:
        """The leaves of an attribute of a variable or a class of another module."""
        if isinstance(owner, Scope):
            if owner.code.kind != "class":
                return []
            return self.instances.member(owner, scope, index, keys, depth)
        module, name = owner
        return self._variable(module.body, name, module.body.code.names[name], keys, depth)

    def _attribute(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:  # noqa: C901 - one branch for each kind
        value = scope.values[index]
        assert isinstance(value, Attribute)
        base, name = value.base, value.name
        if name in _OF_CLASSES or (name == "name" and is_temporary(scope, base)):
            return []
        found: list[Leaf] = []
        for target in self.callees.targets(scope, index):
            if target.dotted in WASHES:
                return self.outside.washed(scope, (base,), target.dotted, depth)
            if target.kind == "external":
                source = source_of(target.dotted)
                if source is not None and not source.detail:
                    kind = kind_in(source.kind, target.dotted)
                    return [Leaf(kind, name, scope, index, (name, *keys))]
        for target in self.callees.targets(scope, base):
            if target.kind in ("instance", "class") and target.scope is not None:
                if filled_by_callers(self, scope, base, target.scope, name):
                    break
                found.extend(self.instances.member(target.scope, scope, base, (name, *keys), depth))
                if found:
                    return found + set_elsewhere(self, scope, base, (name, *keys), depth)
            if target.kind == "module" and target.module is not None:
                body = target.module.body
                held = body.code.names.get(name)
                if held is not None:
                    return self._variable(body, name, held, keys, depth)
        return list(self.leaves(scope, base, (name, *keys), depth + 1))

    def _item(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        value = scope.values[index]
        assert isinstance(value, Item)
        key = scope.values[value.key]
        last = last_part(scope, value)
        if last >= 0:
            return self.outside.cleaned(scope, (last,), "confined", depth)
        name = str(key.value) if key.__class__ is Const else ANY
        return items(self, scope, value.base, (name, *keys), depth)
