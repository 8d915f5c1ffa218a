"""GGUF. Facts: the GGUF specification of the ggml project, versions 1 to 3.

Lengths are checked before they are believed, and every chat template is judged.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from whence.readers.models.part import Found, Part, printable
from whence.readers.models.template.hazards import hazards
from whence.vocabulary.fact.models import FormatAnomaly, ModelFile, ModelOrigin

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
_MOST_KEYS = 65_536
_MOST_TENSORS = 1_000_000
_TEXT_LIMIT = 1024 * 1024
_DEEPEST = 4
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
_ORIGINS = (
    "general.source.huggingface.repository",
    "general.source.repo_url",
    "general.source.url",
    "general.repo_url",
    "general.base_model.0.repo_url",
)


class _Bad(Exception):
    """A length or count that the file cannot hold, or the end of the file."""

    def __init__(self, kind: str, detail: str, deceptive: bool) -> None:
        super().__init__(kind)
        self.kind, self.detail, self.deceptive = kind, detail, deceptive


def inspect(part: Part) -> Found:
    """Templates, origin and layout of one file."""
    reading = _Reading(part)
    covered = 1.0
    try:
        reading.header()
    except _Bad as bad:
        covered = 0.5
        if bad.deceptive:
            yield FormatAnomaly(part.span(), "gguf", bad.kind, bad.detail, True)
        else:
            yield part.unread(f"{bad.kind}: an incomplete download?")
    for key, text in reading.texts.items():
        if key.startswith("tokenizer.chat_template"):
            yield from hazards(text, key, part.span())
    for key in _ORIGINS:
        if text := reading.texts.get(key, ""):
            relation = "base" if "base_model" in key else "self"
            yield ModelOrigin(part.span(), part.path, text[:200], "config", relation=relation)
    yield ModelFile(part.span(), "gguf", False, part.size, covered=covered, member=part.member)


class _Reading:
    def __init__(self, part: Part) -> None:
        self.stream: BinaryIO = part.random()
        self.size = part.size
        self.texts: dict[str, str] = {}
        self.wide = True
        self.order = "<"

    def header(self) -> None:
        self.stream.seek(4)
        version = self.number("I")
        if version & 0xFFFF == 0 and version:
            self.order, version = ">", version >> 24
        self.wide = version != 1
        tensors, keys = (
            self.number("Q" if self.wide else "I"),
            self.number("Q" if self.wide else "I"),
        )
        if keys > _MOST_KEYS or tensors > _MOST_TENSORS:
            raise _Bad("impossible counts", f"{keys} keys, {tensors} tensors", True)
        alignment = 32
        for _ in range(keys):
            key = self.text(64 * 1024)
            value = self.value(self.number("I"), 0)
            if isinstance(value, str):
                if key in self.texts:
                    raise _Bad("duplicate key", printable(key), True)
                self.texts[key] = value
            elif key == "general.alignment" and isinstance(value, int):
                alignment = value
        if alignment == 0 or alignment > 1 << 20:
            raise _Bad("impossible alignment", str(alignment), True)
        self.tensors(tensors, alignment)

    def tensors(self, count: int, alignment: int) -> None:
        ends: list[int] = []
        for _ in range(count):
            name = self.text(64 * 1024)
            dimensions = self.number("I")
            if dimensions > 8:
                raise _Bad("impossible dimensions", f"{printable(name)}: {dimensions}", True)
            elements = 1
            for _ in range(dimensions):
                elements *= self.number("Q" if self.wide else "I")
            kind, offset = self.number("I"), self.number("Q")
            if elements >= 1 << 62 or offset >= 1 << 62:
                raise _Bad("a tensor that no file can hold", printable(name), True)
            block = _BLOCKS.get(kind)
            if block:
                ends.append(offset + elements // block[0] * block[1])
        start = -(-self.stream.tell() // alignment) * alignment
        if ends and start + max(ends) > self.size:
            missing = start + max(ends) - self.size
            raise _Bad(f"{missing} bytes of tensors are missing", "", False)

    def number(self, kind: str) -> int:
        count = struct.calcsize("=" + kind)
        data = self.stream.read(count)
        if len(data) < count:
            raise _Bad("the metadata end early", "", False)
        return int(struct.unpack(self.order + kind, data)[0])

    def text(self, limit: int) -> str:
        length = self.number("Q" if self.wide else "I")
        left = self.size - self.stream.tell()
        if length > left:
            deceptive = length > max(self.size, 1) * 16
            raise _Bad("a text longer than the file", f"{length} bytes, {left} left", deceptive)
        kept = self.stream.read(min(length, limit))
        if length > limit:
            self.stream.seek(length - limit, 1)
        return kept.decode("utf-8", "replace")

    def value(self, kind: int, depth: int) -> object:
        if kind == _STRING:
            return self.text(_TEXT_LIMIT)
        if kind in _SIZES:
            data = self.stream.read(_SIZES[kind])
            return int.from_bytes(data, "little" if self.order == "<" else "big")
        if kind != _ARRAY or depth > _DEEPEST:
            raise _Bad("an unknown kind of value", str(kind), True)
        inner, count = self.number("I"), self.number("Q" if self.wide else "I")
        left = self.size - self.stream.tell()
        if count > left:
            raise _Bad("an array longer than the file", f"{count} items, {left} bytes left", True)
        if inner in _SIZES:
            self.stream.seek(count * _SIZES[inner], 1)
            return None
        for _ in range(count):
            self.value(inner, depth + 1)
        return None
