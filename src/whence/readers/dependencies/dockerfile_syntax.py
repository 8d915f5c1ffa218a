"""The grammar of Dockerfiles: instructions with their lines, flags and heredocs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from whence.readers.contract import Unreadable

KEYWORDS = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL"}
    | {"MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
MAX_LINES = 20_000
MAX_LINE = 256 * 1024
MAX_INSTRUCTIONS = 2000

_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(.+?)\s*$")
_FLAG = re.compile(r"--(\w[\w-]*)(?:=(\"[^\"]*\"|'[^']*'|\S*))?\s*")
_HEREDOC = re.compile(r"<<(-?)\s*(?:\"(\w+)\"|'(\w+)'|(\w+))")
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|<<<", re.DOTALL)
_WORD = re.compile(r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|[^\s\\\"'])+|[\"']", re.DOTALL)


class Heredoc(msgspec.Struct, frozen=True):
    """A document below an instruction; `first` is the line of its first line of text."""

    name: str
    text: str
    first: int


class Instruction(msgspec.Struct, frozen=True):
    """One instruction.

    `value` is everything after keyword and flags with continued lines joined; `text` is the same
    with its line breaks, each continued by a backslash, so that `text_line` plus a line's index is
    the line in the file.
    """

    keyword: str
    value: str
    text: str
    text_line: int
    first: int
    last: int
    flags: tuple[str, ...] = ()
    array: tuple[str, ...] | None = None
    heredocs: tuple[Heredoc, ...] = ()


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions in order. Raises Unreadable where no Dockerfile can be seen in the text."""
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES or any(len(line) > MAX_LINE for line in lines):
        raise Unreadable("a Dockerfile with too many or too long lines")
    escape = _escape(lines)
    at = 0
    seen = 0
    while at < len(lines):
        line = lines[at].strip()
        if not line or line.startswith("#"):
            at += 1
            continue
        keyword = line.split(None, 1)[0].upper()
        if keyword not in KEYWORDS:
            if not seen:
                raise Unreadable(f"no Dockerfile: unknown instruction '{line[:40]}'", at + 1)
            raise Unreadable(f"unknown instruction '{line[:40]}'", at + 1)
        seen += 1
        if seen > MAX_INSTRUCTIONS:
            raise Unreadable("a Dockerfile with too many instructions", at + 1)
        pieces, end = _joined(lines, at, escape)
        heredocs, end = _heredocs(lines, keyword, pieces, end)
        yield _instruction(keyword, pieces, at, end, heredocs)
        at = end


def words(value: str) -> list[str]:
    """The words of a value, with quotes and escapes removed."""
    return [unquoted(word) for word in _WORD.findall(value)]


def unquoted(word: str) -> str:
    """A word without its quotes."""

    def plain(match: re.Match[str]) -> str:
        piece = match.group()
        if piece.startswith("'"):
            return piece[1:-1]
        if piece.startswith('"'):
            return re.sub(r"\\([\"\\$])", r"\1", piece[1:-1])
        return piece[1:]

    return re.sub(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|\\[^$]", plain, word, flags=re.DOTALL)


def assignments(value: str) -> list[tuple[str, str]]:
    """The `NAME=value` pairs of ENV, ARG and LABEL; `ENV NAME value` is the old form."""
    found = _WORD.findall(value)
    if found and "=" not in found[0]:
        name, _, rest = value.strip().partition(" ")
        return [(name, rest.strip())] if rest.strip() else [(name, "")]
    pairs = []
    for word in found:
        name, _, rest = word.partition("=")
        pairs.append((unquoted(name), unquoted(rest)))
    return pairs


def _escape(lines: list[str]) -> str:
    """The character that continues lines, from the directives at the very top."""
    for line in lines[:10]:
        found = _DIRECTIVE.match(line.strip())
        if found is None:
            break
        if found[1].lower() == "escape" and found[2] in ("`", "\\"):
            return found[2]
    return "\\"


def _joined(lines: list[str], at: int, escape: str) -> tuple[list[str], int]:
    """The lines of one instruction without their continuations; comments between are emptied."""
    pieces: list[str] = []
    while at < len(lines):
        line = lines[at]
        at += 1
        if pieces and (not line.strip() or line.lstrip().startswith("#")):
            pieces.append("")
            continue
        stripped = line.rstrip()
        if stripped.endswith(escape):
            pieces.append(stripped[: -len(escape)])
            continue
        pieces.append(line)
        break
    return pieces, at


def _heredocs(
    lines: list[str], keyword: str, pieces: list[str], at: int
) -> tuple[tuple[Heredoc, ...], int]:
    if keyword not in ("RUN", "COPY", "ADD"):
        return (), at
    found: list[Heredoc] = []
    joined = _QUOTED.sub(lambda match: "_" * len(match.group()), " ".join(pieces))
    original = " ".join(pieces)
    for match in _HEREDOC.finditer(original):
        if joined[match.start() : match.start() + 2] != "<<":
            continue
        name = match[2] or match[3] or match[4]
        body: list[str] = []
        first = at + 1
        while at < len(lines):
            line = lines[at].lstrip("\t") if match[1] else lines[at]
            at += 1
            if line.rstrip("\r") == name:
                break
            body.append(line)
        found.append(Heredoc(name, "\n".join(body) + "\n" if body else "", first))
    return tuple(found), at


def _instruction(
    keyword: str, pieces: list[str], at: int, end: int, heredocs: tuple[Heredoc, ...]
) -> Instruction:
    head = pieces[0].lstrip()[len(keyword) :]
    pieces = [head, *pieces[1:]]
    line = at + 1
    flags: list[str] = []
    while True:
        while len(pieces) > 1 and not pieces[0].strip():
            pieces, line = pieces[1:], line + 1
        pieces[0] = pieces[0].lstrip()
        flag = _FLAG.match(pieces[0])
        if flag is None or keyword in ("CMD", "ENTRYPOINT", "ENV", "LABEL", "ARG", "SHELL"):
            break
        flags.append(flag.group().strip())
        pieces[0] = pieces[0][flag.end() :]
    value = " ".join(piece.strip() for piece in pieces if piece.strip())
    return Instruction(
        keyword,
        value,
        "\\\n".join(pieces),
        line,
        at + 1,
        end,
        tuple(flags),
        _array(value),
        heredocs,
    )


def _array(value: str) -> tuple[str, ...] | None:
    if not value.startswith("["):
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, list) and all(isinstance(word, str) for word in found):
        return tuple(found)
    return None
