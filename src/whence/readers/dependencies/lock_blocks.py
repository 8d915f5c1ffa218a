"""TOML lock files, read one `[[package]]` at a time: any size, exact lines, one fault costs one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.contract import Source, Unreadable

SIZE_LIMIT = 256 * 1024 * 1024
_BLOCK_LIMIT = 8 * 1024 * 1024
_LINE_LIMIT = 1024 * 1024
_HEADER = re.compile(rb"\[\[\s*[\"']?(?:package|packages)[\"']?\s*\]\]\s*(?:#.*)?\Z")
_INLINE = re.compile(r"(?m)^[ \t]*[\"']?packages?[\"']?\s*=")
_TABLE = re.compile(rb"\[\[? ?([A-Za-z0-9_-]+)")
_SIMPLE = re.compile(r'^([a-z-]+) = "([^"\\\n]*)"$', re.MULTILINE)
_HASH = re.compile(r"""hash ?= ?["']((?:sha256|sha384|sha512|md5):[0-9a-f]+)["']""")


class Block(msgspec.Struct, frozen=True):
    """The lines of one table: `first` to `last` of the file. `kind` is `package` or the top."""

    kind: str
    text: str
    first: int
    last: int
    fault: str = ""


def blocks(source: Source) -> Iterator[Block]:
    """The top of the file, each package, and what follows the last, in the order of the file.

    Raises Unreadable past 256 MiB.
    """
    if source.size > SIZE_LIMIT:
        raise Unreadable(f"a lock file larger than {SIZE_LIMIT // 1024 // 1024} MiB")
    kind, first, number, size = "top", 1, 0, 0
    lines: list[bytes] = []
    with source.open() as stream:
        while raw := stream.readline(_LINE_LIMIT):
            number += raw.endswith(b"\n")
            line = raw.strip()
            started = _started(line, raw.startswith(b"[")) if line.startswith(b"[") else ""
            if started and not (started == kind == "top"):
                yield _block(kind, lines, first, size)
                kind, lines, size = started, [], 0
                first = number if raw.endswith(b"\n") else number + 1
            size += len(raw)
            if size <= _BLOCK_LIMIT:
                lines.append(raw)
    yield _block(kind, lines, first, size)


def _started(line: bytes, flush: bool) -> str:
    """The kind of block that a line opens: its own package, or a table that is none of one."""
    if _HEADER.match(line):
        return "package"
    found = _TABLE.match(line) if flush else None
    if found and found.group(1) not in (b"package", b"packages"):
        return "top"
    return ""


def _block(kind: str, lines: list[bytes], first: int, size: int) -> Block:
    raw = b"".join(lines)
    last = max(first, first + raw.rstrip().count(b"\n"))
    if size > _BLOCK_LIMIT:
        return Block(kind, "", first, last, "an entry larger than 8 MiB")
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return Block(kind, "", first, last, "not UTF-8 text")
    inline = kind == "top" and _INLINE.search(text)
    return Block(
        kind, text, first, last, "packages in a form no installer writes" if inline else ""
    )


def parsed(text: str) -> dict[str, Any]:
    """The tables of a block. Raises Unreadable, with the line inside the block."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        reason = str(error).partition(" (at")[0]
        raise Unreadable(f"not TOML: {reason}", int(line.group(1)) if line else 1) from None
    except RecursionError:
        raise Unreadable("nested too deeply", 1) from None


def simple_values(text: str) -> dict[str, str] | None:
    """The plain strings at the head of a machine-written package; None where it needs a parser.

    Installers write these files themselves, line by line: reading the lines is thirty times faster
    than parsing them. A block in which anything could mean something else is left to the parser.
    """
    if "'''" in text or '"""' in text or "'" in text.partition("\n[")[0]:
        return None
    head = text.partition("\n\n[")[0]
    found: dict[str, str] = {}
    for key, value in _SIMPLE.findall(head):
        if key in found:
            return None
        found[key] = value
    return found if "name" in found else None


def hashes(text: str) -> tuple[str, ...]:
    """Every digest in a block, each once, sorted."""
    return tuple(sorted(set(_HASH.findall(text))))


def lines_of_name(block: Block) -> tuple[int, int]:
    """The lines that name the package and its version, or the block's first."""
    name = re.search(r"^name\s*=", block.text, re.MULTILINE)
    if not name:
        return block.first, block.first
    first = block.first + block.text.count("\n", 0, name.start())
    after = block.text[name.start() :].split("\n", 2)
    return first, first + (len(after) > 1 and after[1].startswith("version"))
