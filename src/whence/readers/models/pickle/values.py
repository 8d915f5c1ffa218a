"""What the pickle machine knows about a value that the stream builds, without building it.

Plain Python `None`, `bool`, `int`, `float`, `str`, `bytes` and `tuple` stand for themselves.
Everything else is one of the classes below; none of them ever holds a live object of the stream.
"""

from __future__ import annotations

from typing import Final

from whence.readers.models.pickle.run_grammar import Commons

KEPT_ITEMS: Final = 32
KEPT_LIVE_ITEMS: Final = 512
KEPT_NAMED_ITEMS: Final = 20_000
LONGEST_LABEL: Final = 200
PLAIN: Final = frozenset({type(None), bool, int, float, str, bytes})


class Opaque:
    """Data whose content was not kept: `kind` says what it is, or `data` if even that is unknown."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


DATA: Final = Opaque("data")
INTEGER: Final = Opaque("int")
TEXT: Final = Opaque("str")
BUFFER: Final = Opaque("buffer")


class Run:
    """Plain values passed in bulk: the bytes `start` to `end` push them.

    `memo`: from where to where they number their memo entries; `pairs`: whether their number is
    even (otherwise it is not known); `commons`: the common classes that they are objects of.
    """

    __slots__ = ("commons", "end", "memo", "pairs", "start")

    def __init__(
        self, start: int, end: int, memo: tuple[int, int], commons: Commons, *, pairs: bool
    ) -> None:
        self.pairs = pairs
        self.start = start
        self.end = end
        self.memo = memo
        self.commons = commons


class Blob:
    """A long str, bytes or bytearray: where its bytes stand and how it begins.

    `latin`: the stream holds UTF-8 text, the value is that text as Latin-1 bytes. `appended`: how
    many bytes a bytearray was given since.
    """

    __slots__ = ("appended", "kind", "latin", "length", "offset", "prefix")

    def __init__(
        self, kind: str, offset: int, length: int, prefix: bytes, *, latin: bool = False
    ) -> None:
        self.kind = kind
        self.offset = offset
        self.length = length
        self.prefix = prefix
        self.latin = latin
        self.appended = 0


class Container:
    """A list, dict, set or frozenset (or a tuple too long to keep).

    `items` holds the first values (keys and values in turn for a dict) and those later ones that
    are more than plain data; `count` says how many there are; `live` whether any is more than data,
    `named` whether an imported name is among them, however deep: these are kept longest;
    `replaced` whether items of a list were set, so that `items` are not in their places.
    """

    __slots__ = ("count", "items", "kind", "live", "named", "replaced")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.items: list[object] = []
        self.count = 0
        self.live = False
        self.named = False
        self.replaced = False

    @property
    def whole(self) -> bool:
        """Whether every item was kept, in its place."""
        return self.count == len(self.items) and not self.replaced

    @property
    def lost(self) -> bool:
        """Whether this only stands for containers with content that was not kept."""
        return self.live and not self.items

    def add(self, values: list[object]) -> None:
        """Take further values in."""
        items = self.items
        self.count += len(values)
        for value in values:
            plain = type(value) in PLAIN
            if not plain and is_live(value):
                if len(items) < self._room(value):
                    items.append(value)
            elif len(items) < KEPT_ITEMS:
                if type(value) is Run:
                    self.count += 1
                    items.append(DATA)
                else:
                    items.append(value)

    def replace(self, value: object) -> None:
        """Set an item of a list."""
        self.replaced = True
        self.count -= 1
        self.add([value])

    def add_pairs(self, values: list[object]) -> None:
        """Take keys and values in turn; both are kept if the value matters."""
        items = self.items
        self.count += len(values)
        for value in values:
            if type(value) not in PLAIN:
                break
        else:
            if len(items) < KEPT_ITEMS:
                items.extend(values[: KEPT_ITEMS - len(items)])
            return
        for key, value in zip(values[::2], values[1::2], strict=False):
            live = value if is_live(value) else key
            if len(items) < (self._room(live) if is_live(live) else KEPT_ITEMS):
                items.append(key)
                items.append(value)

    def _room(self, live: object) -> int:
        """How many items there may be before a value that is more than data is not kept."""
        self.live = True
        if not holds_names(live):
            return KEPT_LIVE_ITEMS
        self.named = True
        return KEPT_NAMED_ITEMS


def shown_name(module: str | None, name: str | None) -> str:
    """A dotted name as printable ASCII of bounded length; `?` for what is not known."""
    text = f"{module or '?'}.{name or '?'}"
    if len(text) <= LONGEST_LABEL and text.isascii() and text.isprintable():
        return text
    return ascii(text[:LONGEST_LABEL])[1:-1] + ("…" if len(text) > LONGEST_LABEL else "")


class Global:
    """A name that the unpickler imports: `module`, and `name` which may be dotted.

    `module` or `name` is None where it could not be told before loading. `label`: both with a dot,
    `?` for what is not known; always printable and short.
    """

    __slots__ = ("label", "module", "name", "offset", "protocol")

    def __init__(self, module: str | None, name: str | None, offset: int, protocol: int) -> None:
        self.label = shown_name(module, name)
        self.module = module
        self.name = name
        self.offset = offset
        self.protocol = protocol


class Extension:
    """An entry of the `copyreg` extension registry, known by number only."""

    __slots__ = ("code", "offset")

    def __init__(self, code: int, offset: int) -> None:
        self.code = code
        self.offset = offset


class Persistent:
    """What the loader's `persistent_load` returns for an id."""

    __slots__ = ("identity", "offset")

    def __init__(self, identity: object, offset: int) -> None:
        self.identity = identity
        self.offset = offset


class Made:
    """The result of calling `callee` (`how`: call, instance or new) with `arguments`."""

    __slots__ = ("arguments", "callee", "how", "keywords", "offset", "state")

    def __init__(
        self, how: str, callee: object, arguments: object, keywords: object, offset: int
    ) -> None:
        self.how = how
        self.callee = callee
        self.arguments = arguments
        self.keywords = keywords
        self.offset = offset
        self.state: object = None


LIVE: Final = frozenset({Global, Extension, Persistent, Made})


def is_live(value: object) -> bool:
    """Whether a value is more than data: imported, made by a call, or holding such a thing."""
    kind = type(value)
    if kind in PLAIN:
        return False
    if kind is Container:
        return value.live  # type: ignore[attr-defined,no-any-return]
    if kind is tuple:
        return any(map(_live_or_tuple, value))  # type: ignore[call-overload]
    return kind in LIVE


def _live_or_tuple(value: object) -> bool:
    """As `is_live`, but takes any tuple for live: shared tuples must not cost exponential time."""
    kind = type(value)
    if kind is Container:
        return value.live  # type: ignore[attr-defined,no-any-return]
    return (kind is tuple and bool(value)) or kind in LIVE


def kind_of(value: object) -> str:
    """The Python type of a value as far as it is known; `object` for what calls return."""
    kind = type(value)
    if kind in PLAIN or kind is tuple:
        return "NoneType" if value is None else kind.__name__
    if kind in (Container, Blob, Opaque):
        return value.kind  # type: ignore[attr-defined,no-any-return]
    return "object"


def holds_names(value: object, depth: int = 2) -> bool:
    """Whether an imported name is among a value's parts; tuples are looked into two deep."""
    kind = type(value)
    if kind is tuple:
        return depth == 0 or any(holds_names(part, depth - 1) for part in value)  # type: ignore[attr-defined]
    return kind in _NAMES or (kind is Container and value.named)  # type: ignore[attr-defined]


_NAMES: Final = frozenset({Global, Extension})
UNHASHABLE: Final = frozenset({"list", "dict", "set", "bytearray"})


def hashable(value: object) -> bool:
    """False only if the value surely cannot be a dict key or set element (looks one tuple deep)."""
    if type(value) is tuple:
        return not any(kind_of(item) in UNHASHABLE for item in value)
    return kind_of(value) not in UNHASHABLE
