"""The unpickler's memo, with plain data known only to be there."""

from __future__ import annotations

from collections import deque
from typing import Final

from whence.readers.models.pickle.trouble import BeyondLimit
from whence.readers.models.pickle.values import DATA, is_live

KEPT: Final = 100_000
KEPT_LIVE: Final = 200_000
LARGEST_INDEX: Final = (1 << 63) - 1


class Memo:
    """Index → value. Indices below `length` without an entry in `kept` hold plain data.

    Picklers number the entries 0, 1, 2 …; `sparse` holds entries beyond a gap, which only hostile
    streams make. The next index of MEMOIZE is the number of entries, as in the C unpickler.
    """

    __slots__ = ("below", "kept", "latest", "length", "sparse")

    def __init__(self) -> None:
        self.kept: dict[int, object] = {}
        self.sparse: dict[int, object] = {}
        self.length = 0
        self.below: Memo | None = None
        self.latest: deque[tuple[int, object]] = deque(maxlen=8)

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
            if len(self.sparse) >= KEPT_LIVE:
                raise BeyondLimit(f"more than {KEPT_LIVE} memo entries out of order")
            self.sparse[index] = value

    def _close_gap(self) -> None:
        while self.length in self.sparse:
            self.kept[self.length] = self.sparse.pop(self.length)
            self.length += 1

    def _overwrite(self, index: int, value: object) -> None:
        if is_live(value):
            self._keep_live(index, value)
        elif len(self.kept) < KEPT:
            self.kept[index] = value
        else:
            self._keep_live(index, DATA)

    def _keep_if_live(self, index: int, value: object) -> None:
        if is_live(value):
            self._keep_live(index, value)
        elif type(value) is str:
            self.latest.append((index, value))

    def keep_name(self, name: object) -> None:
        """Keep a text that turned out to name an import: further imports will get it from here."""
        for index, value in self.latest:
            if value is name:
                self._keep_live(index, value)

    def _keep_live(self, index: int, value: object) -> None:
        if len(self.kept) >= KEPT_LIVE and index not in self.kept:
            raise BeyondLimit(f"more than {KEPT_LIVE} memo entries that matter")
        self.kept[index] = value

    def get(self, index: int) -> object | None:
        """The value, `DATA` if it is plain data that was not kept, or None if there is none.

        A kept None is told from a missing one by `holds`.
        """
        if index in self.kept:
            return self.kept[index]
        if self.below is not None:
            return self.below.get(index)
        if 0 <= index < self.length:
            return DATA
        return self.sparse.get(index)

    def holds(self, index: int) -> bool:
        """Whether there is an entry."""
        return 0 <= index < self.length or index in self.sparse

    def skip(self, count: int) -> None:
        """Number `count` further entries of plain data."""
        self.length += count
