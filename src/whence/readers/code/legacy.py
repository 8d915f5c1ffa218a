"""Python 2 sources → text that a Python 3 parser takes, line for line."""

from __future__ import annotations

import re

_REWRITES = (
    # A tuple takes what the statement takes: several values, a comma at the end, further lines.
    (re.compile(r"^(\s*)print[ \t]*+(?=>>)"), r"\1(print) "),
    (re.compile(r"^(\s*)print[ \t]++(?![=(])"), r"\1(print), "),
    (re.compile(r"([:;]\s*)print[ \t]++(?![=(])"), r"\1(print), "),
    (re.compile(r"^(\s*def\s+\w+\s*\((?:[^()\n]*,)?\s*)\(([\w\s,]+)\)"), r"\1_"),
    (re.compile(r"^(\s*except\s+(?:[\w.]+|\([\w.\s,]+\)))\s*,\s*(\w+)\s*:"), r"\1 as \2:"),
    (re.compile(r"^(\s*)exec[ \t]++(?!\()([^\n]*?\S)[ \t]++in[ \t]++([^\n]+)$"), r"\1exec(\2, \3)"),
    (re.compile(r"^(\s*)exec[ \t]++(?![=(])([^\n]+)$"), r"\1exec(\2)"),
    (re.compile(r"^(\s*raise\s+[\w.]+)\s*,\s*([^\n]+)$"), r"\1(\2)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"\b(0[xX][0-9a-fA-F]+|\d+)[lL]\b"), r"\1"),
    (re.compile(r"(?<![\w.])0([0-7]+)\b(?!\.)"), r"0o\1"),
    (re.compile(r"\b[uU][rR](?=['\"])"), "r"),
    (re.compile(r"`([^`\n]+)`"), r"repr(\1)"),
)


_SIGNS = re.compile(
    r"(?m)^[ \t]*+print[ \t]++[^=(\s]|^[ \t]*+except[ \t]++[\w.]++[ \t]*+,[ \t]*+\w++[ \t]*+:"
    r"|^[ \t]*+raise[ \t]++[\w.]++[ \t]*+,|<>|\d[lL]\b"
)


def is_legacy(text: str) -> bool:
    """Whether a text looks like Python 2."""
    return _SIGNS.search(text) is not None


def modernised(text: str) -> str:
    """The text with the statements that only Python 2 has written as Python 3 has them.

    Lines keep their numbers. Works line by line, so that text inside long strings may change too.
    """
    lines = text.replace("\t", "        ").split("\n")
    for number, line in enumerate(lines):
        if not line.lstrip().startswith("#"):
            for pattern, replacement in _REWRITES:
                line = pattern.sub(replacement, line)
            lines[number] = line
    return "\n".join(lines)
