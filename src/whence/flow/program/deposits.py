"""What functions put into things that are not theirs: globals, variables of other modules, attributes.

`CACHE[key] = answer` in one function is what `CACHE[key]` gives in another; so is what a method
appends to a list that it keeps. Found once for the whole project, by the value that is put into.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from whence.vocabulary.fact.program import Attribute, Call, Const, Item, Name, Param

if TYPE_CHECKING:
    from whence.flow.program.project import Project, Scope

KEPT = 12
_HOLDERS = frozenset({Name, Attribute, Item})
PUTS = frozenset(
    {"append", "extend", "insert", "add", "update", "write", "writelines", "put", "put_nowait",
     "appendleft", "extendleft", "push"}
)  # fmt: skip


class Deposit(msgspec.Struct, frozen=True):
    """One value put somewhere by `scope`.

    `key` or `name` is the item or attribute that is set; where there is neither, it is the thing
    itself. `call` says that `value` is a call such as `append`, made on the item `under` if not -1.
    """

    scope: Scope
    value: int
    key: int = -1
    name: str = ""
    call: bool = False
    under: int = -1


class Deposits:
    """Answers what other functions put into a variable or an attribute."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.into: dict[tuple[int, int], list[Deposit]] = defaultdict(list)
        self.local: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.named: dict[tuple[int, str], list[Deposit]] = defaultdict(list)
        self._kept: dict[str, list[Deposit]] = defaultdict(list)
        self._kept_in: dict[tuple[int, str], list[Deposit]] = {}
        putting: dict[int, set[int]] = defaultdict(set)
        for name in PUTS:
            for scope, index in project.calls.get(name, ()):
                putting[scope.id].add(index)
        for scope in project.scopes:
            self._of_stores(scope)
            for index in sorted(putting.get(scope.id, ())):
                self._of_call(scope, index)

    def in_attribute(self, klass: Scope, name: str) -> list[Deposit]:
        """What methods of a class, of its bases and heirs put into an attribute of an instance."""
        if name not in self._kept:
            return []
        key = (klass.id, name)
        found = self._kept_in.get(key)
        if found is None:
            line = self.project.ancestry(klass)
            found = self._kept_in[key] = [
                each
                for each in self._kept[name]
                if (own := _class_around(each.scope)) is not None
                and (own in line or klass in self.project.ancestry(own))
            ][:KEPT]
        return found

    def _of_stores(self, scope: Scope) -> None:
        for store in scope.code.stores:
            if store.base < 0:
                self._set(scope, store.name, Deposit(scope, store.value))
                continue
            base = scope.values[store.base]
            if base.__class__ is Name and base.imported and store.key < 0:
                self._set_elsewhere(scope, base.dotted, store.name, store.value)
            elif base.__class__ in _HOLDERS:
                self._put(scope, store.base, Deposit(scope, store.value, store.key, store.name))

    def _of_call(self, scope: Scope, index: int) -> None:
        value = scope.call(index)
        callee = scope.values[value.callee]
        if callee.__class__ is Attribute and callee.name in PUTS and value.args:
            if scope.values[callee.base].__class__ in _HOLDERS:
                self._put(scope, callee.base, Deposit(scope, index, call=True))
            else:
                self._put_here(scope, callee.base, index)
        elif callee.__class__ is Name and callee.imported and value.args:
            owner, _, last = callee.dotted.rpartition(".")
            if last in PUTS and owner:
                self._put_elsewhere(scope, owner, Deposit(scope, index, call=True))

    def _put(self, scope: Scope, base: int, deposit: Deposit) -> None:
        """Notes what is put into a variable of an outer scope, or into an attribute."""
        held = scope.values[base]
        if held.__class__ is Item:
            deposit = msgspec.structs.replace(deposit, under=held.key)
            held = scope.values[held.base]
        if held.__class__ is Attribute:
            inner = scope.values[held.base]
            if inner.__class__ is Param or inner.__class__ is Name:
                self._kept[held.name].append(deposit)
        elif held.__class__ is Name and held.imported:
            self._put_elsewhere(scope, held.dotted, deposit)
        elif held.__class__ is Name:
            found = _outer(scope, held.dotted)
            if found is not None:
                self._note(*found, held.dotted, deposit)

    def _put_here(self, scope: Scope, base: int, index: int) -> None:
        """Notes what is put into a list of the function's own, or into an item that `setdefault` gives."""
        held = scope.values[base]
        callee = scope.values[held.callee] if held.__class__ is Call else None
        if held.__class__ is Call and callee.__class__ is Attribute and held.args:
            if callee.name == "setdefault":
                self._put(scope, callee.base, Deposit(scope, index, call=True, under=held.args[0]))
        else:
            self.local[scope.id, base].append(index)

    def _set(self, scope: Scope, name: str, deposit: Deposit) -> None:
        found = _outer(scope, name)
        if found is not None:
            self._note(*found, name, deposit)

    def _set_elsewhere(self, scope: Scope, dotted: str, name: str, value: int) -> None:
        """`module.name = value`, or `variable.name = value` of another module's variable."""
        located = self.project.locate(dotted, scope.module)
        body = getattr(located, "body", None)
        if body is not None:
            if body is not scope and name in body.code.names:
                self._note(body, body.code.names[name], name, Deposit(scope, value))
        else:
            self._put_elsewhere(scope, dotted, Deposit(scope, value, name=name))

    def _put_elsewhere(self, scope: Scope, dotted: str, deposit: Deposit) -> None:
        located = self.project.locate(dotted, scope.module)
        if isinstance(located, tuple):
            body = located[0].body
            if body is not scope:
                self._note(body, body.code.names[located[1]], located[1], deposit)

    def _note(self, owner: Scope, index: int, name: str, deposit: Deposit) -> None:
        known = self.named[owner.id, name]
        if len(known) < KEPT:
            known.append(deposit)
            if owner.values[index].__class__ is not Const:
                self.into[owner.id, index].append(deposit)


def _outer(scope: Scope, name: str) -> tuple[Scope, int] | None:
    """The enclosing scope that has a variable of that name, and what it holds."""
    owner = scope.owner
    while owner is not None:
        index = owner.code.names.get(name)
        if index is not None and owner.code.kind != "class":
            return owner, index
        owner = owner.owner if owner is not owner.owner else None
    return None


def _class_around(scope: Scope) -> Scope | None:
    """The class of the method that a function is, or stands in."""
    inner: Scope | None = scope
    while inner is not None and inner.klass is None:
        inner = inner.owner
    return inner.klass if inner is not None else None
