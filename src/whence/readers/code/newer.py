"""Syntax that the Python which runs whence does not know yet → text that it takes, line for line.

Sources: PEP 695 and 696 (type parameters), PEP 701 (quotes inside f-strings), PEP 750 (t-strings).
"""

from __future__ import annotations

import re

_ALIAS = re.compile(r"(?m)^([ \t]*+)type[ \t]+([A-Za-z_]\w*)(?=[ \t]*[\[=])")
_NAMED = re.compile(r"(?m)^[ \t]*+(?:(?:async[ \t]+)?(?:def|class)|type)[ \t]+\w+(?=\[)")
_QUOTED = re.compile(r"(?<![\w])([rRbBuUfFtT]{0,2})('''|\"\"\"|'|\")|#[^\n]*")
LONGEST = 20_000


def older(text: str) -> str:
    """The text without type parameters, with quotes in f-strings that older versions take."""
    return _requoted(_ALIAS.sub(r"\1\2", _without_parameters(text)))


def _without_parameters(text: str) -> str:
    """`def f[T](x)` as `def f(x)`; lines inside the brackets stay."""
    parts: list[str] = []
    at = 0
    for found in _NAMED.finditer(text):
        start = found.end()
        end = _closing(text, start)
        if start < at or end < 0:
            continue
        parts.append(text[at:start])
        parts.append("\\\n" * text.count("\n", start, end))
        at = end
    parts.append(text[at:])
    return "".join(parts)


def _closing(text: str, start: int) -> int:
    """The place behind the bracket that closes the one at `start`; -1 where none does."""
    depth = 0
    for at in range(start, min(len(text), start + LONGEST)):
        if text[at] == "[":
            depth += 1
        elif text[at] == "]":
            depth -= 1
            if not depth:
                return at + 1
    return -1


def _requoted(text: str) -> str:
    """f-strings that hold their own quotes, and t-strings, as f-strings in triple quotes."""
    parts: list[str] = []
    at = 0
    while found := _QUOTED.search(text, at):
        parts.append(text[at : found.start()])
        prefix, quote = found[1], found[2]
        if quote is None:
            parts.append(found[0])
            at = found.end()
            continue
        formatted = bool(prefix) and bool(set(prefix) & set("fFtT"))
        raw = bool(prefix) and "r" in prefix.lower()
        end, plain = _end(text, found.end(), quote, formatted)
        if end < 0:
            parts.append(text[found.start() :])
            return "".join(parts)
        parts.append(_written(text[found.start() : end], found, plain, raw))
        at = end
    parts.append(text[at:])
    return "".join(parts)


def _written(whole: str, found: re.Match[str], plain: bool, raw: bool) -> str:
    prefix, quote = found[1], found[2]
    told = prefix.replace("t", "f").replace("T", "f")
    if plain:
        return told + whole[len(prefix) :]
    body = whole[len(prefix) + len(quote) : -len(quote)]
    outer = next((q for q in ('"""', "'''") if q not in body and not body.endswith(q[0])), "")
    if not outer:
        return told + whole[len(prefix) :]
    return f"{told}{outer}{_without_backslashes(body) if not raw else body}{outer}"


def _end(  # noqa: C901 - one branch for each kind of sign
    text: str, at: int, quote: str, formatted: bool
) -> tuple[int, bool]:
    """The place behind a string, and whether older versions take it as it stands; -1 for no end."""
    plain = True
    depth = 0
    limit = min(len(text), at + LONGEST)
    while at < limit:
        letter = text[at]
        if depth and (inner := _QUOTED.match(text, at)) and inner[2] is not None:
            nested = set(inner[1]) & set("fFtT")
            begun = at
            at, kept = _end(text, inner.end(), inner[2], bool(nested))
            if at < 0:
                return -1, False
            inside = text[begun:at]
            plain = plain and kept and "\\" not in inside and quote not in inside
            continue
        if not depth and text.startswith(quote, at):
            return at + len(quote), plain
        if letter == "\\":
            plain = plain and not depth
            at += 2
            continue
        if letter == "\n" and len(quote) == 1:
            if not depth:
                return -1, False
            plain = False
        if formatted and letter == "{":
            if not depth and text.startswith("{{", at):
                at += 2
                continue
            depth += 1
        elif depth and letter == "}":
            depth -= 1
        at += 1
    return -1, False


def _without_backslashes(body: str) -> str:
    """The body of an f-string without backslashes in its expressions."""
    kept: list[str] = []
    depth = 0
    for at, letter in enumerate(body):
        if letter == "{":
            depth += 1
        elif letter == "}":
            depth = max(depth - 1, 0)
        if letter != "\\" or not depth:
            kept.append(letter)
        elif at + 1 < len(body) and body[at + 1] == "\n":
            kept.append(" ")
    return "".join(kept)
