"""Git repositories made by hand, loose or packed, so that tests need no Git."""

import hashlib
import zlib
from pathlib import Path


class Repository:
    """A repository with one branch. `packed` writes one pack, later trees as differences."""

    def __init__(self, root: Path) -> None:
        self.folder = root / ".git"
        (self.folder / "objects" / "pack").mkdir(parents=True)
        (self.folder / "refs" / "heads").mkdir(parents=True)
        (self.folder / "HEAD").write_text("ref: refs/heads/main\n")
        self.objects: dict[str, tuple[bytes, bytes]] = {}
        self.last = ""

    def add(self, kind: bytes, data: bytes) -> str:
        """Keep an object; return its id."""
        name = hashlib.sha1(kind + b" %d\0" % len(data) + data).hexdigest()
        self.objects[name] = (kind, data)
        return name

    def commit(self, time: int, also: str = "", **files: str) -> str:
        """Commit files, `requirements_txt` standing for `requirements.txt`; `also` is merged."""
        entries = sorted((name.replace("_", "."), text) for name, text in files.items())
        tree = b"".join(
            b"100644 %s\0" % name.encode() + bytes.fromhex(self.add(b"blob", text.encode()))
            for name, text in entries
        )
        parents = [f"parent {name}\n" for name in (self.last, also) if name]
        parent = "".join(parents)
        who = f"A <a@example.com> {time} +0200"
        text = f"tree {self.add(b'tree', tree)}\n{parent}author {who}\ncommitter {who}\n\nwork\n"
        self.last = self.add(b"commit", text.encode())
        return self.last

    def write_loose(self) -> None:
        """Write every object to a file of its own."""
        for name, (kind, data) in self.objects.items():
            path = self.folder / "objects" / name[:2] / name[2:]
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(kind + b" %d\0" % len(data) + data))
        (self.folder / "refs" / "heads" / "main").write_text(self.last + "\n")

    def write_packed(self) -> None:
        """Write one pack in which every blob but the first is a difference from the first."""
        numbers = {b"commit": 1, b"tree": 2, b"blob": 3}
        body, offsets, base = bytearray(b"PACK" + b"\0\0\0\2" + b"\0\0\0\0"), {}, ""
        for name, (kind, data) in self.objects.items():
            offsets[name] = len(body)
            if kind == b"blob" and base:
                old = self.objects[base][1]
                data = _varint(len(old)) + _varint(len(data)) + _as_inserts(data)
                body += _head(7, len(data)) + bytes.fromhex(base) + zlib.compress(data)
            else:
                base = name if kind == b"blob" else base
                body += _head(numbers[kind], len(data)) + zlib.compress(data)
        names = sorted(offsets)
        counts = [sum(int(n[:2], 16) <= first for n in names) for first in range(256)]
        index = b"\xfftOc\0\0\0\2" + b"".join(count.to_bytes(4, "big") for count in counts)
        index += b"".join(map(bytes.fromhex, names)) + bytes(4 * len(names))
        index += b"".join(offsets[name].to_bytes(4, "big") for name in names)
        place = self.folder / "objects" / "pack" / "pack-1"
        place.with_suffix(".pack").write_bytes(bytes(body))
        place.with_suffix(".idx").write_bytes(index)
        (self.folder / "packed-refs").write_text(f"{self.last} refs/heads/main\n")


def _head(number: int, size: int) -> bytes:
    first, rest = (number << 4) | (size & 15), size >> 4
    made = bytearray()
    while rest:
        made.append(first | 0x80)
        first, rest = rest & 0x7F, rest >> 7
    return bytes([*made, first])


def _varint(size: int) -> bytes:
    made = bytearray()
    while size > 0x7F:
        made.append((size & 0x7F) | 0x80)
        size >>= 7
    return bytes([*made, size])


def _as_inserts(data: bytes) -> bytes:
    pieces = [data[at : at + 100] for at in range(0, len(data), 100)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)
