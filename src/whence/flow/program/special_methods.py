"""What Python asks of an object by itself: its elements, what `with` gives, attributes made up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.leaf import ANY, EACH
from whence.vocabulary.fact.program import Param

if TYPE_CHECKING:
    from whence.flow.program.project import Project, Scope

GETTER = "__getitem__"
_KNOWN = ("__class__", "__dict__", "__name__")
Part = tuple["Scope", int, tuple[str, ...]]


def elements(project: Project, klass: Scope) -> Iterator[Part]:
    """What a loop over an instance gives: (method, value it returns, keys to take of it)."""
    method = project.method(klass, "__iter__")
    if method is not None:
        yield from ((method, value, (EACH,)) for value in _other(method))
        method = project.method(klass, "__next__") if _gives_itself(method) else None
    else:
        method = project.method(klass, GETTER) or project.method(klass, "__next__")
    if method is not None:
        yield from ((method, value, ()) for value, _ in method.code.returns)


def entered(project: Project, klass: Scope) -> Iterator[Part]:
    """What `with` gives of an instance where that is not the instance itself."""
    for name in ("__enter__", "__aenter__"):
        method = project.method(klass, name)
        if method is not None:
            yield from ((method, value, ()) for value in _other(method))


def made_up(project: Project, klass: Scope, name: str) -> Iterator[Part]:
    """What an instance answers for an attribute, or an item, that nobody stored."""
    if name.startswith("__") or name in _KNOWN:
        return
    for asked in ("__getattr__", "__getattribute__") if name not in (ANY, EACH) else ():
        method = project.method(klass, asked)
        if method is not None:
            yield from ((method, value, ()) for value, _ in method.code.returns)


def _other(method: Scope) -> list[int]:
    """The values that a method returns besides its receiver."""
    return [value for value, _ in method.code.returns if not _is_self(method, value)]


def _gives_itself(method: Scope) -> bool:
    return any(_is_self(method, value) for value, _ in method.code.returns)


def _is_self(method: Scope, value: int) -> bool:
    held = method.values[value]
    return held.__class__ is Param and held.name == method.self_name
