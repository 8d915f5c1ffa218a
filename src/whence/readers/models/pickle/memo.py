"""The unpickler's memo in bounded memory."""

from __future__ import annotations

from collections import deque
from typing import Final

from whence.readers.models.pickle.trouble import BeyondLimit
from whence.readers.models.pickle.values import DATA, Container, Made, is_live

KEPT: Final = 100_000
MOST_SHARED: Final = 255
MOST_OUT_OF_ORDER: Final = 100_000
PAGE: Final = 512


class Memo:
    """Index → value.

    `kept` holds the first entries, and later ones that others cannot stand for. Of further entries
    that are more than data, `codes` says by one byte (in pages) which of `shared` stands for them:
    results of one callee, or a container whose content was lost. All other indices below `length`
    are plain data.

    Picklers number the entries 0, 1, 2 …; `sparse` holds entries beyond a gap, which only hostile
    streams make. The next index of MEMOIZE is the number of entries, as in the C unpickler.
    """

    __slots__ = ("_latest", "_numbers", "_shared", "below", "codes", "kept", "length", "sparse")

    def __init__(self) -> None:
        self.kept: dict[int, object] = {}
        self.sparse: dict[int, object] = {}
        self.length = 0
        self.codes: dict[int, bytearray] = {}
        self.below: Memo | None = None
        self._shared: list[object] = [DATA]
        self._numbers: dict[object, int] = {}
        self._latest: deque[tuple[int, object]] = deque(maxlen=8)

    def continue_from(self, below: Memo, length: int) -> None:
        """Number on from `length`, and see the entries of `below`."""
        self.below = below
        self.length = length

    def memoize(self, value: object) -> None:
        """Store under the next free number."""
        index = self.length
        if self.sparse:
            self.put(index + len(self.sparse), value)
            return
        self.length = index + 1
        if len(self.kept) < KEPT:
            self.kept[index] = value
        else:
            self._keep_if_live(index, value)

    def put(self, index: int, value: object) -> None:
        """Store under a number that the stream chose."""
        if index == self.length:
            self.length = index + 1
            if len(self.kept) < KEPT:
                self.kept[index] = value
            else:
                self._keep_if_live(index, value)
            if self.sparse:
                self._close_gap()
        elif index < self.length:
            self._overwrite(index, value)
        else:
            if len(self.sparse) >= MOST_OUT_OF_ORDER:
                raise BeyondLimit(f"more than {MOST_OUT_OF_ORDER} memo entries out of order")
            self.sparse[index] = value

    def _close_gap(self) -> None:
        while self.length in self.sparse:
            value = self.sparse.pop(self.length)
            if len(self.kept) < KEPT:
                self.kept[self.length] = value
            else:
                self._keep(self.length, value)
            self.length += 1

    def _overwrite(self, index: int, value: object) -> None:
        page = self.codes.get(index // PAGE)
        if page is not None:
            page[index % PAGE] = 0
        if index in self.kept or len(self.kept) < KEPT:
            self.kept[index] = value
        else:
            self._keep(index, value)

    def _keep_if_live(self, index: int, value: object) -> None:
        if is_live(value):
            self._keep(index, value)
        elif type(value) is str:
            self._latest.append((index, value))

    def _keep(self, index: int, value: object) -> None:
        """Keep what matters: as it is while there is room, then by what stands for it."""
        key = _stands_for(value)
        if key is None:
            if len(self.kept) >= 2 * KEPT:
                raise BeyondLimit(f"more than {2 * KEPT} memo entries that matter")
            self.kept[index] = value
            return
        number = self._numbers.get(key)
        if number is None:
            if len(self._shared) > MOST_SHARED:
                raise BeyondLimit(f"more than {MOST_SHARED} kinds of memo entries that matter")
            number = self._numbers[key] = len(self._shared)
            self._shared.append(_stand_in(value))
        page = self.codes.get(index // PAGE)
        if page is None:
            page = self.codes[index // PAGE] = bytearray(PAGE)
        page[index % PAGE] = number

    def keep_name(self, name: object) -> None:
        """Keep a text that turned out to name an import: further imports will get it from here."""
        for index, value in self._latest:
            if value is name and len(self.kept) < 2 * KEPT:
                self.kept[index] = value

    def take_back(self, inner: Memo) -> None:
        """Keep what a run turned out to hold when it was taken apart, within the same bounds."""
        for index, value in inner.kept.items():
            if index not in self.kept and len(self.kept) < KEPT:
                self.kept[index] = value
            elif index not in self.kept and is_live(value):
                self._keep(index, value)

    def get(self, index: int) -> object | None:
        """The value, `DATA` if it is plain data that was not kept, or None if there is none.

        A kept None is told from a missing one by `holds`.
        """
        if index in self.kept:
            return self.kept[index]
        if self.below is not None:
            return self.below.get(index)
        if 0 <= index < self.length:
            page = self.codes.get(index // PAGE)
            return DATA if page is None else self._shared[page[index % PAGE]]
        return self.sparse.get(index)

    def holds(self, index: int) -> bool:
        """Whether there is an entry."""
        return 0 <= index < self.length or index in self.sparse

    def skip(self, count: int) -> None:
        """Number `count` further entries of plain data."""
        self.length += count


def _stands_for(value: object) -> object | None:
    """What values that may share a stand-in have in common; None if a value has to be kept."""
    kind = type(value)
    if kind is Made and value.arguments is DATA:  # type: ignore[attr-defined]
        return id(value)
    if kind is Container or kind is tuple:
        return kind.__name__ if kind is tuple else value.kind  # type: ignore[attr-defined]
    if kind is str or not is_live(value):
        return "data"
    return None


def _stand_in(value: object) -> object:
    if isinstance(value, Made):
        return value
    if isinstance(value, Container) or (isinstance(value, tuple) and is_live(value)):
        made = Container(value.kind if isinstance(value, Container) else "tuple")
        made.live = True
        made.count = -1
        return made
    return DATA
