"""Which checks stand between an origin and a sink, and whether they can stop anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from whence.flow.callee import Callees
from whence.flow.project import Scope
from whence.flow.tables import checks
from whence.flow.tables.carriers import is_digest
from whence.flow.trace import Leaf, Tracer
from whence.vocabulary.fact.code import Guard, OriginKind
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Closure,
    Compare,
    Const,
    Context,
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

DEPTH = 4
CLOSURE = 400
KEPT = 6
_OUTSIDE = (OriginKind.NETWORK, OriginKind.STORE, OriginKind.HUB, OriginKind.REQUEST)


class Point(msgspec.Struct, frozen=True):
    """A place in a function: the context, how many values came before, and what matters there."""

    scope: Scope
    context: int
    before: int
    related: frozenset[int]


class Guards:
    """Finds the guards of a leaf."""

    def __init__(self, callees: Callees, tracer: Tracer) -> None:
        self.callees = callees
        self.tracer = tracer
        self._closures: dict[tuple[int, int], frozenset[int]] = {}
        self._found: dict[tuple[int, int, int, frozenset[int], str], list[Guard]] = {}

    def of_leaf(self, leaf: Leaf, scope: Scope, index: int) -> tuple[Guard, ...]:
        """The guards between a leaf and the call where its value ends."""
        related: dict[int, set[int]] = {}
        for place, value in leaf.trail:
            if _tells(place, value):
                related.setdefault(place.id, set()).add(value)
        context = scope.values[index].context  # type: ignore[union-attr]
        found: dict[Guard, None] = {}
        for place, at, before in ((scope, context, index), *leaf.uses):
            values = related.get(place.id)
            if values:
                point = Point(place, at, before, frozenset(values))
                found.update(dict.fromkeys(self.at(point, leaf)))
        for kind in leaf.washed:
            span = scope.place(index)
            found[Guard(kind, True, "the value is made harmless on the way", span)] = None
        return tuple(sorted(found))

    def at(self, point: Point, leaf: Leaf | None, depth: int = 0) -> list[Guard]:
        """The guards that stand at a point."""
        whence = f"{leaf.kind} {_host(leaf.detail)}" if leaf is not None else ""
        key = (point.scope.id, point.context, point.before, point.related, whence)
        known = self._found.get(key)
        if known is not None:
            return known
        self._found[key] = []
        found: dict[Guard, None] = {}
        for context in _ancestors(point.scope, point.context):
            found.update(dict.fromkeys(self._of_context(point, context, leaf, depth)))
        if depth < DEPTH:
            found.update(dict.fromkeys(self._of_calls(point, leaf, depth)))
        kept = sorted(found, key=lambda guard: (not guard.holds, guard))[:KEPT]
        self._found[key] = kept
        return kept

    def _of_context(
        self, point: Point, context: Context, leaf: Leaf | None, depth: int
    ) -> Iterator[Guard]:
        if context.value < 0 or context.kind in ("loop", "body"):
            return
        for index, truth, unless in implied(point.scope, context.value, context.holds):
            for guard in self._of_atom(point, index, truth, leaf, depth):
                if context.kind == "assert":
                    guard = _void(guard, "assert is removed when Python runs with -O")
                elif unless >= 0 and not self._always_set(point.scope, unless):
                    name = self.tracer.texts.rendered(point.scope, unless).strip("{}")
                    guard = _void(guard, f"skipped where {name or 'the expected value'} is not set")
                yield guard

    def _always_set(self, scope: Scope, index: int) -> bool:
        value = scope.values[index]
        if value.__class__ is Compare:
            index = value.left  # type: ignore[union-attr]
        leaves = self.tracer.origins(scope, index)
        return bool(leaves) and all(
            leaf.kind is OriginKind.CONSTANT and leaf.detail for leaf in leaves
        )

    def _of_atom(
        self, point: Point, index: int, truth: bool, leaf: Leaf | None, depth: int
    ) -> Iterator[Guard]:
        scope = point.scope
        value = scope.values[index]
        span = scope.place(index)
        if value.__class__ is Compare:
            operator = value.operator  # type: ignore[union-attr]
            equal = operator in ("==", "is") and truth or operator in ("!=", "is not") and not truth
            member = operator == "in" and truth or operator == "not in" and not truth
            left, right = value.left, value.right  # type: ignore[union-attr]
            if equal:
                yield from self._of_equality(point, left, right, leaf, span)
            elif member and self._is_related(point, left) and self._is_literal(scope, right):
                yield Guard("allow-list", True, "only listed values pass", span)
            elif operator in ("in", "not in") and not member and self._is_dots(scope, left):
                if self._is_related(point, right):
                    yield Guard("members", True, "names with `..` are refused", span)
            elif operator in (">", ">=", "<", "<=") and self._is_related(point, left):
                yield Guard("condition", True, "a bound is tested", span)
        elif value.__class__ is Call:
            yield from self._of_call(point, index, truth, leaf, depth)

    def _is_dots(self, scope: Scope, index: int) -> bool:
        value = scope.values[index]
        return value.__class__ is Const and value.value in ("..", "../")  # type: ignore[union-attr]

    def _of_equality(
        self, point: Point, left: int, right: int, leaf: Leaf | None, span: object
    ) -> Iterator[Guard]:
        scope = point.scope
        for made, expected in ((left, right), (right, left)):
            kind = self._digest_of(scope, made, point.related)
            if kind:
                why = self._same_place(scope, expected, point, leaf)
                yield Guard(kind, not why, why or "compared and acted upon", span)  # type: ignore
                return
        for one in (left, right):
            if self._is_related(point, one) and self._names_common_path(scope, one):
                yield Guard("confined", True, "kept below a root by commonpath", span)  # type: ignore
                return
        for one, other in ((left, right), (right, left)):
            if self._is_related(point, one) and scope.values[other].__class__ is Const:
                if scope.values[other].value is not None:  # type: ignore[union-attr]
                    yield Guard("allow-list", True, "only one value passes", span)  # type: ignore
                    return

    def _names_common_path(self, scope: Scope, index: int) -> bool:
        return any(
            scope.values[at].__class__ is Call
            and any(d.endswith(".commonpath") for d in self.callees.dotted(scope, at))
            for at in self.closure(scope, index)
        )

    def _of_call(
        self, point: Point, index: int, truth: bool, leaf: Leaf | None, depth: int
    ) -> Iterator[Guard]:
        scope = point.scope
        call = scope.values[index]
        span = scope.place(index)
        for target in self.callees.of_call(scope, index):
            if target.kind == "external":
                yield from self._of_external(point, index, target.dotted, truth, leaf)
                continue
            inner = self.callees.runs(target)
            if inner is not None and depth < DEPTH:
                yield from self._of_helper(point, index, inner, truth, leaf, depth)
        callee = scope.values[call.callee]  # type: ignore[union-attr]
        if callee.__class__ is Attribute and truth:
            base, name = callee.base, callee.name  # type: ignore[union-attr]
            if name in checks.SHAPES and self._is_related(point, base):
                yield Guard("allow-list", True, f"only text that {name}() passes", span)
            if name == "is_relative_to" and self._is_related(point, base):
                yield self._confined(scope, base, span)
            if name == "startswith" and self._is_related(point, base):
                yield self._starts(point, index, base, span)

    def _starts(self, point: Point, index: int, base: int, span: object) -> Guard:
        scope = point.scope
        args = scope.values[index].args  # type: ignore[union-attr]
        text = self.tracer.texts.rendered(scope, args[0]) if args else ""
        guard = self._confined(scope, base, span)
        if guard.holds and not text.endswith("/") and "os.sep" not in text:
            return guard
        return guard

    def _confined(self, scope: Scope, base: int, span: object) -> Guard:
        closure = self.closure(scope, base)
        for index in closure:
            value = scope.values[index]
            if value.__class__ is Call:
                callee = scope.values[value.callee]  # type: ignore[union-attr]
                name = getattr(callee, "name", "") or getattr(callee, "dotted", "")
                if name.rpartition(".")[2] in ("resolve", "realpath", "abspath", "safe_join"):
                    return Guard("confined", True, "resolved and kept below a root", span)  # type: ignore
        return Guard("confined", False, "compared before `..` and links are resolved", span)  # type: ignore

    def _of_external(
        self, point: Point, index: int, dotted: str, truth: bool, leaf: Leaf | None
    ) -> Iterator[Guard]:
        scope = point.scope
        args = scope.values[index].args  # type: ignore[union-attr]
        span = scope.place(index)
        if dotted in checks.EQUALS and truth and len(args) >= 2:
            yield from self._of_equality(point, args[0], args[1], leaf, span)
        elif dotted in checks.FULL_MATCHES and truth and len(args) >= 2:
            if self._is_related(point, args[1]):
                pattern = self.tracer.texts.rendered(scope, args[0])
                whole = dotted.endswith("fullmatch") or pattern.endswith(("$", r"\Z"))
                open_ended = ".*" in pattern or ".+" in pattern
                why = "only text of a fixed form passes"
                if not whole or open_ended:
                    why = "the pattern lets anything through"
                yield Guard("allow-list", whole and not open_ended, why, span)
        elif truth and dotted.startswith(checks.SIGNATURE_PACKAGES):
            if any(self._is_related(point, arg) for arg in args):
                yield Guard("signature", True, "a signature is verified", span)

    def _of_calls(self, point: Point, leaf: Leaf | None, depth: int) -> Iterator[Guard]:
        """Calls that return only when a check held, made before the point."""
        scope = point.scope
        around = set(_ancestor_ids(scope, point.context))
        for index in range(min(point.before, len(scope.values))):
            call = scope.values[index]
            if call.__class__ is not Call or not call.args:  # type: ignore[union-attr]
                continue
            swallowed = _swallowed(scope, call.context, around)  # type: ignore[union-attr]
            if call.context not in around and not swallowed:  # type: ignore[union-attr]
                continue
            if index in point.related or not self._touches(point, index):
                continue
            for guard in self._raising(point, index, leaf, depth):
                yield _void(guard, "its failure is caught and forgotten") if swallowed else guard

    def _touches(self, point: Point, index: int) -> bool:
        args = point.scope.values[index].args  # type: ignore[union-attr]
        return any(self._is_related(point, arg) for arg in args)

    def _raising(
        self, point: Point, index: int, leaf: Leaf | None, depth: int
    ) -> Iterator[Guard]:
        scope = point.scope
        span = scope.place(index)
        for target in self.callees.of_call(scope, index):
            if target.kind == "external":
                kind = checks.RAISES.get(target.dotted)
                tail = target.dotted.rpartition(".")[2]
                if kind is None and tail in checks.SIGNATURE_METHODS:
                    if target.dotted.startswith(checks.SIGNATURE_PACKAGES):
                        kind = "signature"
                if kind:
                    yield Guard(kind, True, "raises unless it passes", span)
                continue
            inner = self.callees.runs(target)
            if inner is not None:
                yield from self._of_helper(point, index, inner, None, leaf, depth)

    def _of_helper(
        self,
        point: Point,
        index: int,
        inner: Scope,
        truth: bool | None,
        leaf: Leaf | None,
        depth: int,
    ) -> Iterator[Guard]:
        """What a function of the project makes sure of when it returns (with a given truth)."""
        related = self._related_inside(point, index, inner)
        if not related:
            return
        exits = [
            (context, value)
            for value, context in inner.code.returns
            if truth is None or not _is_constant(inner, value, not truth)
        ]
        if truth is None and inner.code.end >= 0:
            exits.append((inner.code.end, -1))
        if not exits:
            return
        answers: list[list[Guard]] = []
        for context, value in exits:
            inside = Point(inner, context, len(inner.values), related)
            guards = self.at(inside, leaf, depth + 1)
            if value >= 0 and truth is not None:
                for atom, holds, _ in implied(inner, value, truth):
                    guards.extend(self._of_atom(inside, atom, holds, leaf, depth + 1))
            answers.append(guards)
        strong = [next((g for g in guards if g.holds), None) for guards in answers]
        if all(strong):
            yield strong[0]  # type: ignore[misc]
            return
        for guards in answers:
            for guard in guards:
                yield guard if not guard.holds else _void(guard, "not on every way out")

    def _related_inside(self, point: Point, index: int, inner: Scope) -> frozenset[int]:
        found: set[int] = set()
        for position, value in enumerate(inner.values):
            if value.__class__ is not Param:
                if position > len(inner.code.parameters):
                    break
                continue
            given = self.callees.argument(inner, point.scope, index, value.name)  # type: ignore
            if given is not None and given[0] is point.scope:
                if self._is_related(point, given[1]):
                    found.add(position)
        return frozenset(found)

    def _is_related(self, point: Point, index: int) -> bool:
        return not point.related.isdisjoint(self.closure(point.scope, index))

    def _is_literal(self, scope: Scope, index: int) -> bool:
        """Whether a collection is written down, so that nobody outside can add to it."""
        leaves = self.tracer.origins(scope, index)
        return bool(leaves) and all(leaf.kind is OriginKind.CONSTANT for leaf in leaves)

    def _digest_of(self, scope: Scope, index: int, related: frozenset[int]) -> str:
        """`digest` (or `signature` for a keyed one) where a value is made of what is related."""
        for at in sorted(self.closure(scope, index)):
            value = scope.values[at]
            if value.__class__ is not Call:
                continue
            for target in self.callees.of_call(scope, at):
                if target.kind == "external" and is_digest(target.dotted):
                    if not related.isdisjoint(self.closure(scope, at)):
                        return "signature" if target.dotted.startswith("hmac.") else "digest"
                inner = self.callees.runs(target)
                if inner is not None and self._makes_digest(inner, 0):
                    args = value.args  # type: ignore[union-attr]
                    if any(not related.isdisjoint(self.closure(scope, a)) for a in args):
                        return "digest"
        return ""

    def _makes_digest(self, inner: Scope, depth: int) -> bool:
        for value, _ in inner.code.returns:
            for at in self.closure(inner, value):
                if inner.values[at].__class__ is not Call:
                    continue
                for target in self.callees.of_call(inner, at):
                    if target.kind == "external" and is_digest(target.dotted):
                        return True
                    below = self.callees.runs(target)
                    if below is not None and depth < 2 and self._makes_digest(below, depth + 1):
                        return True
        return False

    def _same_place(
        self, scope: Scope, expected: int, point: Point, leaf: Leaf | None
    ) -> str:
        """Why an expected digest proves nothing; empty where it does."""
        for origin in self.tracer.origins(scope, expected):
            if origin.kind in _OUTSIDE:
                if leaf is None or leaf.kind not in _OUTSIDE:
                    return "the expected digest is fetched when it is needed"
                if _host(origin.detail) == _host(leaf.detail) or origin.detail == "":
                    return "the expected digest comes from the place that the bytes come from"
                if leaf.kind is OriginKind.REQUEST and origin.kind is OriginKind.REQUEST:
                    return "whoever sends the bytes sends the digest too"
            if origin.kind is OriginKind.FILE and leaf is not None:
                if not point.related.isdisjoint(self.closure(scope, expected)):
                    return "the expected digest stands beside what it is to protect"
        return ""

    def closure(self, scope: Scope, index: int) -> frozenset[int]:
        """The values of a function that a value is made of, itself included."""
        key = (scope.id, index)
        found = self._closures.get(key)
        if found is None:
            mutated = self.tracer.mutations(scope)
            seen: set[int] = set()
            waiting = [index]
            while waiting and len(seen) < CLOSURE:
                at = waiting.pop()
                if at in seen or at < 0:
                    continue
                seen.add(at)
                waiting.extend(operands(scope, at))
                waiting.extend(mutated.get(at, ()))
            found = self._closures[key] = frozenset(i for i in seen if _tells(scope, i))
        return found


def operands(scope: Scope, index: int) -> Iterable[int]:
    """The values that a value is made of directly."""
    value = scope.values[index]
    kind = value.__class__
    if kind is Call:
        callee = scope.values[value.callee]  # type: ignore[union-attr]
        receiver = (callee.base,) if callee.__class__ is Attribute else ()  # type: ignore
        return (*receiver, *value.args)  # type: ignore[union-attr]
    if kind is Attribute or kind is Each or kind is Star:
        return (value.base,)  # type: ignore[union-attr]
    if kind is Item:
        return (value.base, value.key)  # type: ignore[union-attr]
    if kind is Text or kind is Mix or kind is Logic:
        return value.parts  # type: ignore[union-attr]
    if kind is Choice:
        return value.options  # type: ignore[union-attr]
    if kind is Sequence:
        return value.items  # type: ignore[union-attr]
    if kind is Dict:
        return value.values  # type: ignore[union-attr]
    if kind is Compare:
        return (value.left, value.right)  # type: ignore[union-attr]
    if kind is Closure:
        inner = scope.module.scopes.get(value.name)  # type: ignore[union-attr]
        if inner is not None and inner.code.kind == "lambda":
            outside = (held.dotted for held in inner.values if held.__class__ is Name)  # type: ignore
            return [scope.code.names[name] for name in outside if name in scope.code.names]
    return ()


def implied(scope: Scope, index: int, truth: bool) -> Iterator[tuple[int, bool, int]]:
    """The simple tests that a condition's outcome settles: (test, outcome, unless).

    `unless` is a value whose emptiness lets the condition pass without the test, -1 where none.
    """
    value = scope.values[index]
    if value.__class__ is not Logic:
        yield index, truth, -1
        return
    parts = value.parts  # type: ignore[union-attr]
    operator = value.operator  # type: ignore[union-attr]
    if operator == "not":
        yield from implied(scope, parts[0], not truth)
    elif (operator == "and") is truth:
        for part in parts:
            yield from implied(scope, part, truth)
    elif len(parts) == 2:
        for test, unless in ((parts[1], parts[0]), (parts[0], parts[1])):
            if _is_presence(scope, unless):
                for atom, holds, _ in implied(scope, test, truth):
                    yield atom, holds, unless


def _is_presence(scope: Scope, index: int) -> bool:
    value = scope.values[index]
    if value.__class__ is Logic and value.operator == "not":  # type: ignore[union-attr]
        return _is_presence(scope, value.parts[0])  # type: ignore[union-attr]
    if value.__class__ is Compare:
        right = scope.values[value.right]  # type: ignore[union-attr]
        return right.__class__ is Const and right.value is None  # type: ignore[union-attr]
    return value.__class__ in (Name, Param, Attribute, Item)


def _ancestors(scope: Scope, context: int) -> Iterator[Context]:
    for number in _ancestor_ids(scope, context):
        yield scope.code.contexts[number]


def _ancestor_ids(scope: Scope, context: int) -> Iterator[int]:
    while context >= 0:
        yield context
        context = scope.code.contexts[context].parent


def _swallowed(scope: Scope, context: int, around: set[int]) -> bool:
    """Whether something stands in a `try` whose failure is forgotten before the point."""
    while context >= 0 and context not in around:
        held = scope.code.contexts[context]
        if held.kind == "swallow":
            return held.parent in around
        context = held.parent
    return False


def _is_constant(scope: Scope, index: int, truth: bool) -> bool:
    value = scope.values[index]
    return value.__class__ is Const and bool(value.value) is truth  # type: ignore[union-attr]


def _tells(scope: Scope, index: int) -> bool:
    """Whether a value identifies something; short literals and imported names do not."""
    value = scope.values[index]
    if value.__class__ is Const:
        return isinstance(value.value, str) and len(value.value) > 3  # type: ignore[union-attr]
    return not (value.__class__ is Name and value.imported)  # type: ignore[union-attr]


def _void(guard: Guard, why: str) -> Guard:
    return msgspec.structs.replace(guard, holds=False, why=why)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0] or url
