"""The objects of an HDF5 file, as far as links, external files and attributes go.

Facts: the HDF5 File Format Specification 3.0. Datasets' bytes are never read. Groups and attributes
in a heap that cannot be followed are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from whence.readers.models.format.hdf5_heap import Heap, Unfollowed

_MOST_OBJECTS = 100_000
_MOST_MESSAGES = 2_000_000
_TEXT_LIMIT = 16 * 1024 * 1024
_CONFIGURATIONS = frozenset(("model_config", "training_config", "config"))
_STARTS = (0, 512, 1024, 2048, 4096)
SIGNATURE = b"\x89HDF\r\n\x1a\n"


class Broken(Exception):
    """The file breaks off or contradicts itself."""


class Attribute(msgspec.Struct, frozen=True):
    """A text attribute of an object."""

    name: str
    value: str


class Pickled(msgspec.Struct, frozen=True):
    """An attribute of bytes that ends like a pickle, as PyTables takes and unpickles them."""

    name: str
    data: bytes


class Outside(msgspec.Struct, frozen=True):
    """A reference to another file. `how` is `external link`, `external storage` or `virtual`."""

    how: str
    file: str


class Objects:
    """One pass over the object headers of a file."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.size = stream, size
        self.dense = self.objects = 0
        self._seen: set[int] = set()
        self._messages = 0
        self.base = self.o = self.l = self.end = 0
        self._waiting = [self._superblock()]

    def walk(self) -> Iterator[Attribute | Pickled | Outside]:
        """All text attributes, pickles in attributes and outside references. Raises Broken."""
        while self._waiting:
            address = self._waiting.pop()
            if address in self._seen or not 0 <= address < self.size:
                continue
            self._seen.add(address)
            if len(self._seen) > _MOST_OBJECTS:
                raise Broken("more objects than whence looks at")
            try:
                yield from self._object(address)
            except IndexError:
                raise Broken(f"a message of the object at byte {address} is too short") from None

    def _read(self, at: int, count: int) -> bytes:
        if at < 0 or count < 0 or at + count > self.size:
            raise Broken(f"it refers to byte {at}, beyond its end")
        self.stream.seek(at)
        return self.stream.read(count)

    def _address(self, data: bytes, at: int) -> int:
        value = int.from_bytes(data[at : at + self.o], "little")
        return -1 if value == (1 << 8 * self.o) - 1 else value + self.base

    def _superblock(self) -> int:
        for start in _STARTS:
            if start + 96 <= self.size and self._read(start, 8) == SIGNATURE:
                break
        else:
            raise Broken("no superblock")
        data = self._read(start, min(128, self.size - start))
        self.base = start
        if data[8] < 2:
            self.o, self.l = data[13], data[14]
            at = 24 if data[8] == 0 else 28
            self._sane(data, at + 2 * self.o)
            return self._address(data, at + 4 * self.o + self.o)
        self.o, self.l = data[9], data[10]
        self._sane(data, 12 + 2 * self.o)
        return self._address(data, 12 + 3 * self.o)

    def _sane(self, data: bytes, at: int) -> None:
        if self.o not in (2, 4, 8) or self.l not in (2, 4, 8):
            raise Broken("impossible sizes in the superblock")
        self.end = self._address(data, at)
        if self.end > self.size:
            raise Broken(f"{self.end - self.size} bytes are missing: an incomplete download?")

    def _object(self, address: int) -> Iterator[Attribute | Pickled | Outside]:
        head = self._read(address, min(16, self.size - address))
        if head[:4] == b"OHDR":
            messages = self._messages_v2(address)
        elif head[:1] == b"\x01":
            messages = self._messages_v1(address)
        else:
            raise Broken(f"no object at byte {address}")
        for kind, body in messages:
            self._messages += 1
            if self._messages > _MOST_MESSAGES:
                raise Broken("more messages than whence looks at")
            yield from self._message(kind, body)

    def _messages_v1(self, address: int) -> Iterator[tuple[int, bytes]]:
        head = self._read(address, 16)
        blocks = [(address + 16, int.from_bytes(head[8:12], "little"))]
        done: set[int] = set()
        while blocks:
            start, length = blocks.pop()
            if start in done:
                continue
            done.add(start)
            data = self._read(start, length)
            at = 0
            while at + 8 <= len(data):
                kind = int.from_bytes(data[at : at + 2], "little")
                size = int.from_bytes(data[at + 2 : at + 4], "little")
                body = data[at + 8 : at + 8 + size]
                if kind == 0x10:
                    blocks.append(self._continuation(body))
                yield kind, body
                at += 8 + size

    def _messages_v2(self, address: int) -> Iterator[tuple[int, bytes]]:
        flags = self._read(address, 6)[5]
        at = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        length = int.from_bytes(self._read(at, width), "little")
        blocks = [(at + width, length)]
        order = 2 if flags & 4 else 0
        done: set[int] = set()
        while blocks:
            start, length = blocks.pop()
            if start in done:
                continue
            done.add(start)
            data = self._read(start, length)
            at = 0
            while at + 4 + order <= len(data):
                kind = data[at]
                size = int.from_bytes(data[at + 1 : at + 3], "little")
                body = data[at + 4 + order : at + 4 + order + size]
                if kind == 0x10:
                    start, length = self._continuation(body)
                    blocks.append((start + 4, length - 8))
                yield kind, body
                at += 4 + order + size

    def _continuation(self, body: bytes) -> tuple[int, int]:
        length = int.from_bytes(body[self.o : self.o + self.l], "little")
        if length > self.size:
            raise Broken("a header longer than the file")
        return self._address(body, 0), length

    def _message(self, kind: int, body: bytes) -> Iterator[Attribute | Pickled | Outside]:
        if kind == 0x11:
            self._waiting.extend(self._old_group(body))
        elif kind == 0x06:
            yield from self._link(body)
        elif kind == 0x07:
            yield from self._external_storage(body)
        elif kind == 0x08 and body[:2] in (b"\x04\x03", b"\x05\x03"):
            yield from self._virtual(body)
        elif kind == 0x0C:
            found = self._attribute(body)
            if found:
                yield found
        elif kind in (0x02, 0x15):
            yield from self._dense(kind, body)

    def _dense(self, kind: int, body: bytes) -> Iterator[Attribute | Pickled | Outside]:
        """Links (0x02) or attributes (0x15) that are kept in a heap."""
        at = 2 + ((8 if kind == 0x02 else 2) if body[1] & 1 else 0)
        heap, tree = self._address(body, at), self._address(body, at + self.o)
        if heap < 0 or heap in self._seen:
            return
        self._seen.add(heap)
        try:
            for each in Heap(self._from_base, heap - self.base, self.o, self.l).objects(
                tree - self.base
            ):
                yield from self._message(0x06 if kind == 0x02 else 0x0C, each)
        except (Unfollowed, Broken, IndexError):
            self.dense += 1

    def _from_base(self, at: int, count: int) -> bytes:
        return self._read(at + self.base, count)

    def _old_group(self, body: bytes) -> Iterator[int]:
        waiting, done = [self._address(body, 0)], 0
        while waiting and done < _MOST_OBJECTS:
            node = waiting.pop()
            done += 1
            if node < 0:
                continue
            head = self._read(node, 8)
            if head[:4] == b"TREE":
                count = int.from_bytes(head[6:8], "little")
                data = self._read(node + 8 + 2 * self.o, count * (self.o + self.l) + self.l)
                step = self.l + self.o
                waiting += [self._address(data, self.l + i * step) for i in range(count)]
            elif head[:4] == b"SNOD":
                count = int.from_bytes(head[6:8], "little")
                step = 2 * self.o + 24
                data = self._read(node + 8, count * step)
                yield from (self._address(data, i * step + self.o) for i in range(count))
            else:
                raise Broken(f"no group at byte {node}")

    def _link(self, body: bytes) -> Iterator[Outside]:
        flags = body[1]
        at = 2
        kind = 0
        if flags & 8:
            kind, at = body[at], at + 1
        at += (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
        width = 1 << (flags & 3)
        at += width + int.from_bytes(body[at : at + width], "little")
        if kind == 0:
            self._waiting.append(self._address(body, at))
        elif kind == 64:
            length = int.from_bytes(body[at : at + 2], "little")
            names = body[at + 3 : at + 2 + length].split(b"\0")
            yield Outside("external link", names[0].decode("utf-8", "replace"))

    def _external_storage(self, body: bytes) -> Iterator[Outside]:
        used = int.from_bytes(body[6:8], "little")
        heap = self._address(body, 8)
        head = self._read(heap, 8 + 2 * self.l + self.o)
        names = self._address(head, 8 + 2 * self.l)
        for slot in range(min(used, 64)):
            at = 8 + self.o + slot * 3 * self.l
            offset = int.from_bytes(body[at : at + self.l], "little")
            raw = self._read(names + offset, min(512, self.size - names - offset))
            yield Outside("external storage", raw.split(b"\0")[0].decode("utf-8", "replace"))

    def _virtual(self, body: bytes) -> Iterator[Outside]:
        data = self._from_global_heap(self._address(body, 2), body[2 + self.o : 6 + self.o])
        for text in data[1 + self.l :].split(b"\0")[:64:2]:
            name = text.decode("utf-8", "replace")
            if name and name != "." and name.isprintable():
                yield Outside("virtual", name)

    def _attribute(self, body: bytes) -> Attribute | Pickled | None:
        version = body[0]
        sizes = [int.from_bytes(body[at : at + 2], "little") for at in (2, 4, 6)]
        at = 9 if version == 3 else 8
        padded = [-(-size // 8) * 8 for size in sizes] if version == 1 else sizes
        name = body[at : at + sizes[0]].split(b"\0")[0].decode("utf-8", "replace")
        datatype = body[at + padded[0] : at + padded[0] + sizes[1]]
        data = body[at + sum(padded) :]
        if not datatype:
            return None
        if datatype[0] & 15 == 3 and name not in _CONFIGURATIONS:
            raw = data[: int.from_bytes(datatype[4:8], "little")].rstrip(b"\0")
            self.objects += name == "PSEUDOATOM" and raw == b"object"
            return Pickled(name, raw) if len(raw) > 2 and raw.endswith(b".") else None
        if name not in _CONFIGURATIONS:
            return None
        if datatype[0] & 15 == 3:
            raw = data
        elif datatype[0] & 15 == 9 and len(data) >= 8 + self.o:
            raw = self._from_global_heap(self._address(data, 4), data[4 + self.o : 8 + self.o])
        else:
            return None
        return Attribute(name, raw.split(b"\0")[0].decode("utf-8", "replace"))

    def _from_global_heap(self, address: int, index: bytes) -> bytes:
        wanted = int.from_bytes(index, "little")
        head = self._read(address, 8 + self.l)
        if head[:4] != b"GCOL":
            raise Broken(f"no heap at byte {address}")
        end = address + int.from_bytes(head[8:], "little")
        at = address + 8 + self.l
        while at + 8 + self.l <= min(end, self.size):
            entry = self._read(at, 8 + self.l)
            number = int.from_bytes(entry[:2], "little")
            size = int.from_bytes(entry[8:], "little")
            if number == wanted:
                return self._read(at + 8 + self.l, min(size, _TEXT_LIMIT))
            if number == 0:
                break
            at += 8 + self.l + -(-size // 8) * 8
        return b""
