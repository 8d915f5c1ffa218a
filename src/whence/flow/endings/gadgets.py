"""Functions that make code of data, and the lists by which restricted loaders let them in.

Sources: "Restricting Globals" in the documentation of `pickle`; PEP 3154 on dotted names;
PyTorch's reference of `add_safe_globals`.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.program.callee import Callees
from whence.flow.program.conditions import ancestors, implied
from whence.flow.program.project import Scope
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Compare,
    Const,
    Dict,
    Item,
    Name,
    Param,
    Sequence,
)

_BUILTINS = frozenset(
    {"getattr", "setattr", "eval", "exec", "compile", "__import__", "open", "globals", "locals",
     "vars", "delattr", "breakpoint", "input", "apply", "execfile"}
)  # fmt: skip
_OF_MODULES = frozenset({"builtins", "__builtin__", "__builtins__"})
_LAUNCHING = frozenset(
    {"os", "posix", "nt", "subprocess", "importlib", "shutil", "pty", "runpy", "code", "pickle",
     "_pickle", "ctypes", "timeit", "pdb", "webbrowser", "pip", "commands", "imp", "marshal"}
)  # fmt: skip
# Packages of which every name is let in, some of them functions that load or run code.
_WIDE = _OF_MODULES | _LAUNCHING | {
    "sys", "operator", "types", "functools", "socket", "asyncio", "multiprocessing", "pkgutil",
    "numpy", "torch", "pandas", "sklearn", "scipy", "joblib",
}  # fmt: skip
_LAUNCHERS = frozenset(
    {"functools.partial", "functools.reduce", "torch.load", "torch.hub.load", "numpy.load",
     "operator.attrgetter", "operator.methodcaller", "types.FunctionType", "types.CodeType",
     "pkgutil.resolve_name", "sys.exit", "joblib.load", "pandas.read_pickle", "numpy.f2py.compile"}
)  # fmt: skip
_DATA = frozenset(
    {"os.PathLike", "os.stat_result", "subprocess.CompletedProcess", "pickle.PickleBuffer"}
)


def is_gadget(dotted: str) -> bool:
    """Whether a function with this name makes code of its arguments."""
    head, _, tail = dotted.partition(".")
    if not tail:
        return dotted in _BUILTINS
    if head in _OF_MODULES:
        return tail in _BUILTINS
    return (head in _LAUNCHING and dotted not in _DATA) or dotted in _LAUNCHERS


def listed_gadgets(callees: Callees, finder: Scope) -> Iterator[str]:
    """What a `find_class` that lists what it builds lists too much.

    Where a second test refuses names, the list is taken for what that test leaves.
    """
    if _refuses_names(finder):
        return
    for value, context in finder.code.returns:
        del value
        for held in ancestors(finder, context):
            if held.value >= 0 and held.kind not in ("loop", "body"):
                for index, truth, _ in implied(finder, held.value, held.holds):
                    yield from _let_in(callees, finder, index, truth)


def _let_in(callees: Callees, finder: Scope, index: int, truth: bool) -> Iterator[str]:
    value = finder.values[index]
    if isinstance(value, Compare):
        positive = value.operator in (("in", "==") if truth else ("not in", "!="))
        tested = _parts(finder, value.left) if positive else set()
        if tested == {"module"} and not _also_by_name(finder):
            yield from _wide(callees, finder, value.right)
        elif tested:
            yield from (f"`{text}`" for text in _names(callees, finder, value.right))
    elif isinstance(value, Call) and truth and not _also_by_name(finder):
        callee = finder.values[value.callee]
        if isinstance(callee, Attribute) and callee.name == "startswith" and value.args:
            if _parts(finder, callee.base) == {"module"}:
                yield from _wide(callees, finder, value.args[0])


def _wide(callees: Callees, finder: Scope, index: int) -> Iterator[str]:
    for text in _texts(callees, finder, index):
        if text.partition(".")[0] in _WIDE:
            yield f"every name of `{text}`"


def _parts(finder: Scope, index: int) -> set[str]:
    """Which of the two parameters of `find_class` a value is made of."""
    names = [each.name for each in finder.code.parameters][1:3]
    roles = dict(zip(names, ("module", "name"), strict=False))
    found: set[str] = set()
    waiting, seen = [index], set[int]()
    while waiting and len(seen) < 60:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        value = finder.values[at]
        if isinstance(value, Param) and value.name in roles:
            found.add(roles[value.name])
        elif isinstance(value, Attribute | Item):
            waiting.append(value.base)
        elif isinstance(value, Call):
            waiting.extend((value.callee, *value.args))
        else:
            waiting.extend(getattr(value, "parts", ()) or getattr(value, "items", ()))
    return found


def _also_by_name(finder: Scope) -> bool:
    """Whether some test looks at the name, not only at the module."""
    return any(
        isinstance(value, Compare) and "name" in _parts(finder, value.left)
        for value in finder.values
    )


def _refuses_names(finder: Scope) -> bool:
    """Whether some test refuses what is on a list."""
    for context in finder.code.raises:
        for held in ancestors(finder, context) if context >= 0 else ():
            if held.value >= 0 and held.kind == "if":
                for index, truth, _ in implied(finder, held.value, held.holds):
                    value = finder.values[index]
                    if isinstance(value, Compare) and value.operator == "in" and truth:
                        return True
    return False


def _literals(callees: Callees, scope: Scope, index: int) -> Iterator[tuple[Scope, int]]:
    """Where a collection is written down: here, in the class, or in the module."""
    value = scope.values[index]
    if isinstance(value, Sequence | Dict | Const):
        yield scope, index
    elif isinstance(value, Call) and value.args:
        yield from _literals(callees, scope, value.args[0])
    elif isinstance(value, Item):
        yield from _literals(callees, scope, value.base)
    elif isinstance(value, Name | Attribute):
        name = value.dotted if isinstance(value, Name) else value.name
        owner = scope.klass if isinstance(value, Attribute) else scope.owner
        while owner is not None:
            held = owner.code.names.get(name)
            if held is not None and (owner, held) != (scope, index):
                yield from _literals(callees, owner, held)
                return
            owner = owner.owner


def _texts(callees: Callees, scope: Scope, index: int) -> Iterator[str]:
    for place, at in _literals(callees, scope, index):
        value = place.values[at]
        items = value.items if isinstance(value, Sequence) else (at,)
        for item in items if not isinstance(value, Dict) else value.keys:
            held = place.values[item] if item >= 0 else None
            if isinstance(held, Const) and isinstance(held.value, str):
                yield held.value


def _names(callees: Callees, scope: Scope, index: int) -> Iterator[str]:
    """The gadgets among pairs of module and name, dotted names, or names by module."""
    for place, at in _literals(callees, scope, index):
        value = place.values[at]
        if isinstance(value, Dict):
            for key, held in zip(value.keys, value.values, strict=True):
                module = place.values[key] if key >= 0 else None
                if isinstance(module, Const):
                    for name in _texts(callees, place, held):
                        if is_gadget(f"{module.value}.{name}"):
                            yield f"{module.value}.{name}"
            continue
        for item in value.items if isinstance(value, Sequence) else ():
            held_item = place.values[item]
            if isinstance(held_item, Sequence) and len(held_item.items) == 2:
                pair = [place.values[each] for each in held_item.items]
                dotted = ".".join(str(each.value) for each in pair if isinstance(each, Const))
            else:
                dotted = str(held_item.value) if isinstance(held_item, Const) else ""
            if is_gadget(dotted):
                yield dotted


def told_to_build(callees: Callees, scope: Scope, index: int) -> Iterator[str]:
    """The gadgets in a list of functions and classes that a loader is told to build."""
    for place, at in _literals(callees, scope, index):
        value = place.values[at]
        for item in value.items if isinstance(value, Sequence) else ():
            held = place.values[item]
            first = held.items[0] if isinstance(held, Sequence) and held.items else item
            for target in callees.targets(place, first):
                if target.kind == "external" and is_gadget(target.dotted):
                    yield target.dotted
