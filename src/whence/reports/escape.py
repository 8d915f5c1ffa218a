"""Text of the audited tree made safe to show: nothing in it moves a cursor, hides or turns around.

A file name may hold terminal commands, characters that reorder or hide their neighbours
(CVE-2021-42574), markup and line breaks. Whoever reads a report must see them instead.
Source of the classes: Unicode general categories Cc, Cf, Cs, Zl and Zp, the default-ignorable
variation selectors and the letters without ink (Hangul fillers).
"""

from __future__ import annotations

import re
from urllib.parse import quote

_UNSEEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f\xad"
    "\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_A_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """One line of text in which every character that cannot be seen is written out.

    A line break becomes `\\n`, a byte that is no UTF-8 `\\xff`, a bidirectional override `\\u202e`.
    """
    return _UNSEEN.sub(_written_out, text)


def visible_lines(text: str) -> list[str]:
    """The lines of a text, each as `visible` shows it, with tabs as four spaces."""
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    return [visible(line.replace("\t", "    ")) for line in lines]


def clipped(text: str, length: int) -> str:
    """The text, cut to a length with an ellipsis where it is longer."""
    return text if len(text) <= length else text[: max(length - 1, 0)] + "…"


def json_escaped(document: str) -> str:
    """A JSON document in which unseen characters stand as JSON escapes; its meaning is the same.

    The one exception is a byte that is no UTF-8 (a lone surrogate in Python): no JSON text can
    carry it, so it becomes the four characters `\\xff`.
    """
    document = _SURROGATE.sub(lambda found: "\\" + _written_out(found), document)
    return _UNSEEN.sub(_json_escape, document)


def uri_reference(path: str) -> str:
    """A path of the tree as a relative URI reference, percent-encoded byte for byte."""
    raw = _NOT_A_BYTE.sub("\ufffd", path).encode("utf-8", "surrogateescape")
    return quote(raw, safe="/") or "."


def _written_out(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(found: re.Match[str]) -> str:
    character = found.group()
    if character == "\n":
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
