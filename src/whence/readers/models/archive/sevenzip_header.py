"""The header of a 7z archive: which streams are packed how, and which files they hold."""

from __future__ import annotations

import msgspec

_MOST = 200_000
_END, _HEADER, _STREAMS, _FILES, _PACK, _UNPACK, _SUBSTREAMS = 0, 1, 4, 5, 6, 7, 8
_SIZE, _CRC, _FOLDER, _CODERS_SIZE, _NUM_STREAMS = 9, 10, 11, 12, 13
_EMPTY, _NAMES, _ENCODED = 14, 17, 23


class Malformed(Exception):
    """The header says what no archive can hold."""


class Coder(msgspec.Struct):
    """One step of unpacking."""

    method: bytes
    properties: bytes


class Folder(msgspec.Struct):
    """A packed stream: where it stands behind the start header, its coders, its files' sizes."""

    coders: list[Coder]
    start: int = 0
    packed: int = 0
    plain: int = 0
    sizes: list[int] | None = None
    summed: bool = False


class File(msgspec.Struct):
    """A member."""

    name: str
    has_data: bool


class Header(msgspec.Struct):
    """All folders and files. `packed` is true where the header itself is the first folder."""

    folders: list[Folder]
    files: list[File]
    packed: bool = False


def parsed(raw: bytes) -> Header:
    """The header in these bytes. Raises Malformed."""
    try:
        return _Cursor(raw).header()
    except (IndexError, OverflowError):
        raise Malformed("its header breaks off") from None


class _Cursor:
    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def byte(self) -> int:
        value = self.raw[self.at]
        self.at += 1
        return value

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.raw):
            raise IndexError
        self.at += count
        return self.raw[self.at - count : self.at]

    def number(self) -> int:
        """7z's own form: the leading ones of the first byte count the bytes that follow."""
        first = self.byte()
        mask, value = 0x80, 0
        for shift in range(0, 64, 8):
            if not first & mask:
                return value | (first & (mask - 1)) << shift
            value |= self.byte() << shift
            mask >>= 1
        return value

    def count(self) -> int:
        value = self.number()
        if value > _MOST:
            raise Malformed("its header counts more than whence looks at")
        return value

    def flags(self, count: int) -> list[bool]:
        if self.byte():
            return [True] * count
        return self.bits(count)

    def bits(self, count: int) -> list[bool]:
        raw = self.take(-(-count // 8))
        return [bool(raw[i // 8] & 0x80 >> i % 8) for i in range(count)]

    def header(self) -> Header:
        kind = self.byte()
        if kind == _ENCODED:
            return Header(self.streams(), [], packed=True)
        if kind != _HEADER:
            raise Malformed("its header is of no known kind")
        folders: list[Folder] = []
        files: list[File] = []
        while (kind := self.byte()) != _END:
            if kind == _STREAMS:
                folders = self.streams()
            elif kind == _FILES:
                files = self.files()
            elif kind == 2:
                while self.byte() != _END:
                    self.take(self.number())
            else:
                raise Malformed("its header holds an unknown section")
        return Header(folders, files)

    def streams(self) -> list[Folder]:
        folders: list[Folder] = []
        start = 0
        sizes: list[int] = []
        while (kind := self.byte()) != _END:
            if kind == _PACK:
                start, sizes = self.packs()
            elif kind == _UNPACK:
                folders = self.folders()
            elif kind == _SUBSTREAMS:
                self.substreams(folders)
            else:
                raise Malformed("its streams hold an unknown section")
        for folder, size in zip(folders, sizes, strict=False):
            folder.start, folder.packed = start, size
            if folder.sizes is None:
                folder.sizes = [folder.plain]
            start += size
        return folders

    def packs(self) -> tuple[int, list[int]]:
        start, count = self.number(), self.count()
        sizes: list[int] = []
        while (kind := self.byte()) != _END:
            if kind == _SIZE:
                sizes = [self.number() for _ in range(count)]
            elif kind == _CRC:
                self.digests(count)
        return start, sizes

    def digests(self, count: int) -> list[bool]:
        defined = self.flags(count)
        self.take(4 * sum(defined))
        return defined

    def folders(self) -> list[Folder]:
        if self.byte() != _FOLDER:
            raise Malformed("its folders are missing")
        count = self.count()
        if self.byte():
            raise Malformed("its folders are kept elsewhere")
        folders = [self.folder() for _ in range(count)]
        while (kind := self.byte()) != _END:
            if kind == _CODERS_SIZE:
                for folder in folders:
                    sizes = [self.number() for _ in folder.coders]
                    folder.plain = sizes[0]
            elif kind == _CRC:
                for folder, summed in zip(folders, self.digests(count), strict=True):
                    folder.summed = summed
        return folders

    def folder(self) -> Folder:
        coders = []
        for _ in range(self.count()):
            flags = self.byte()
            method = self.take(flags & 15)
            inputs, outputs = (self.count(), self.count()) if flags & 16 else (1, 1)
            if (inputs, outputs) != (1, 1):
                raise Malformed("it uses a coder with several streams")
            properties = self.take(self.number()) if flags & 32 else b""
            coders.append(Coder(method, properties))
        for _ in range(len(coders) - 1):
            self.count()
            self.count()
        return Folder(coders)

    def substreams(self, folders: list[Folder]) -> None:
        counts = [1] * len(folders)
        kind = self.byte()
        if kind == _NUM_STREAMS:
            counts = [self.count() for _ in folders]
            kind = self.byte()
        for folder, count in zip(folders, counts, strict=True):
            sizes = [self.number() for _ in range(count - 1)] if kind == _SIZE else []
            folder.sizes = [*sizes, folder.plain - sum(sizes)] if count else []
        if kind == _SIZE:
            kind = self.byte()
        while kind != _END:
            if kind == _CRC:
                pairs = zip(folders, counts, strict=True)
                self.digests(sum(n for folder, n in pairs if n != 1 or not folder.summed))
            kind = self.byte()

    def files(self) -> list[File]:
        count = self.count()
        names: list[str] = [""] * count
        empty = [False] * count
        while (kind := self.byte()) != _END:
            size = self.number()
            end = self.at + size
            if kind == _EMPTY:
                empty = self.bits(count)
            elif kind == _NAMES and not self.byte():
                text = self.take(end - self.at).decode("utf-16-le", "replace")
                names = (text.split("\0") + names)[:count]
            self.at = end
        return [File(name, not none) for name, none in zip(names, empty, strict=True)]
