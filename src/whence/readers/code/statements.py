"""Python statements → the values, conditions and stores of a scope."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from whence.readers.code.annotations import constraint, dotted_name
from whence.readers.code.expressions import assign, lower, lower_parameters
from whence.readers.code.imports import lower_import, lower_import_from
from whence.readers.code.patterns import lower_match
from whence.readers.code.scope import Scope, free_name
from whence.readers.code.unpacking import united
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Closure,
    Const,
    Context,
    Each,
    Logic,
    Name,
    Text,
)

NEVER_RETURNS = frozenset(
    {
        "sys.exit",
        "exit",
        "quit",
        "os._exit",
        "os.abort",
        "flask.abort",
        "werkzeug.exceptions.abort",
        "pytest.fail",
        "pytest.skip",
        "click.Context.exit",
    }
)
_LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)


def lower_block(scope: Scope, body: Iterable[ast.stmt]) -> bool:
    """Reads statements in order. False where control never comes out at the end."""
    for statement in body:
        scope.line = statement.lineno
        if _LOWERED[statement.__class__](scope, statement) is False:
            return False
    return True


def _assign(scope: Scope, node: Any) -> None:
    value = scope.restated(lower(scope, node.value), node.value.lineno)
    scope.line = node.lineno
    for target in node.targets:
        assign(scope, target, value)


def _annotated(scope: Scope, node: Any) -> None:
    given = node.value
    if given is None and scope.kind == "class":
        given = constraint(scope, node.annotation)
    if given is not None:
        value = scope.restated(lower(scope, given), given.lineno)
        scope.line = node.lineno
        assign(scope, node.target, value)


def _augmented(scope: Scope, node: Any) -> None:
    old = lower(scope, node.target)
    new = lower(scope, node.value)
    scope.line = node.lineno
    if node.op.__class__ is ast.BitOr:
        assign(scope, node.target, united(scope, [old, new]))
        return
    how = "/" if node.op.__class__ is ast.Div else "+"
    assign(scope, node.target, scope.add(Text((old, new), how)))


def _expression(scope: Scope, node: Any) -> bool | None:
    value = node.value
    if value.__class__ is ast.Constant:
        return None
    made = scope.values[lower(scope, value)]
    if made.__class__ is Call:
        callee = scope.values[made.callee]
        if callee.__class__ is Name and callee.dotted in NEVER_RETURNS:
            scope.left_by = "exit"
            return False
    return None


def _return(scope: Scope, node: Any) -> bool:
    if node.value is not None:
        value = lower(scope, node.value)
        scope.returns.append((value, scope.context))
    else:
        scope.returns.append((scope.constant(None), scope.context))
    scope.left_by = "return"
    return False


def _raise(scope: Scope, node: Any) -> bool:
    if node.exc is not None:
        lower(scope, node.exc)
    scope.raises.append(scope.context)
    scope.left_by = "raise"
    return False


def _continue(scope: Scope, node: Any) -> bool:
    scope.left_by = "continue"
    return False


def _break(scope: Scope, node: Any) -> bool:
    scope.left_by = "break"
    scope.breaks += 1
    return False


def _if(scope: Scope, node: Any) -> bool | None:
    branches: list[dict[str, int]] = []
    tests: list[int] = []
    outer = scope.context
    left_by: list[tuple[int, int, str]] = []
    while True:
        test = lower(scope, node.test)
        line = node.lineno
        before = scope.enter(Context(scope.context, "if", test, True, line))
        scope.begin()
        alive = lower_block(scope, node.body)
        made = scope.leave()
        scope.context = before
        if alive:
            branches.append(made)
        else:
            left_by.append((test, line, scope.left_by))
        tests.append(test)
        how = "if" if alive else "exit"
        scope.enter(Context(scope.context, how, test, False, line, scope.left_by))
        orelse = node.orelse
        if len(orelse) == 1 and orelse[0].__class__ is ast.If:
            node = orelse[0]
            scope.line = node.lineno
            continue
        break
    scope.begin()
    alive = lower_block(scope, orelse)
    made = scope.leave()
    if alive:
        branches.append(made)
    if not branches:
        return False
    scope.context = outer
    if not alive and orelse:
        left_by = [] if len(tests) > 1 else left_by
        if len(tests) == 1:
            scope.enter(Context(outer, "exit", tests[0], True, scope.line, scope.left_by))
        elif len(tests) > 1:
            either = scope.add(Logic("or", tuple(tests)))
            scope.enter(Context(outer, "exit", either, True, scope.line, scope.left_by))
    for test, line, how in left_by:
        scope.enter(Context(scope.context, "exit", test, False, line, how))
    scope.merge(branches, True)
    return None


def _loop_over(scope: Scope, node: Any) -> None:
    iterable = lower(scope, node.iter)
    outer = scope.enter(Context(scope.context, "loop", iterable, True, node.lineno))
    scope.begin()
    scope.line = node.lineno
    assign(scope, node.target, scope.add(Each(iterable)))
    _loop_body(scope, node, outer)


def _while(scope: Scope, node: Any) -> bool | None:
    test = lower(scope, node.test)
    held = scope.values[test]
    forever = held.__class__ is Const and bool(held.value)
    kind = "body" if forever else "if"
    outer = scope.enter(Context(scope.context, kind, -1 if forever else test, True, node.lineno))
    scope.begin()
    breaks = scope.breaks
    _loop_body(scope, node, outer)
    return False if forever and scope.breaks == breaks else None


def _loop_body(scope: Scope, node: Any, outer: int) -> None:
    start = len(scope.contexts)
    lower_block(scope, node.body)
    made = scope.leave()
    scope.context = outer
    for context in scope.contexts[start:]:
        if context.kind == "assert" or (
            context.kind == "exit" and context.detail in ("raise", "return", "exit")
        ):
            each = Context(scope.context, "each", context.value, context.holds, context.line)
            scope.enter(each)
    scope.merge([made], False)
    if node.orelse:
        lower_block(scope, node.orelse)


def _leaves(scope: Scope, body: list[ast.stmt]) -> bool:
    """Whether a handler's body ends by leaving (read from its form alone)."""
    if not body:
        return False
    final = body[-1]
    if isinstance(final, _LEAVES):
        return True
    if isinstance(final, ast.If):
        return bool(final.orelse) and _leaves(scope, final.body) and _leaves(scope, final.orelse)
    if isinstance(final, (ast.With, ast.AsyncWith)):
        return _leaves(scope, final.body)
    if isinstance(final, ast.Expr) and isinstance(final.value, ast.Call):
        return _called(scope, final.value.func) in NEVER_RETURNS
    return False


def _called(scope: Scope, node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return scope.module.imports.get(node.id, node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{scope.module.imports.get(node.value.id, node.value.id)}.{node.attr}"
    return ""


def _caught(scope: Scope, handler: ast.ExceptHandler) -> list[str]:
    if handler.type is None:
        return ["BaseException"]
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return [dotted_name(scope, kind) or "Exception" for kind in kinds]


def _try(scope: Scope, node: Any) -> bool | None:
    outer = scope.context
    forgotten = [
        name
        for handler in node.handlers
        if not _leaves(scope, handler.body)
        for name in _caught(scope, handler)
    ]
    if forgotten:
        scope.enter(Context(outer, "swallow", -1, True, node.lineno, ",".join(forgotten)))
    scope.begin()
    alive = lower_block(scope, node.body)
    tried = {name: scope.names[name] for name in scope.journal[-1]}
    if alive and node.orelse:
        alive = lower_block(scope, node.orelse)
    inside = scope.context
    made = scope.leave()
    branches = [made] if alive else []
    after = inside if alive and not forgotten else outer
    for handler in node.handlers:
        scope.context = outer
        names = ",".join(_caught(scope, handler))
        scope.enter(Context(outer, "handler", -1, True, handler.lineno, names))
        scope.merge([tried], False)
        begun = {name: scope.names[name] for name in tried}
        scope.begin()
        if handler.name:
            scope.bind(handler.name, scope.constant("exception", "other"))
        if lower_block(scope, handler.body):
            branches.append({**begun, **scope.leave()})
        else:
            scope.leave()
    scope.context = after
    scope.merge(branches, bool(branches))
    if node.finalbody and not lower_block(scope, node.finalbody):
        return False
    return None if branches else False


def _with(scope: Scope, node: Any) -> bool | None:
    outer = scope.context
    forgotten: list[str] = []
    for item in node.items:
        value = lower(scope, item.context_expr)
        if item.optional_vars is not None:
            assign(scope, item.optional_vars, value)
        made = scope.values[value]
        if made.__class__ is Call:
            callee = scope.values[made.callee]
            if callee.__class__ is Name and callee.dotted.endswith("suppress"):
                forgotten.extend(_named(scope, argument) for argument in made.args)
    if forgotten:
        scope.enter(Context(outer, "swallow", -1, True, node.lineno, ",".join(forgotten)))
    alive = lower_block(scope, node.body)
    if forgotten:
        scope.context = outer
        return None
    return None if alive else False


def _named(scope: Scope, index: int) -> str:
    """The dotted name of an exception; `Exception` where it is not written as a name."""
    value = scope.values[index]
    if value.__class__ is Attribute:
        return f"{_named(scope, value.base)}.{value.name}"
    return value.dotted if value.__class__ is Name else "Exception"


def _assert(scope: Scope, node: Any) -> None:
    test = lower(scope, node.test)
    scope.enter(Context(scope.context, "assert", test, True, node.lineno))


def _global(scope: Scope, node: Any) -> None:
    scope.globals.update(node.names)


def _function(scope: Scope, node: Any) -> None:
    name = free_name(scope, node.name)
    inner = Scope(scope.module, name, "function", scope.name)
    decorators = [lower(scope, decorator) for decorator in node.decorator_list]
    parameters = lower_parameters(scope, inner, node.args)
    ends = lower_block(inner, node.body)
    asynchronous = node.__class__ is ast.AsyncFunctionDef
    last = node.end_lineno or node.lineno
    inner.finish(node.lineno, last, parameters, decorators, ends, [], {}, asynchronous)
    scope.has_inner = True
    scope.line = node.lineno
    scope.bind(node.name, scope.add(Closure(name)))


def _class(scope: Scope, node: Any) -> None:
    name = free_name(scope, node.name)
    inner = Scope(scope.module, name, "class", scope.name)
    decorators = [lower(scope, decorator) for decorator in node.decorator_list]
    for keyword in node.keywords:
        lower(scope, keyword.value)
    lower_block(inner, node.body)
    fields = {
        item.target.id: dotted_name(scope, item.annotation)
        for item in getattr(node.body, "annotated", node.body)
        if item.__class__ is ast.AnnAssign and item.target.__class__ is ast.Name
    }
    bases = [dotted_name(scope, base) for base in node.bases]
    inner.finish(node.lineno, node.end_lineno or 0, [], decorators, True, bases, fields, False)
    scope.has_inner = True
    scope.line = node.lineno
    scope.bind(node.name, scope.add(Closure(name)))


def _match(scope: Scope, node: Any) -> bool | None:
    return lower_match(scope, node, lower_block)


def _delete(scope: Scope, node: Any) -> None:
    return None


_LOWERED: dict[type, Callable[[Scope, Any], bool | None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _expression,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Continue: _continue,
    ast.Break: _break,
    ast.Pass: _delete,
    ast.If: _if,
    ast.For: _loop_over,
    ast.AsyncFor: _loop_over,
    ast.While: _while,
    ast.Try: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Assert: _assert,
    ast.Import: lower_import,
    ast.ImportFrom: lower_import_from,
    ast.Global: _global,
    ast.Nonlocal: _global,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Match: _match,
    ast.Delete: _delete,
}
if hasattr(ast, "TryStar"):
    _LOWERED[ast.TryStar] = _try
if hasattr(ast, "TypeAlias"):
    _LOWERED[ast.TypeAlias] = _delete
