"""Checks of an expression's syntax tree before it is evaluated.

A list of the kinds of nodes that may stand in an expression holds; a list of those that may not
leaves out what nobody thought of (attributes that lead from any value to every class).
"""

from __future__ import annotations

from collections.abc import Callable

from whence.flow.program.callee import Callees
from whence.flow.program.project import Scope
from whence.vocabulary.fact.code import Guard
from whence.vocabulary.fact.program import Attribute, Call, Compare

_WAYS = ("generic_visit", "visit")
_TREES = frozenset({"ast.parse", "ast.walk", "ast.iter_child_nodes"})
_VISITORS = frozenset({"ast.NodeVisitor", "ast.NodeTransformer"})
_ALLOWS = "only listed kinds of syntax pass"
_FORBIDS = "a list of forbidden syntax lets all the rest through"


class SyntaxChecks:
    """Finds checks of syntax trees; `closure` gives the values that a value is made of."""

    def __init__(self, callees: Callees, closure: Callable[[Scope, int], frozenset[int]]) -> None:
        self.callees = callees
        self.closure = closure

    def of_test(
        self, scope: Scope, index: int, truth: bool, related: frozenset[int]
    ) -> Guard | None:
        """The guard that a test of a node's class is."""
        value = scope.values[index]
        node = -1
        if isinstance(value, Call) and value.args:
            if "isinstance" in self.callees.dotted(scope, index):
                node = value.args[0]
        elif isinstance(value, Compare) and value.operator in ("in", "not in"):
            held = scope.values[value.left]
            if isinstance(held, Call) and "type" in self.callees.dotted(scope, value.left):
                node, truth = held.args[0] if held.args else -1, truth is (value.operator == "in")
        if node < 0 or not self._is_of_tree(scope, node, related):
            return None
        return Guard("allow-list", truth, _ALLOWS if truth else _FORBIDS, scope.place(index))

    def of_visit(self, scope: Scope, index: int, related: frozenset[int]) -> Guard | None:
        """The guard that the walk of a visitor of the project over a tree is."""
        call = scope.call(index)
        callee = scope.values[call.callee]
        if not isinstance(callee, Attribute) or callee.name != "visit":
            return None
        if not any(self._is_of_tree(scope, arg, related) for arg in call.args):
            return None
        for target in self.callees.targets(scope, callee.base):
            klass = target.scope
            if klass is None or not _VISITORS & {str(b) for b in self._ancestry(klass)}:
                continue
            refusing = [name for name, way in klass.children.items() if way.code.raises]
            if refusing:
                holds = any(name in _WAYS for name in refusing)
                why = _ALLOWS if holds else _FORBIDS
                return Guard("allow-list", holds, why, scope.place(index))
        return None

    def _ancestry(self, klass: Scope) -> list[Scope | str]:
        return self.callees.project.ancestry(klass)

    def _is_of_tree(self, scope: Scope, index: int, related: frozenset[int]) -> bool:
        parts = self.closure(scope, index)
        return not related.isdisjoint(parts) and any(
            scope.values[at].__class__ is Call
            and not _TREES.isdisjoint(self.callees.dotted(scope, at))
            for at in parts
        )
