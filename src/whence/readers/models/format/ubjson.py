"""Universal Binary JSON, walked without building anything. Facts: the UBJSON specification, draft 12.

XGBoost writes its models in it. Nothing in them runs; what matters is whether all of it is there.
"""

from __future__ import annotations

from typing import BinaryIO

_FIXED = {
    ord("Z"): 0, ord("N"): 0, ord("T"): 0, ord("F"): 0, ord("i"): 1, ord("U"): 1, ord("C"): 1,
    ord("I"): 2, ord("l"): 4, ord("d"): 4, ord("L"): 8, ord("D"): 8,
}  # fmt: skip
_WHOLE = frozenset(b"iUIlL")
_TEXTS = frozenset(b"SH")
_OPEN = {ord("["): ord("]"), ord("{"): ord("}")}
_TYPE, _COUNT, _NOTHING = ord("$"), ord("#"), ord("N")
_DEEPEST = 512
_MOST = 20_000_000


class Broken(Exception):
    """The bytes end early or are no UBJSON."""


def end_of_value(stream: BinaryIO, size: int) -> int:
    """The offset behind the first value of a stream. Raises Broken."""
    return _Walk(stream, size).value()


class _Walk:
    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.size = stream, size
        self.left = _MOST

    def value(self) -> int:
        # What ends each open container, and how many values it still has where that is stated.
        waiting: list[tuple[int, int]] = []
        self.one(self.byte(), waiting)
        while waiting:
            if len(waiting) > _DEEPEST:
                raise Broken("nested too deep")
            close, left = waiting.pop()
            if left == 0:
                continue
            if left > 0:
                waiting.append((close, left - 1))
                if close == ord("}"):
                    self.skip(self.length(self.byte()))
                self.one(self.byte(), waiting)
                continue
            mark = self.byte()
            if mark == close:
                continue
            waiting.append((close, -1))
            if close == ord("}"):
                self.skip(self.length(mark))
                mark = self.byte()
            self.one(mark, waiting)
        return self.stream.tell()

    def one(self, mark: int, waiting: list[tuple[int, int]]) -> None:
        """Past a value without inner ones, or into a container."""
        self.left -= 1
        if self.left < 0:
            raise Broken("more values than whence looks at")
        if mark in _FIXED:
            self.skip(_FIXED[mark])
        elif mark in _TEXTS:
            self.skip(self.length(self.byte()))
        elif mark in _OPEN:
            self.enter(_OPEN[mark], waiting)
        else:
            raise Broken(f"no value at byte {self.stream.tell() - 1}")

    def enter(self, close: int, waiting: list[tuple[int, int]]) -> None:
        at = self.stream.tell()
        mark = self.byte()
        kind = 0
        if mark == _TYPE:
            kind, mark = self.byte(), self.byte()
        if mark != _COUNT:
            if kind:
                raise Broken("a type without a count")
            self.stream.seek(at)
            waiting.append((close, -1))
            return
        count = self.length(self.byte())
        if not kind:
            waiting.append((close, count))
        elif kind in _FIXED and close == ord("]"):
            self.skip(count * _FIXED[kind])
        else:
            self.typed(kind, count, close)

    def typed(self, kind: int, count: int, close: int) -> None:
        """Values of one stated type: numbers under keys, or texts."""
        for _ in range(count):
            self.left -= 1
            if self.left < 0 or kind in _OPEN:
                raise Broken("more values than whence looks at")
            if close == ord("}"):
                self.skip(self.length(self.byte()))
            self.skip(_FIXED[kind] if kind in _FIXED else self.length(self.byte()))

    def length(self, mark: int) -> int:
        if mark not in _WHOLE:
            raise Broken(f"no length at byte {self.stream.tell() - 1}")
        data = self.stream.read(_FIXED[mark])
        if len(data) < _FIXED[mark]:
            raise Broken("the data end early")
        value = int.from_bytes(data, "big", signed=mark != ord("U"))
        if not 0 <= value <= self.size:
            raise Broken("a length longer than the file")
        return value

    def byte(self) -> int:
        data = self.stream.read(1)
        while data and data[0] == _NOTHING:
            data = self.stream.read(1)
        if not data:
            raise Broken("the data end early")
        return data[0]

    def skip(self, count: int) -> None:
        if self.stream.tell() + count > self.size:
            raise Broken("the data end early")
        self.stream.seek(count, 1)
