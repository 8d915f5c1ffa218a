"""Arguments of a function that another call takes with them: `Thread(target=f, args=(x,))`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whence.flow.program.members import literal_item
from whence.vocabulary.fact.program import Sequence

if TYPE_CHECKING:
    from whence.flow.program.callee import Callees
    from whence.flow.program.project import Scope


def passed_on(
    callees: Callees, scope: Scope, caller: Scope, index: int, name: str
) -> tuple[Scope, int] | None:
    """The argument where the function itself is an argument: `submit(f, x)`, `Thread(f)`."""
    call = caller.call(index)
    args, keywords = call.args, call.keywords
    names = [p.name for p in scope.code.parameters if p.name != scope.self_name]
    if name not in names:
        return None
    position = names.index(name)
    for keyword, value in call.named:
        given = value if keyword == name else _packed(caller, index, keyword, value, name, position)
        if given is not None:
            return caller, given
    plain = list(args[: len(args) - len(keywords)])
    for number, arg in enumerate(plain):
        if any(callees.runs(t) is scope for t in callees.targets(caller, arg)):
            after = plain[number + 1 :]
            if position < len(after):
                return caller, after[position]
    return None


def _packed(
    caller: Scope, index: int, keyword: str, value: int, name: str, position: int
) -> int | None:
    """An argument out of the list or mapping that a call takes to hand on later."""
    held = caller.values[value]
    if keyword in ("args", "op_args") and held.__class__ is Sequence:
        return held.items[position] if position < len(held.items) else None
    if keyword in ("kwargs", "op_kwargs", "kwds"):
        return literal_item(caller, value, name, index)
    return None
