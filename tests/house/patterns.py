"""Finds every regular expression of a package, and the texts that make one of them slow."""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import re
import re._constants as op  # type: ignore[import-not-found]
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from backtracking import LOOPS, Node, Run, TooManySteps, inside, is_single, matches, parts, tree_of

_CALLS = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
_ANCHORED = frozenset({"match", "fullmatch"})
_LETTERS = "aAzZ09_ -./\\:;,=+*#@%&|<>()[]{}'\"$!?~^`\t\n\r\0é"
_ENDS = ("", "\n\0")
_FLAG = re.compile(r"\bre\.[A-Z]")
SHORT, LONG, BOUND = 16, 32, 60_000


@dataclass(frozen=True)
class Pattern:
    """A regular expression, where it stands, and whether it is only asked from a text's start."""

    text: str | bytes
    flags: int
    place: str
    anchored: bool = False

    @property
    def shown(self) -> str:
        """The beginning of the pattern, on one line."""
        return repr(self.text)[:120]


def modules_of(package: ModuleType, left_out: tuple[str, ...] = ()) -> list[ModuleType]:
    """A package and all modules in it."""
    names = [package.__name__] + [
        found.name for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    ]
    wanted = [n for n in names if not n.endswith("__main__") and not n.startswith(left_out)]
    return [importlib.import_module(name) for name in wanted]


def patterns_of(modules: Iterable[ModuleType]) -> tuple[list[Pattern], list[str]]:
    """All patterns, compiled or given to `re`; and the places of those put together at run time."""
    found: dict[tuple[object, int, bool], Pattern] = {}
    computed: list[str] = []
    for module in modules:
        tree = ast.parse(Path(module.__file__ or "").read_text())
        uses = _uses(tree)
        for name, held in vars(module).items():
            for each in _compiled(held):
                anchored = bool(uses.get(name)) and uses[name] <= _ANCHORED
                pattern = Pattern(each.pattern, each.flags, f"{module.__name__}.{name}", anchored)
                found.setdefault((each.pattern, each.flags, anchored), pattern)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and _asks_re(call.func):
                place = f"{module.__name__}:{call.lineno}"
                try:
                    text, flags = _given(call, module)
                except NameError:
                    computed.append(f"{module.__name__}: {ast.unparse(call.args[0])}")
                    continue
                method = getattr(call.func, "attr", "")
                held = method == "compile" and any(text == known[0] for known in found)
                if not held and not isinstance(text, re.Pattern):
                    anchored = method in _ANCHORED
                    found.setdefault((text, flags, anchored), Pattern(text, flags, place, anchored))
    return sorted(found.values(), key=lambda each: each.place), sorted(set(computed))


def _asks_re(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id == "re"
        and called.attr in _CALLS
    )


def _given(call: ast.Call, module: ModuleType) -> tuple[Any, int]:
    """Pattern and flags of a call, from constants and names of the module."""
    pattern = eval(compile(ast.Expression(call.args[0]), "pattern", "eval"), dict(vars(module)))
    flags = 0
    for each in [*call.args[1:], *(keyword.value for keyword in call.keywords)]:
        if _FLAG.search(ast.unparse(each)):
            flags |= eval(compile(ast.Expression(each), "flags", "eval"), dict(vars(module)))
    return pattern, int(flags)


def _uses(tree: ast.Module) -> dict[str, set[str]]:
    """The methods that a module calls on each of its names."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.setdefault(node.value.id, set()).add(node.attr)
    return found


def _compiled(held: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    """The patterns in a value of a module: by themselves, in collections, in records."""
    if isinstance(held, re.Pattern):
        yield held
    elif depth < 4:
        if isinstance(held, dict):
            inner: Iterable[object] = itertools.chain(held, held.values())
        elif isinstance(held, list | tuple | set | frozenset):
            inner = held
        else:
            names = getattr(type(held), "__struct_fields__", ())
            inner = [getattr(held, name) for name in names] if not isinstance(held, type) else ()
        for each in inner:
            yield from _compiled(each, depth + 1)


def growth(pattern: Pattern) -> tuple[int, str]:
    """How a pattern's steps grow with its text: 1 in proportion, 2 with its square, 3 faster.

    The second answer is the text that shows it.
    """
    tree, flags = tree_of(pattern.text, pattern.flags)
    found = (1, "")
    for before, pump, end in _hostile(tree, flags, _letters(tree, flags)):
        long = _steps(pattern, tree, flags, before + pump * LONG + end)
        if long < len(pump) * LONG + 8 * LONG:
            continue
        short = _steps(pattern, tree, flags, before + pump * SHORT + end)
        if long >= BOUND:
            long, short = short, _steps(pattern, tree, flags, before + pump * (SHORT // 2) + end)
        shown = f"{before!r} + {pump!r} * n + {end!r}"
        if long >= BOUND or long > 5.2 * short:
            return 3, shown
        if long > 2.8 * short:
            found = (2, shown)
    return found


def _steps(pattern: Pattern, tree: list[Node], flags: int, text: str) -> int:
    run = Run(tree, flags, text, BOUND)
    try:
        if pattern.anchored:
            run.match(0, whole=True)
        else:
            run.search_all()
    except (TooManySteps, RecursionError):
        return BOUND
    return run.steps


def _letters(tree: list[Node], flags: int) -> list[str]:
    """One character for each way in which the parts of a pattern can tell characters apart."""
    singles = [node for node, _ in parts(tree) if is_single([node])]
    literals = "".join(chr(node[1]) for node in singles if node[0] is op.LITERAL)
    found: dict[tuple[bool, ...], str] = {}
    for letter in dict.fromkeys(_LETTERS + literals):
        found.setdefault(tuple(matches(node, letter, flags) for node in singles), letter)
    return list(found.values())


def _hostile(tree: list[Node], flags: int, letters: list[str]) -> Iterator[tuple[str, str, str]]:
    """What stands before, what is repeated, what ends the text, for every loop of a pattern."""
    tried: set[tuple[str, str]] = set()
    for node, before in parts(tree):
        if node[0] not in LOOPS or node[1][1] is not op.MAXREPEAT:
            continue
        lead = "".join(_sample([each], flags, letters)[0] for each in before)
        body = list(node[1][2])
        if is_single(body):
            pumps = [letter for letter in letters if matches(body[0], letter, flags)][:4]
        else:
            pumps = [each for each in _sample(body, flags, letters, 3) if each]
        for pump in pumps:
            for start, repeated in (("", pump), (lead, pump), ("", lead + pump)):
                if repeated and len(repeated) < 60 and (start, repeated) not in tried:
                    tried.add((start, repeated))
                    for end in _ENDS:
                        yield start, repeated, end


def _sample(nodes: list[Node], flags: int, letters: list[str], most: int = 1) -> list[str]:
    """Some texts that a sequence takes; assertions are left to chance."""
    found = [""]
    for node in nodes:
        kind, held = node
        if is_single([node]):
            ways = [letter for letter in letters if matches(node, letter, flags)][:most] or [""]
        elif kind in LOOPS:
            once = _sample(list(held[2]), flags, letters, most)
            ways = [each * max(1, int(held[0])) for each in once]
        elif kind in (op.SUBPATTERN, op.BRANCH, op.ATOMIC_GROUP):
            ways = [
                w for inner in inside(node)[:most] for w in _sample(inner, flags, letters, most)
            ]
        else:
            ways = [""]
        found = [one + other for one in found for other in ways[:most]][: most * 2]
    return found[: max(most, 1)]
