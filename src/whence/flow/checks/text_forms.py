"""Which texts a regular expression lets through: of a fixed form, of any, or calls of functions.

Facts: the syntax of `re` in the standard library's reference. A pattern that is not understood
counts as one that lets anything through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

LENGTH = 1000
MANY = 4
_TOKEN = re.compile(
    r"(?P<escape>\\.)"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<aside>\(\?(?:=|!|<=|<!|#))"
    r"|(?P<open>\((?:\?(?:P?<\w+>|[aiLmsux]*(?:-[imsx]+)?[:)]|P=\w+\)))?)"
    r"|(?P<close>\))"
    r"|(?P<times>[*+?]|\{\d*+(?:,\d*+)?\})"
    r"|(?P<text>.)",
    re.DOTALL,
)
_BY_LINES = re.compile(r"\(\?[aiLsux]*m")
_BEGINS, _ENDS = ("^", r"\A"), ("$", r"\Z", r"\z")
_COMPLEMENTS = (r"\S", r"\W", r"\D")
_LETTERS = re.compile(r"\\w|[a-yA-Y]-[b-zB-Z]")


class Piece(msgspec.Struct):
    """One character of the text: what it may be, and whether many may follow each other."""

    kind: str
    text: str
    many: bool = False


def admits(pattern: str, *, begins: bool = False, ends: bool = False) -> str:
    """What passes a pattern: `anything`, `calls` or `form`; whether a test adds `^` and `$`."""
    pieces = _pieces(pattern) if len(pattern) < LENGTH else None
    if not pieces or not all(_is_whole(each, begins, ends) for each in _branches(pieces)):
        return "anything"
    shown = [piece for piece in pieces if piece.kind in ("escape", "set", "text")]
    if any(piece.many and _is_any(piece) for piece in shown):
        return "anything"
    return "calls" if _lets_calls(shown) else "form"


def allowed_by_refusal(pattern: str) -> str:
    """The characters that pass where a pattern such as `[^a-z]` must not be found; else empty."""
    found = _TOKEN.match(pattern)
    rest = pattern[found.end() :] if found else ""
    if not found or rest not in ("", "+"):
        return ""
    text = found.group()
    if found.lastgroup == "escape" and text in _COMPLEMENTS:
        return f"[{text.lower()}]*"
    return f"[{text[2:]}*" if found.lastgroup == "set" and text.startswith("[^") else ""


def lets_paths_through(pattern: str) -> bool:
    """Whether a form that text must have lets separators and dots through, which make a path."""
    return "/" in pattern and ("." in pattern or r"\S" in pattern)


def _pieces(pattern: str) -> list[Piece] | None:
    """The pieces in order, groups by their brackets; None where brackets do not match."""
    found: list[Piece] = []
    opened: list[tuple[int, bool]] = []
    for token in _TOKEN.finditer(pattern):
        kind, text = token.lastgroup or "", token.group()
        if kind in ("open", "aside"):
            if _BY_LINES.match(text):
                return None
            if not text.endswith(")"):
                opened.append((len(found), kind == "aside"))
                found.append(Piece("(", text))
            continue
        if kind == "close":
            if not opened:
                return None
            start, aside = opened.pop()
            if aside:
                del found[start:]
            else:
                found.append(Piece(")", str(start)))
            continue
        if kind == "times":
            if found and _is_many(text):
                _repeat(found)
            continue
        found.append(Piece("|" if kind == "text" and text == "|" else kind, text))
    return None if opened else found


def _repeat(found: list[Piece]) -> None:
    last = found[-1]
    start = int(last.text) if last.kind == ")" else len(found) - 1
    for piece in found[start:]:
        piece.many = True


def _is_many(times: str) -> bool:
    if times in "*+?":
        return times != "?"
    most = times.strip("{}").rpartition(",")[2]
    return not most or int(most) >= MANY


def _branches(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """The alternatives outside of any group, without groups around the whole."""
    while len(pieces) > 1 and pieces[-1].kind == ")" and pieces[-1].text == "0":
        inner = pieces[1:-1]
        pieces = [_moved(piece) for piece in inner]
    depth = 0
    branch: list[Piece] = []
    for piece in pieces:
        depth += (piece.kind == "(") - (piece.kind == ")")
        if piece.kind == "|" and not depth:
            yield branch
            branch = []
        else:
            branch.append(piece)
    yield branch


def _moved(piece: Piece) -> Piece:
    return Piece(")", str(int(piece.text) - 1)) if piece.kind == ")" else piece


def _is_whole(branch: list[Piece], begins: bool, ends: bool) -> bool:
    if not branch:
        return begins and ends
    return (begins or branch[0].text in _BEGINS) and (ends or branch[-1].text in _ENDS)


def _is_any(piece: Piece) -> bool:
    """Whether a piece may be almost every character."""
    if piece.kind == "set":
        negated = piece.text.startswith("[^")
        return not _is_word(piece.text) if negated else any(c in piece.text for c in _COMPLEMENTS)
    return piece.text in (".", *_COMPLEMENTS)


def _is_word(negated: str) -> bool:
    return r"\W" in negated


def _lets_calls(pieces: list[Piece]) -> bool:
    """Whether a name of any letters can stand before a bracket."""
    named = False
    for piece in pieces:
        letters = bool(_LETTERS.search(piece.text)) or _is_word(piece.text)
        bracket = "(" in piece.text.removeprefix("[^")
        if bracket and (named or (piece.many and letters)):
            return True
        spaces = piece.text in (" ", r"\s", "[ ]")
        named = (letters and piece.many) or (named and spaces)
    return False
