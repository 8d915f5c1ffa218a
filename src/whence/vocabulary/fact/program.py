"""Python modules as the data flow engine reads them: values, where they go, under which conditions.

A function body is a list of values in order of evaluation. A value names its operands by their
index in that list, so that shared parts stay shared. Branches meet in `Choice`. Conditions form a
tree of `Context`s: what stands in a context happens only when the context's condition held.
"""

from __future__ import annotations

import msgspec

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact import Fact


class Value(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something that an expression yields."""


class Const(Value, frozen=True, array_like=True, gc=False, tag=0):
    """A literal. `kind` tells `bytes` and `...` from text; long text is cut at 4,000 characters."""

    value: str | int | float | bool | None
    kind: str = ""


class Param(Value, frozen=True, array_like=True, gc=False, tag=1):
    """A parameter of the function itself."""

    name: str


class Name(Value, frozen=True, array_like=True, gc=False, tag=2):
    """A name from outside the function.

    `imported` is true where imports give its full dotted name (`torch.load`; a leading dot is a
    relative import). Otherwise it is a bare name of an enclosing scope, the module or builtins.
    """

    dotted: str
    imported: bool = False


class Attribute(Value, frozen=True, array_like=True, gc=False, tag=3):
    """`base.name`, also `getattr` with a constant."""

    base: int
    name: str


class Item(Value, frozen=True, array_like=True, gc=False, tag=4):
    """`base[key]`."""

    base: int
    key: int


class Text(Value, frozen=True, array_like=True, gc=False, tag=5):
    """Text or a path put together. `how` is `f`, `+`, `%` or `/`."""

    parts: tuple[int, ...]
    how: str


class Mix(Value, frozen=True, array_like=True, gc=False, tag=6):
    """Anything computed from its parts that keeps no structure."""

    parts: tuple[int, ...]


class Choice(Value, frozen=True, array_like=True, gc=False, tag=7):
    """One of several values, by the way that control took."""

    options: tuple[int, ...]


class Call(Value, frozen=True, array_like=True, gc=False, tag=8):
    """A call. The last `len(keywords)` of `args` are keyword arguments, `**` where spread."""

    callee: int
    args: tuple[int, ...]
    keywords: tuple[str, ...]
    context: int
    last: int

    @property
    def positional(self) -> tuple[int, ...]:
        """The arguments without a name."""
        return self.args[: len(self.args) - len(self.keywords)]

    @property
    def named(self) -> tuple[tuple[str, int], ...]:
        """The keyword arguments: name and value."""
        return tuple(
            zip(self.keywords, self.args[len(self.args) - len(self.keywords) :], strict=False)
        )


class Dict(Value, frozen=True, array_like=True, gc=False, tag=9):
    """A dictionary literal. A key of -1 spreads the value."""

    keys: tuple[int, ...]
    values: tuple[int, ...]


class Sequence(Value, frozen=True, array_like=True, gc=False, tag=10):
    """A list, tuple, set, or a comprehension (`many`), whose one item stands for all."""

    items: tuple[int, ...]
    many: bool = False


class Compare(Value, frozen=True, array_like=True, gc=False, tag=11):
    """A comparison. `operator` is as written: `==`, `not in`, …."""

    operator: str
    left: int
    right: int


class Logic(Value, frozen=True, array_like=True, gc=False, tag=12):
    """`and`, `or`, `not`."""

    operator: str
    parts: tuple[int, ...]


class Closure(Value, frozen=True, array_like=True, gc=False, tag=13):
    """A function or class defined here, by its qualified name in the module."""

    name: str


class Each(Value, frozen=True, array_like=True, gc=False, tag=14):
    """Any element of `base`."""

    base: int


class Star(Value, frozen=True, array_like=True, gc=False, tag=15):
    """`*base` among arguments or items."""

    base: int


AnyValue = (
    Const
    | Param
    | Name
    | Attribute
    | Item
    | Text
    | Mix
    | Choice
    | Call
    | Dict
    | Sequence
    | Compare
    | Logic
    | Closure
    | Each
    | Star
)


_PLAIN = frozenset({Const, Param, Name, Closure})


class Context(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When something happens: `parent` and, in addition, `value` was true (or false).

    `kind` is `body` (the function runs), `if`, `exit` (the other outcome has left), `assert`,
    `loop`, `each` (every element of a loop was put to the test), `swallow` (a failure in here is
    caught and forgotten), `handler`. `detail` names caught exceptions, or how an `exit` leaves:
    `raise`, `return`, `exit`, `continue`, `break`. `value` is -1 where none.
    """

    parent: int
    kind: str
    value: int = -1
    holds: bool = True
    line: int = 0
    detail: str = ""


class Parameter(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A parameter. `default` is a value of the enclosing function, -1 where none.

    `kind` is ``, `*`, `**` or `keyword`. `annotation` is a dotted name as far as one is written.
    """

    name: str
    default: int = -1
    kind: str = ""
    annotation: str = ""


class Store(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`base.name = value`, `base[key] = value`, or a global. `before` counts the values until then."""

    base: int
    value: int
    name: str
    key: int
    context: int
    before: int
    line: int


class Function(msgspec.Struct, frozen=True, gc=False):
    """One function, class body or module body.

    `name` is qualified (`Loader.read`), `<module>` for the module. `owner` is the enclosing
    function's or class's name. `kind` is `function`, `class`, `module`, `lambda`. `returns` pairs a
    value with its context. `names` maps names to what they hold at the end, for scopes that other
    scopes read. `raises` are contexts in which an exception leaves. `end` is the context in which control
    reaches the end of the body, -1 where it never does. `bases` and `fields` (annotations) belong to classes.
    """

    name: str
    kind: str
    owner: str
    line: int
    last: int
    parameters: list[Parameter]
    decorators: list[int]
    values: list[AnyValue]
    lines: list[int]
    contexts: list[Context]
    returns: list[tuple[int, int]]
    stores: list[Store]
    names: dict[str, int]
    raises: list[int]
    end: int
    bases: list[str] = []
    fields: dict[str, str] = {}
    asynchronous: bool = False

    def operands(self, index: int) -> tuple[int, ...]:
        """The values that a value is made of directly."""
        value = self.values[index]
        if value.__class__ is Call:
            callee = self.values[value.callee]
            return (callee.base, *value.args) if callee.__class__ is Attribute else value.args
        if value.__class__ is Attribute:
            return (value.base,)
        if value.__class__ in _PLAIN:
            return ()
        if isinstance(value, Text | Mix | Logic):
            return value.parts
        if isinstance(value, Item):
            return (value.base, value.key)
        if isinstance(value, Choice):
            return value.options
        if isinstance(value, Sequence):
            return value.items
        if isinstance(value, Dict):
            return value.values
        if isinstance(value, Each | Star):
            return (value.base,)
        return (value.left, value.right) if isinstance(value, Compare) else ()


class PythonModule(Fact, frozen=True):
    """A Python file or a notebook.

    `functions` starts with the module body. `stars` are modules imported with `*`. `lines` and
    `cells` translate line numbers of a notebook's code (from 1) to lines of its file and to cells;
    both are empty for a file. `shell` holds (line, text) of a notebook's shell lines.
    """

    functions: list[Function]
    stars: list[str] = []
    lines: list[int] = []
    cells: list[int] = []

    def place(self, line: int, last: int = 0) -> Span:
        """Where a line of the code stands in the file."""
        path = self.span.path
        if not self.lines:
            return Span(path, line, max(line, last))
        first = self.lines[min(line, len(self.lines)) - 1] if line else 0
        final = self.lines[min(max(line, last), len(self.lines)) - 1] if line else 0
        cell = self.cells[min(line, len(self.cells)) - 1] if line else 0
        return Span(path, first, max(first, final), f"cell {cell}" if line else "")
