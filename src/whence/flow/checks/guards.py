"""Which checks stand between an origin and a sink, and whether they can stop anything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from whence.flow.checks.alternative_tests import of_alternatives
from whence.flow.checks.calls_made import CallsMade
from whence.flow.checks.checking_calls import CheckingCalls
from whence.flow.checks.confinement import Confinement
from whence.flow.checks.digests import Digests, host_of
from whence.flow.checks.form_checks import FormChecks
from whence.flow.checks.opt_ins import OptIns, insisted
from whence.flow.checks.standing_checks import StandingChecks
from whence.flow.checks.syntax_checks import SyntaxChecks
from whence.flow.checks.tested_values import is_head, is_itself
from whence.flow.checks.trail_guards import Point, TrailGuards
from whence.flow.program.callee import Callees
from whence.flow.program.conditions import (
    ancestors,
    implied,
    is_constant,
    operands,
    tells,
)
from whence.flow.program.leaf import Leaf
from whence.flow.program.project import Scope
from whence.flow.tables import checks
from whence.flow.values.trace import Tracer
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import Guard, OriginKind
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Compare,
    Const,
    Context,
    Param,
)

DEPTH = 4
CLOSURE = 400
KEPT = 6
_Place = tuple[int, int, int, frozenset[int]]


class Guards:
    """Finds the guards of a leaf."""

    def __init__(self, callees: Callees, tracer: Tracer) -> None:
        self.callees = callees
        self.tracer = tracer
        self.digests = Digests(callees, tracer, self.closure)
        self.opt_ins = OptIns(tracer)
        self.standing = StandingChecks(self.opt_ins)
        self.made = CallsMade(self.standing, self.closure)
        self.syntax = SyntaxChecks(callees, self.closure)
        self.checking = CheckingCalls(callees, tracer)
        self.forms = FormChecks(callees, tracer.texts)
        self.confinement = Confinement(callees, tracer, self.closure)
        self.trails = TrailGuards(self)
        self._closures: dict[tuple[int, int], frozenset[int]] = {}
        self._of_any: dict[_Place | tuple[*_Place, int], list[Guard]] = {}
        self._found: dict[tuple[_Place, str], list[Guard]] = {}
        self._heeded = self._cut = 0

    def of_leaf(self, leaf: Leaf, scope: Scope, index: int) -> tuple[Guard, ...]:
        """The guards between a leaf and the call where its value ends."""
        found = dict.fromkeys(self.trails.of_leaf(leaf, scope, index))
        found.update(dict.fromkeys(self.checking.of_source(leaf)))
        return tuple(sorted(found))

    def at(self, point: Point, leaf: Leaf | None, depth: int = 0) -> list[Guard]:
        """The guards that stand at a point."""
        place = (point.scope.id, point.context, point.before, point.related)
        for key in (place, (*place, depth)):
            known = self._of_any.get(key)
            if known is not None:
                self._cut += key is not place
                return known
        whence = f"{leaf.kind} {host_of(leaf.detail)}" if leaf is not None else ""
        known = self._found.get((place, whence))
        if known is not None:
            self._heeded += 1
            return known
        heeded, cut = self._heeds, self._cut
        self._found[place, whence] = []
        found: dict[Guard, None] = {}
        for context in ancestors(point.scope, point.context):
            found.update(dict.fromkeys(self._of_context(point, context, leaf, depth)))
        if depth < DEPTH:
            found.update(dict.fromkeys(self._of_calls(point, leaf, depth)))
        else:
            self._cut += 1
        kept = sorted(found, key=lambda guard: (not guard.holds, guard))[:KEPT]
        self._found[place, whence] = kept
        if heeded == self._heeds:
            self._of_any[place if cut == self._cut else (*place, depth)] = kept
        return kept

    @property
    def _heeds(self) -> int:
        """How often an answer has depended on the leaf that was asked about."""
        return self._heeded + self.opt_ins.heeded + self.checking.heeded

    def _of_context(
        self, point: Point, context: Context, leaf: Leaf | None, depth: int
    ) -> Iterator[Guard]:
        if context.value < 0 or context.kind in ("loop", "body"):
            return
        for index, truth, unless in implied(point.scope, context.value, context.holds):
            for guard in self.of_atom(point, index, truth, leaf, depth):
                if context.kind == "assert":
                    guard = _void(guard, "assert is removed when Python runs with -O")
                elif unless >= 0 and not self._always_set(point.scope, unless):
                    name = self.tracer.texts.rendered(point.scope, unless).strip("{}")
                    guard = _void(guard, f"skipped where {name or 'the expected value'} is not set")
                yield guard
        yield from of_alternatives(self, point, context.value, context.holds, leaf, depth)

    def _always_set(self, scope: Scope, index: int) -> bool:
        value = scope.values[index]
        if value.__class__ is Compare:
            index = value.left
        leaves = self.tracer.origins(scope, index)
        return bool(leaves) and all(
            leaf.kind is OriginKind.CONSTANT and leaf.detail for leaf in leaves
        )

    def of_atom(
        self, point: Point, index: int, truth: bool, leaf: Leaf | None, depth: int
    ) -> Iterator[Guard]:
        """The guards that the outcome of a simple test is."""
        scope = point.scope
        value = scope.values[index]
        span = scope.place(index)
        if value.__class__ is Compare:
            operator = value.operator
            equal = (operator in ("==", "is") and truth) or (
                operator in ("!=", "is not") and not truth
            )
            member = (operator == "in" and truth) or (operator == "not in" and not truth)
            left, right = value.left, value.right
            if equal:
                yield from self._of_equality(point, left, right, leaf, span)
            elif member and self._is_tested(point, left) and self._is_literal(scope, right):
                kind = "heads" if is_head(scope, left, point.related) else "allow-list"
                yield Guard(kind, True, "only listed values pass", span)
            elif operator in ("in", "not in"):
                yield from self._of_membership(point, left, right, member, leaf)
            elif operator in ("==", "!="):
                parts = self.confinement.parts(scope, left, partial(self.is_related, point), span)
                dots = scope.values[right]
                yield from parts if isinstance(dots, Const) and dots.value == ".." else ()
            elif operator in (">", ">=", "<", "<=") and self.is_related(point, left):
                yield Guard("condition", True, "a bound is tested", span)
        elif value.__class__ is Call:
            yield from self._of_call(point, index, truth, leaf, depth)
        syntax = self.syntax.of_test(scope, index, truth, point.related)
        form = self.forms.of_test(scope, index, truth, partial(self._is_tested, point))
        yield from (found for found in (syntax, form) if found is not None)
        yield from self.checking.tested(scope, index, truth, leaf)
        switch = self.opt_ins.of(scope, index, truth, leaf)
        if switch:
            yield Guard("opt-in", True, f"only where `{switch}` is on, which nothing does", span)

    def _of_membership(
        self, point: Point, left: int, right: int, member: bool, leaf: Leaf | None
    ) -> Iterator[Guard]:
        scope, span = point.scope, point.scope.place(right)
        related = partial(self.is_related, point)
        found = None
        if member:
            found = self.confinement.listed(scope, left, right, related, span)
        elif related(right):
            self._heeded += 1
            found = self.confinement.refused(scope, left, related, leaf, span)
        if found is not None:
            yield found

    def _of_equality(
        self, point: Point, left: int, right: int, leaf: Leaf | None, span: Span
    ) -> Iterator[Guard]:
        scope = point.scope
        for made, expected in ((left, right), (right, left)):
            kind = self.digests.of(scope, made, point.related)
            if kind:
                self._heeded += 1
                why = self.digests.doubt(scope, (made, expected), point.related, leaf)
                yield Guard(kind, not why, why or "compared and acted upon", span)
                return
        for one in (left, right):
            common = self.confinement.common(scope, one, span)
            if common is not None and not self.is_related(point, one):
                common = None
            common = common or self.confinement.beside(
                scope, one, partial(self.is_related, point), span
            )
            if common is not None:
                yield common
                return
        for one, other in ((left, right), (right, left)):
            held = scope.values[other]
            if self._is_tested(point, one) and isinstance(held, Const) and held.value is not None:
                yield Guard("allow-list", True, "only one value passes", span)
                return

    def _of_call(
        self, point: Point, index: int, truth: bool, leaf: Leaf | None, depth: int
    ) -> Iterator[Guard]:
        scope = point.scope
        call = scope.call(index)
        span = scope.place(index)
        for target in self.callees.of_call(scope, index):
            if target.kind == "external":
                yield from self._of_external(point, index, target.dotted, truth, leaf)
                continue
            inner = self.callees.runs(target)
            if inner is not None and depth < DEPTH:
                yield from self._of_helper(point, index, inner, truth, leaf, depth)
        callee = scope.values[call.callee]
        if not isinstance(callee, Attribute):
            return
        base, name = callee.base, callee.name
        related = partial(self.is_related, point)
        if truth and name in checks.SHAPES and self._is_tested(point, base):
            yield Guard("allow-list", True, f"only text that {name}() passes", span)
        if truth and name == "is_relative_to" and related(base):
            yield self.confinement.of_path(scope, base, span)
        if name == "startswith" and call.args:
            digest = self.digests.begins(scope, index, truth, point.related, leaf)
            starts = digest or self.confinement.starts(scope, index, truth, related, span)
            if starts is not None:
                yield starts

    def _of_external(
        self, point: Point, index: int, dotted: str, truth: bool, leaf: Leaf | None
    ) -> Iterator[Guard]:
        scope = point.scope
        args = scope.call(index).args
        span = scope.place(index)
        if dotted in checks.EQUALS and truth and len(args) >= 2:
            yield from self._of_equality(point, args[0], args[1], leaf, span)
        elif (
            truth
            and dotted.startswith(checks.SIGNATURE_PACKAGES)
            and any(self.is_related(point, arg) for arg in args)
        ):
            yield Guard("signature", True, "a signature is verified", span)

    def _of_calls(self, point: Point, leaf: Leaf | None, depth: int) -> Iterator[Guard]:
        """Calls that return only when a check held, made before the point."""
        scope, related = point.scope, point.related
        around = self.made.around(scope, point.context)
        for test in self.standing.passed(scope, point.before, around):
            yield from self._of_context(point, test, leaf, depth)
        for index, forgotten in self.made.before(scope, point.context, point.before):
            if index in related:
                yield from self.checking.returned(scope, index)
                continue
            switch, asserted = self.opt_ins.of_call(scope, index, leaf)
            if switch:
                yield insisted(switch, asserted or forgotten, scope.place(index))
            call = scope.call(index)
            checked = list(self.checking.raising(scope, index, leaf)) if call.args else []
            if not related.isdisjoint(self.made.given(scope, index)):
                checked.extend(self._raising(point, index, leaf, depth))
            for guard in checked:
                yield _void(guard, "its failure is caught and forgotten") if forgotten else guard

    def _raising(self, point: Point, index: int, leaf: Leaf | None, depth: int) -> Iterator[Guard]:
        scope = point.scope
        span = scope.place(index)
        related = partial(self.is_related, point)
        confined = self.confinement.raising(scope, index, related, span)
        passed = confined or self.syntax.of_visit(scope, index, point.related)
        if passed is not None:
            yield passed
            return
        for target in self.callees.of_call(scope, index):
            if target.kind == "external":
                kind = checks.RAISES.get(target.dotted)
                tail = target.dotted.rpartition(".")[2]
                if (
                    kind is None
                    and tail in checks.SIGNATURE_METHODS
                    and target.dotted.startswith(checks.SIGNATURE_PACKAGES)
                ):
                    kind = "signature"
                if kind is None and target.dotted in checks.PARSES:
                    tested = any(self._is_tested(point, arg) for arg in scope.call(index).args)
                    kind = "allow-list" if tested else None
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
        if related:
            yield from self.ensured(inner, related, leaf, truth, depth)

    def ensured(
        self,
        inner: Scope,
        related: frozenset[int],
        leaf: Leaf | None,
        truth: bool | None = None,
        depth: int = 0,
    ) -> Iterator[Guard]:
        """What a function makes sure of wherever it ends (with a given truth)."""
        exits = [
            (context, value)
            for value, context in inner.code.returns
            if truth is None or not is_constant(inner, value, not truth)
            if truth is not None or not self.standing.is_left_off(inner, context)
        ]
        if truth is None and inner.code.end >= 0:
            exits.append((inner.code.end, -1))
        if not exits:
            return
        answers: list[list[Guard]] = []
        for context, value in exits:
            inside = Point(inner, context, len(inner.values), related)
            told = dict.fromkeys(self.at(inside, leaf, depth + 1))
            if value >= 0 and truth is not None:
                for atom, holds, _ in implied(inner, value, truth):
                    told.update(dict.fromkeys(self.of_atom(inside, atom, holds, leaf, depth + 1)))
                ways = of_alternatives(self, inside, value, truth, leaf, depth + 1)
                told.update(dict.fromkeys(ways))
            answers.append(list(told))
        strong = [guard for guards in answers for guard in guards if guard.holds]
        if all(any(guard.holds for guard in guards) for guards in answers):
            yield strong[0]
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
            given = self.callees.argument(inner, point.scope, index, value.name)
            if given is not None and given[0] is point.scope and self.is_related(point, given[1]):
                found.add(position)
        return frozenset(found)

    def is_related(self, point: Point, index: int) -> bool:
        """Whether a value is made of what matters at a point."""
        return not point.related.isdisjoint(self.closure(point.scope, index))

    def _is_tested(self, point: Point, index: int) -> bool:
        """Whether a value is what ends in the sink, not something that stands beside it."""
        return is_itself(point.scope, index, point.related)

    def _is_literal(self, scope: Scope, index: int) -> bool:
        """Whether a collection is written down, so that nobody outside can add to it."""
        leaves = self.tracer.origins(scope, index)
        return bool(leaves) and all(leaf.kind is OriginKind.CONSTANT for leaf in leaves)

    def closure(self, scope: Scope, index: int) -> frozenset[int]:
        """The values of a function that a value is made of, itself included."""
        key = (scope.id, index)
        found = self._closures.get(key)
        if found is None:
            mutated = self.tracer.held.mutations(scope)
            seen: set[int] = set()
            waiting = [index]
            while waiting and len(seen) < CLOSURE:
                at = waiting.pop()
                if at in seen or at < 0:
                    continue
                seen.add(at)
                waiting.extend(operands(scope, at))
                waiting.extend(mutated.get(at, ()))
            found = self._closures[key] = frozenset(i for i in seen if tells(scope, i))
        return found


def _void(guard: Guard, why: str) -> Guard:
    return msgspec.structs.replace(guard, holds=False, why=why)
