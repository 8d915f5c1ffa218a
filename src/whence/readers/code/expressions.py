"""Python expressions → values of a scope."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from whence.readers.code.annotations import dotted_name, injected
from whence.readers.code.handed_calls import HANDING, call_back, handed
from whence.readers.code.late_items import ITEMS_KEPT, late
from whence.readers.code.scope import Scope, free_name
from whence.readers.code.unpacking import repeated, united, unpacked
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
    Parameter,
    Sequence,
    Star,
    Store,
    Text,
)

_OPERATORS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_BY_NAME = ("getattr", "setattr")
_TEXT_OPERATORS = {ast.Add: "+", ast.Mod: "%", ast.Div: "/"}


def lower(scope: Scope, node: ast.expr) -> int:
    """The index of the value that an expression yields."""
    return _LOWERED[node.__class__](scope, node)


def assign(scope: Scope, target: Any, value: int) -> None:
    """Binds a target to a value."""
    kind = target.__class__
    if kind is ast.Name:
        scope.bind(target.id, value)
    elif kind is ast.Attribute:
        base = _LOWERED[target.value.__class__](scope, target.value)
        _store(scope, base, value, target.attr, -1)
    elif kind is ast.Subscript:
        base = _LOWERED[target.value.__class__](scope, target.value)
        _store(scope, base, value, "", _LOWERED[target.slice.__class__](scope, target.slice))
    elif kind is ast.Starred:
        assign(scope, target.value, value)
    else:
        for inner, part in zip(target.elts, unpacked(scope, target.elts, value), strict=True):
            assign(scope, inner, part)


def _store(scope: Scope, base: int, value: int, name: str, key: int) -> None:
    scope.parts.pop((base, name if key < 0 else key), None)
    scope.stores.append(Store(base, value, name, key, scope.context, len(scope.values), scope.line))


def _name(scope: Scope, node: Any) -> int:
    name = node.id
    found = scope.names.get(name)
    return scope.look_up(name) if found is None else found


def _attribute(scope: Scope, node: Any) -> int:
    inner = node.value
    base = _LOWERED[inner.__class__](scope, inner)
    name = node.attr
    if name == "__dict__":
        return base
    line = scope.line = node.lineno
    values = scope.values
    owner = values[base]
    if owner.__class__ is Name and owner.imported:
        return scope.imported(f"{owner.dotted}.{name}")
    asked = (base, name)
    found = scope.parts.get(asked)
    if found is None:
        found = scope.parts[asked] = len(values)
        values.append(Attribute(base, name))
        scope.lines.append(line)
    return found


def _constant(scope: Scope, node: Any) -> int:
    value = node.value
    kind = value.__class__
    if kind is bool:
        return scope.switch(value, node.lineno)
    if kind is str or value is None or kind is float:
        found = scope.constants.get((value, "", kind))
        return scope.constant(value) if found is None else found
    if kind is int:
        return scope.constant(value if -(2**63) <= value < 2**63 else float("inf"))
    if kind is bytes:
        return scope.constant(value.decode("latin-1"), "bytes")
    return scope.constant(repr(value), "other")


def _call(scope: Scope, node: Any) -> int:
    node = handed(node) or node
    line = node.lineno
    function = node.func
    name = function.attr if function.__class__ is ast.Attribute else getattr(function, "id", "")
    if name in _BY_NAME and function.__class__ is ast.Name and len(node.args) >= 2:
        base, asked = (lower(scope, arg) for arg in node.args[:2])
        text = scope.text_of(asked)
        if text and name == "getattr":
            return scope.attribute(base, text)
        if text and name == "setattr" and len(node.args) == 3:
            _store(scope, base, lower(scope, node.args[2]), text, -1)
    callee = _LOWERED[function.__class__](scope, function)
    args: list[int] = []
    for arg in node.args[:ITEMS_KEPT]:
        args.append(_LOWERED[arg.__class__](scope, arg))
    for arg in late(node.args) if len(node.args) > ITEMS_KEPT else ():
        lower(scope, arg)
    names: tuple[str, ...] = ()
    keywords = node.keywords
    if keywords:
        spelled: list[str] = []
        for keyword in keywords[:ITEMS_KEPT]:
            value = keyword.value
            args.append(_LOWERED[value.__class__](scope, value))
            spelled.append(keyword.arg or "**")
        names = tuple(spelled)
    scope.line = line
    scope.lines.append(line)
    values = scope.values
    values.append(Call(callee, tuple(args), names, scope.context, node.end_lineno))
    made = len(values) - 1
    if name in HANDING:
        call_back(scope, made, name)
    return made


def _binary(scope: Scope, node: Any) -> int:
    operator = node.op.__class__
    how = _TEXT_OPERATORS.get(operator)
    rights: list[ast.expr] = []
    left = node
    while left.__class__ is ast.BinOp and left.op.__class__ is operator:
        rights.append(left.right)
        left = left.left
    parts = [_LOWERED[left.__class__](scope, left)]
    for right in reversed(rights):
        parts.append(_LOWERED[right.__class__](scope, right))
    scope.line = node.lineno
    if operator is ast.BitOr:
        return united(scope, parts)
    if operator is ast.Mult and (told := repeated(scope, parts)) is not None:
        return told
    return scope.add(Mix(tuple(parts)) if how is None else Text(tuple(parts), how))


def _formatted(scope: Scope, node: Any) -> int:
    parts: list[int] = []
    for part in node.values:
        parts.append(_LOWERED[part.__class__](scope, part))
    scope.line = node.lineno
    return scope.add(Text(tuple(parts), "f"))


def _subscript(scope: Scope, node: Any) -> int:
    base = _LOWERED[node.value.__class__](scope, node.value)
    key = _LOWERED[node.slice.__class__](scope, node.slice)
    scope.line = node.lineno
    held = scope.values[base]
    if held.__class__ is Sequence and not held.many:
        index = scope.values[key]
        if (
            index.__class__ is Const
            and index.value.__class__ is int
            and -len(held.items) <= index.value < len(held.items)
        ):
            return held.items[index.value]
    found = scope.parts.get((base, key))
    if found is None:
        found = scope.parts[(base, key)] = scope.add(Item(base, key))
    return found


def _sequence(scope: Scope, node: Any) -> int:
    items = tuple([_LOWERED[item.__class__](scope, item) for item in node.elts[:ITEMS_KEPT]])
    for item in late(node.elts) if len(items) == ITEMS_KEPT else ():
        lower(scope, item)
    return scope.add(Sequence(items))


def _dictionary(scope: Scope, node: Any) -> int:
    keys: list[int] = []
    values: list[int] = []
    for key, value in zip(node.keys[:ITEMS_KEPT], node.values, strict=False):
        keys.append(-1 if key is None else _LOWERED[key.__class__](scope, key))
        values.append(_LOWERED[value.__class__](scope, value))
    for item in late(node.values):
        lower(scope, item)
    return scope.add(Dict(tuple(keys), tuple(values)))


def _logic(scope: Scope, node: Any) -> int:
    operator = "and" if node.op.__class__ is ast.And else "or"
    first = _LOWERED[node.values[0].__class__](scope, node.values[0])
    parts = [first]
    before = scope.context
    for value in node.values[1:]:
        scope.enter(Context(scope.context, "if", parts[-1], operator == "and", scope.line))
        parts.append(_LOWERED[value.__class__](scope, value))
    scope.context = before
    return scope.add(Logic(operator, tuple(parts)))


def _unary(scope: Scope, node: Any) -> int:
    operand = _LOWERED[node.operand.__class__](scope, node.operand)
    if node.op.__class__ is ast.Not:
        return scope.add(Logic("not", (operand,)))
    held = scope.values[operand]
    if node.op.__class__ is ast.USub and held.__class__ is Const:
        number = held.value
        if number.__class__ is int or number.__class__ is float:
            return scope.constant(-number)
    return scope.add(Mix((operand,)))


def _compare(scope: Scope, node: Any) -> int:
    left = _LOWERED[node.left.__class__](scope, node.left)
    parts: list[int] = []
    for operator, right_node in zip(node.ops, node.comparators, strict=True):
        right = _LOWERED[right_node.__class__](scope, right_node)
        scope.line = node.lineno
        parts.append(scope.add(Compare(_OPERATORS[operator.__class__], left, right)))
        left = right
    return parts[0] if len(parts) == 1 else scope.add(Logic("and", tuple(parts)))


def _conditional(scope: Scope, node: Any) -> int:
    test = _LOWERED[node.test.__class__](scope, node.test)
    before = scope.enter(Context(scope.context, "if", test, True, node.lineno))
    body = _LOWERED[node.body.__class__](scope, node.body)
    scope.context = before
    scope.enter(Context(scope.context, "if", test, False, node.lineno))
    other = _LOWERED[node.orelse.__class__](scope, node.orelse)
    scope.context = before
    return scope.add(Choice((body, other)))


def _lambda(scope: Scope, node: Any) -> int:
    name = free_name(scope, f"<lambda {node.lineno}>")
    inner = Scope(scope.module, name, "lambda", scope.name)
    parameters = lower_parameters(scope, inner, node.args)
    inner.line = node.lineno
    inner.returns.append((lower(inner, node.body), 0))
    inner.finish(node.lineno, node.end_lineno, parameters, [], True, [], {}, False)
    scope.has_inner = True
    return scope.add(Closure(name))


def lower_parameters(scope: Scope, inner: Scope, args: ast.arguments) -> list[Parameter]:
    """The parameters of a function; defaults become values of the enclosing scope."""
    found: list[Parameter] = []
    plain = args.posonlyargs + args.args
    missing = len(plain) - len(args.defaults)
    for number, arg in enumerate(plain):
        default = lower(scope, args.defaults[number - missing]) if number >= missing else -1
        default = _annotated(scope, arg.annotation, default)
        found.append(Parameter(arg.arg, default, "", dotted_name(scope, arg.annotation)))
    if args.vararg:
        found.append(Parameter(args.vararg.arg, -1, "*"))
    for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        default = -1 if value is None else _LOWERED[value.__class__](scope, value)
        default = _annotated(scope, arg.annotation, default)
        found.append(Parameter(arg.arg, default, "keyword", dotted_name(scope, arg.annotation)))
    if args.kwarg:
        found.append(Parameter(args.kwarg.arg, -1, "**"))
    for parameter in found:
        inner.names[parameter.name] = inner.add(Param(parameter.name))
    return found


def _annotated(scope: Scope, annotation: ast.expr | None, default: int) -> int:
    found = injected(scope, annotation) if default < 0 else None
    return default if found is None else _LOWERED[found.__class__](scope, found)


def _comprehension(scope: Scope, node: Any) -> int:
    scope.begin()
    before = scope.context
    for generator in node.generators:
        iterable = _LOWERED[generator.iter.__class__](scope, generator.iter)
        scope.line = node.lineno
        assign(scope, generator.target, scope.add(Each(iterable)))
        scope.enter(Context(scope.context, "loop", iterable, True, node.lineno))
        for test in generator.ifs:
            value = _LOWERED[test.__class__](scope, test)
            scope.enter(Context(scope.context, "if", value, True, node.lineno))
    if node.__class__ is ast.DictComp:
        made = scope.add(
            Dict(
                (_LOWERED[node.key.__class__](scope, node.key),),
                (_LOWERED[node.value.__class__](scope, node.value),),
            )
        )
    else:
        made = scope.add(Sequence((_LOWERED[node.elt.__class__](scope, node.elt),), True))
    scope.context = before
    scope.leave()
    return made


def _inner_value(scope: Scope, node: Any) -> int:
    return _LOWERED[node.value.__class__](scope, node.value)


def _yield(scope: Scope, node: Any) -> int:
    if node.value is None:
        return scope.constant(None)
    value = _LOWERED[node.value.__class__](scope, node.value)
    made = value if node.__class__ is ast.YieldFrom else scope.add(Sequence((value,), True))
    scope.returns.append((made, scope.context))
    return scope.add(Mix(()))


def _starred(scope: Scope, node: Any) -> int:
    return scope.add(Star(_LOWERED[node.value.__class__](scope, node.value)))


def _named(scope: Scope, node: Any) -> int:
    value = _LOWERED[node.value.__class__](scope, node.value)
    scope.bind(node.target.id, value)
    return value


def _slice(scope: Scope, node: Any) -> int:
    parts = [
        _LOWERED[part.__class__](scope, part)
        for part in (node.lower, node.upper, node.step)
        if part
    ]
    return scope.add(Mix(tuple(parts)))


_LOWERED: dict[type, Callable[[Scope, Any], int]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.BinOp: _binary,
    ast.JoinedStr: _formatted,
    ast.FormattedValue: _inner_value,
    ast.Subscript: _subscript,
    ast.Tuple: _sequence,
    ast.List: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dictionary,
    ast.BoolOp: _logic,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Await: _inner_value,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Starred: _starred,
    ast.NamedExpr: _named,
    ast.Slice: _slice,
}
for _newer, _how in (("TemplateStr", _formatted), ("Interpolation", _inner_value)):
    if hasattr(ast, _newer):
        _LOWERED[getattr(ast, _newer)] = _how
