"""A line of text → what in it people do not see, or what is said in it to a model.

Characters that a script, an emoji or a formula needs are left out: joiners beside letters of Arabic
or Indic scripts and beside emoji, marks of direction in right-to-left text, flags spelled in tags,
breaks in Thai or Chinese. Ranges are those of Unicode 15, tags and flags those of UTS #51.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

import msgspec

from whence.readers.data.instructions import may_turn, orders, turn

AROUND = 32
SHOWN = 160
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    r"\U000e0000-\U000e007f\U000e0100-\U000e01ef]+"
)
_SUSPECT = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\U000e0000-\U000e007f]"
    r"|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3}"
    r"|[A-Za-z][аеорсухіјѕһԁԛԝАВЕКМНОРСТХУІЈЅԌοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ]"
    r"|[аеорсухіјѕһԁԛԝАВЕКМНОРСТХУІЈЅԌοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ][A-Za-z]"
)
_ESCAPED_SUSPECT = re.compile(
    r"\\u(?:00ad|034f|115f|1160|180e|20[0-6][0-9a-f]|3164|feff|fe0[0-9a-f]\\ufe0[0-9a-f]\\ufe0|db40)"
    r"|[A-Za-z]\\u0[345]|\\u0[345][0-9a-f][0-9a-f][A-Za-z]",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:ignore|disregard|system\s?(?:prompt|message|:)|assistant\s?:|ai\s(?:model|assistant)"
    r"|language\smodel|llms?\b|you\s(?:are|must|should|will)\s(?:now|always|never|only|answer|respond"
    r"|reply|classify|label|output|say)|(?:always|only|must)\s(?:answer|respond|reply|output|classify"
    r"|label|rate)|(?:classify|label|rate|mark|treat)\s(?:this|it|the\s\w{1,12})\sas\b|respond\swith"
    r"|do\snot\s(?:tell|mention|reveal))",
    re.IGNORECASE,
)
_CONCEALED = re.compile(
    r"<!--(.{3,400}?)-->"
    r"|(?:display\s?:\s?none|visibility\s?:\s?hidden|(?:font-size|opacity)\s?:\s?0(?:px|pt|em|%)?(?![.\w]))"
    r"[^<>]{0,80}>([^<]{3,400})",
    re.IGNORECASE,
)
_GATES = ("<!--", "display", "visibility", "font-size", "opacity", "\\u003c!--")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)")
_WORD = re.compile(r"[A-Za-z\u0370-\u052f]+")
# Letters of Cyrillic and Greek that are drawn like Latin ones.
_ALIKE = frozenset("аеорсухіјѕһԁԛԝАВЕКМНОРСТХУІЈЅԌοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
_FLAG = re.compile(r"[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,4}\U000e007f")  # fmt: skip
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_JOINERS = "\u200c\u200d"
_TURNS = "\u202b\u202d\u202e\u2067"
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class Trace(msgspec.Struct, frozen=True):
    """One thing found in a line. `signature` is equal for what was hidden in the same way."""

    kind: str
    signature: str
    excerpt: str
    instruction: str = ""


def is_suspect(text: str, escapes: bool) -> bool:
    """Whether a text may hold anything that `traces` would tell; `escapes` as there."""
    return (
        (not text.isascii() and _SUSPECT.search(text) is not None)
        or (escapes and _ESCAPED_SUSPECT.search(text) is not None)
        or _may_speak(text)
    )


def _may_speak(text: str) -> bool:
    low = text.lower()
    if any(gate in low for gate in _GATES) and (_CONCEALED.search(text) or "\\u003c!--" in low):
        return True
    return may_turn(low) or _orders(text) is not None


def traces(line: str, escapes: bool) -> Iterator[Trace]:
    """What is hidden in a line, or said to a model. With `escapes`, `\\uXXXX` of JSON is decoded."""
    text = unescaped(line) if escapes else line
    low = text.lower()
    if not text.isascii():
        yield from _characters(text)
        yield from _look_alikes(text)
    for found in _CONCEALED.finditer(text) if any(gate in low for gate in _GATES) else ():
        said = found[1] or found[2]
        if _TOLD.search(said) or _orders(said):
            yield Trace("concealed", "", _around(text, *found.span()), escaped(said.strip()))
    marked = turn(text)
    if marked:
        yield Trace("turn", "", _around(text, *marked.span()))
    bare = _UNSEEN.sub("", text)
    spoken = _orders(bare)
    if spoken:
        is_seen = bare == text or _orders(text)
        yield Trace(
            "spoken" if is_seen else "concealed", "", _around(bare, *spoken.span()),
            escaped(spoken.group()),
        )  # fmt: skip


def _orders(text: str) -> re.Match[str] | None:
    return next(orders(text), None)


def unescaped(line: str) -> str:
    """A line of JSON with its `\\uXXXX` as characters, pairs of surrogates joined."""
    if "\\u" not in line:
        return line
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[0], line)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def escaped(text: str) -> str:
    """A text that can be shown: what is not printed stands as `<U+200B>`; 160 characters at most."""
    return "".join(
        char if char.isprintable() and not _UNSEEN.match(char) else f"<U+{ord(char):04X}>"
        for char in text[:SHOWN]
    )


def names_of(signature: str) -> list[str]:
    """The characters of a signature by number and name, each once: `U+200B ZERO WIDTH SPACE`."""
    return [
        f"U+{ord(char):04X} {unicodedata.name(char, 'unnamed')}"
        for char in dict.fromkeys(signature)
    ]


def _characters(text: str) -> Iterator[Trace]:
    right_to_left = _RIGHT_TO_LEFT.search(text) is not None
    told_of: set[tuple[str, str]] = set()
    for found in _UNSEEN.finditer(text):
        before = text[found.start() - 1] if found.start() else ""
        after = text[found.end() : found.end() + 1]
        run = found.group()
        kind = _kind(run, before, after, right_to_left)
        if kind == "bidi" and not re.search(r"[A-Za-z]", text[found.end() : found.end() + AROUND]):
            continue
        if kind == "syllables" and not _broken_up(text, found.start()):
            continue
        if kind and (kind, run) not in told_of:
            told_of.add((kind, run))
            message = _decoded(run) if kind in ("tags", "variation", "run") else ""
            told = message if _TOLD.search(message) or _orders(message) else ""
            excerpt = _around(text, found.start(), min(found.end(), found.start() + 8))
            if message:
                excerpt += f" reads {escaped(message)!r}"
            yield Trace(kind, run[:16], excerpt, escaped(told))


def _kind(run: str, before: str, after: str, right_to_left: bool) -> str:
    tags = [char for char in run if "\U000e0000" <= char <= "\U000e007f"]
    if tags:
        return "" if before == "\U0001f3f4" and _FLAG.match(run) else "tags"
    chosen = [char for char in run if _is_selector(char)]
    if len(chosen) >= 3:
        return "variation"
    run = "".join(
        char for char in run if not _is_selector(char) and char not in "\u115f\u1160\u3164"
    )
    if not run or (not before and run.strip("\ufeff") == ""):
        return ""
    if any(char in _DIRECTIONS for char in run):
        turned = any(char in _TURNS for char in run) and not right_to_left
        run = run if turned else run.strip(_DIRECTIONS)
        if turned or not run:
            return "bidi" if turned else ""
    if set(run) == {"\u00ad"}:
        return "syllables"
    needed = _needs_help(before) or _needs_help(after)
    if needed and (len(set(run)) == 1 or (set(run) <= set(_JOINERS) and len(run) < 3)):
        return ""
    if (len(run) >= 3 and len(set(run)) >= 2) or len(run) >= 6:
        return "run"
    if re.fullmatch(r"[A-Za-z]{2}", before + after) and not (before.islower() and after.isupper()):
        return "inside"
    return "single"


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _needs_help(char: str) -> bool:
    """Whether a character is an emoji, or of a script that joiners or breaks are made for."""
    return char >= "\u0530" and not ("\u1e00" <= char <= "\u206f")


def _broken_up(text: str, at: int) -> bool:
    """Whether soft hyphens here cut single letters off, as no hyphenation does."""
    near = text[max(at - 6, 0) : at + 7]
    return re.search(r"[A-Za-z]\u00ad[A-Za-z]\u00ad[A-Za-z]", near) is not None


def _decoded(run: str) -> str:
    tags = "".join(chr(ord(c) - 0xE0000) for c in run if "\U000e0020" <= c <= "\U000e007e")
    if tags:
        return tags
    held = bytes(
        ord(char) - 0xFE00 if char <= "\ufe0f" else ord(char) - 0xE0100 + 16
        for char in run
        if _is_selector(char)
    )
    return _printable(held) or _in_bits(run)


def _in_bits(run: str) -> str:
    """A text that two characters without width spell in bits, eight for each letter."""
    signs = [sign for sign, number in Counter(run).most_common(2) if number > 3]
    bits = "".join("01"[signs.index(char)] for char in run if char in signs)
    for turned in ("01", "10") if len(signs) == 2 and len(bits) >= 24 else ():
        plain = bits.translate(str.maketrans("01", turned))
        text = _printable(bytes(int(plain[n : n + 8], 2) for n in range(0, len(plain) - 7, 8)))
        if text.isascii() and text:
            return text
    return ""


def _printable(held: bytes) -> str:
    text = held.decode("utf-8", "replace")
    return text if text.isprintable() and "\ufffd" not in text else ""


def _look_alikes(text: str) -> Iterator[Trace]:
    """Words of Latin letters with a Cyrillic or Greek one drawn alike, in a text without such words."""
    found = []
    for word in _WORD.finditer(text):
        if word.group().isascii():
            continue
        others = [char for char in word.group() if not char.isascii()]
        if len(others) == len(word.group()):
            if not _ALIKE.issuperset(others):
                return
        elif len(word.group()) - len(others) >= 3 and all(char in _ALIKE for char in others):
            found.append((word, "".join(dict.fromkeys(others))))
    for word, letters in found:
        marked = "".join(c if c.isascii() else f"{c}<U+{ord(c):04X}>" for c in word.group())
        yield Trace("look-alike", letters, escaped(marked))


def _around(text: str, start: int, end: int) -> str:
    return escaped(text[max(start - AROUND, 0) : end + AROUND].strip())
