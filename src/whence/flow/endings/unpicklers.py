"""Whether a subclass of `pickle.Unpickler`, or of a YAML loader, really restricts what is built.

Sources: "Restricting Globals" in the documentation of `pickle`, PyYAML's documentation of
constructors.
"""

from __future__ import annotations

from whence.flow.endings.gadgets import listed_gadgets
from whence.flow.program.callee import Callees, Target
from whence.flow.program.conditions import ancestors, implied
from whence.flow.program.project import Project, Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import Attribute, Call, Choice, Compare, Const, Context, Logic

BASES = frozenset({"pickle.Unpickler", "pickle._Unpickler", "dill.Unpickler", "pickle5.Unpickler"})
_IMPORTS = frozenset({"find_class", "import_module", "__import__", "getattr", "locate", "get_attr"})
_MAKES_CODE = frozenset(
    {"import_module", "__import__", "locate", "eval", "exec", "import_string", "instantiate"}
)
_ANSWERS = frozenset({"startswith", "fullmatch", "match", "any", "all", "issubset"})


def restriction(project: Project, callees: Callees, klass: Scope) -> tuple[bool, str]:
    """Whether `find_class` refuses what is not listed, and what it does."""
    finder = project.method(klass, "find_class")
    if finder is None:
        return False, "find_class refuses nothing"
    open_ways = [
        context
        for value, context in finder.code.returns
        if _imports(finder, value, 0) and not _is_listed(callees, finder, context)
    ]
    if not finder.code.returns:
        return bool(finder.code.raises), "find_class refuses everything"
    if not open_ways:
        let_in = next(listed_gadgets(callees, finder), "")
        if let_in:
            return False, f"find_class lets {let_in} through"
        return True, "find_class refuses what is not listed"
    if finder.code.raises:
        return False, "find_class refuses a few names and lets all others through"
    return False, "find_class refuses nothing"


def builds_objects(project: Project, callees: Callees, named: set[Target]) -> bool:
    """Whether the project adds constructors for Python objects to a YAML loader.

    A constructor of the project that looks nothing up (one that answers None, say) adds nothing.
    """
    for tail in ("add_constructor", "add_multi_constructor"):
        for place, index in project.calls.get(tail, ()):
            call = place.call(index)
            callee = place.values[call.callee]
            parts = (*call.args, callee.base if isinstance(callee, Attribute) else -1)
            held = [part for part in parts if part >= 0]
            if not any(named & set(callees.targets(place, part)) for part in held):
                continue
            tagged = any(_is_object_tag(place, part) for part in held)
            if any(_constructs(callees, place, part, tagged) for part in call.args[1:2]):
                return True
    return False


def _is_object_tag(scope: Scope, index: int) -> bool:
    held = scope.values[index]
    return isinstance(held, Const) and "python/" in str(held.value)


def _constructs(callees: Callees, scope: Scope, index: int, tagged: bool) -> bool:
    """Whether a constructor looks something up by name, or evaluates what it reads.

    For the tags of Python objects (`tagged`) those of libraries count too.
    """
    for target in callees.targets(scope, index):
        inner = callees.runs(target)
        if inner is None and tagged:
            return True
        if inner is not None and any(
            _imports(inner, at, 0) if tagged else _makes_code(callees, inner, at)
            for at in range(len(inner.values))
        ):
            return True
    return False


def _makes_code(callees: Callees, scope: Scope, index: int) -> bool:
    value = scope.values[index]
    return (
        isinstance(value, Call)
        and last_name(scope.values, value.callee) in _MAKES_CODE
        and all(target.kind == "external" for target in callees.of_call(scope, index))
    )


def _imports(scope: Scope, index: int, depth: int) -> bool:
    """Whether a value is a class looked up by the name that the bytes give."""
    value = scope.values[index]
    if isinstance(value, Call):
        return last_name(scope.values, value.callee) in _IMPORTS
    if isinstance(value, Choice | Logic) and depth < 4:
        parts = value.options if isinstance(value, Choice) else value.parts
        return any(_imports(scope, part, depth + 1) for part in parts)
    return False


def _is_listed(callees: Callees, scope: Scope, context: int) -> bool:
    """Whether a point is reached only by names that some list names."""
    return any(
        _lists(callees, scope, index, truth)
        for held in ancestors(scope, context)
        for index, truth in _tests(scope, held)
    )


def _tests(scope: Scope, context: Context) -> list[tuple[int, bool]]:
    if context.value < 0 or context.kind in ("loop", "body"):
        return []
    return [(index, truth) for index, truth, _ in implied(scope, context.value, context.holds)]


def _lists(callees: Callees, scope: Scope, index: int, truth: bool) -> bool:
    value = scope.values[index]
    if isinstance(value, Compare):
        return truth if value.operator in ("in", "==", "is") else not truth
    if isinstance(value, Logic) and value.operator == "or" and truth:
        return all(_lists(callees, scope, part, True) for part in value.parts)
    if isinstance(value, Call) and truth:
        if last_name(scope.values, value.callee) in _ANSWERS:
            return True
        return any(callees.runs(target) for target in callees.of_call(scope, index))
    return False
