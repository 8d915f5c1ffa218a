"""Ways in which a name can be one slip from another: of the hand, of the eye, of the memory.

Each function proposes the names that someone may have meant, with the kind of slip; whether a
proposal exists and is worth protecting is for the caller. Proposing costs time in the length of
the name only, not in the number of protected names.
"""

import unicodedata
from collections import Counter
from collections.abc import Container, Iterator
from enum import StrEnum
from itertools import permutations

LONGEST = 64
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"
_VOWELS = frozenset("aeiouy")
_ROWS = (("1234567890-", 0.0), ("qwertyuiop", 0.5), ("asdfghjkl", 0.75), ("zxcvbnm", 1.25))
_KEYS = {
    key: (row, column + offset)
    for row, (keys, offset) in enumerate(_ROWS)
    for column, key in enumerate(keys)
}
_LOOKALIKE_LETTERS = {("0", "o"), ("1", "l"), ("1", "i"), ("l", "i"), ("5", "s"), ("3", "e")}
_LOOKALIKE_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"))
_FOREIGN = str.maketrans(
    "авеёзіїјкмнорстухһүԁԍԛԝѕьгпиαβεικνορτυχωıłøđħⅼ∂",
    "abee3iijkmhopctyxhydgqwsbrnuabeikvoptuxwilodhld",
)


class Slip(StrEnum):
    """What turned the meant name into the written one."""

    TRANSPOSED = "two neighbouring letters swapped"
    DOUBLED = "a letter doubled or undoubled"
    LOOKALIKE = "a character that looks like another"
    MISSING = "a letter left out"
    EXTRA = "a letter added"
    NEIGHBOUR_KEY = "a neighbouring key hit"
    VOWEL = "a vowel exchanged"
    LETTER = "a letter exchanged"
    CLIPPED = "the first or last letter left out"
    EDGE = "the first or last letter changed"
    DIGIT = "a digit changed"
    SEPARATOR = "a separator moved, added or left out"
    SWAPPED_WORDS = "the words swapped"
    AFFIX = "a usual affix added"
    COMBINED = "two popular names joined"
    GARBLED = "two slips in a long name"
    IMPORT_NAME = "the import name instead of the distribution's"


def edits(name: str, known: Container[str]) -> Iterator[tuple[str, Slip]]:
    """Known names at one insertion, deletion, substitution or transposition.

    A letter in front, or another first letter, is a slip only where a neighbouring key was hit:
    any other makes a name on purpose (`grequests`, `ctransformers`).
    """
    for i, letter in enumerate(name):
        head, tail, following = name[:i], name[i + 1 :], name[i + 1 : i + 2]
        if letter != following:
            if head + tail in known and _may_be_added(name, i):
                yield head + tail, _added(name, i)
            swapped = head + following + letter + tail[1:]
            if following and swapped in known:
                moved = "-" in letter + following
                yield swapped, Slip.SEPARATOR if moved else Slip.TRANSPOSED
        yield from _exchanges(name, i, known)
    for i in range(len(name) + 1):
        head, tail = name[:i], name[i:]
        for meant in _LETTERS:
            if head + meant + tail in known:
                yield head + meant + tail, _left_out(name, i, meant)


def _exchanges(name: str, i: int, known: Container[str]) -> Iterator[tuple[str, Slip]]:
    for meant in _LETTERS:
        target = name[:i] + meant + name[i + 1 :]
        if meant != name[i] and target in known:
            slip = _exchanged(name, i, meant)
            if slip is Slip.DIGIT and name[i].isalpha() and not _adjacent(name[i], meant):
                continue  # no hand that means `3` writes `k`
            if i or slip is not Slip.EDGE or _adjacent(name[i], meant):
                yield target, slip


def _may_be_added(name: str, i: int) -> bool:
    """Whether a letter came in by a slip: a number behind a name is its next generation."""
    if i == len(name) - 1 and name[i].isdigit():
        return name[i - 1] == name[i]
    return i > 0 or not name[0].isalpha() or _adjacent(name[0], name[1])


def _added(name: str, i: int) -> Slip:
    letter = name[i]
    if i and name[i - 1] == letter:
        return Slip.DOUBLED
    if letter.isdigit():
        return Slip.DIGIT
    if letter == "-":
        return Slip.SEPARATOR
    return Slip.EDGE if i in {0, len(name) - 1} else Slip.EXTRA


def _exchanged(name: str, i: int, meant: str) -> Slip:
    written = name[i]
    if {(written, meant), (meant, written)} & _LOOKALIKE_LETTERS:
        return Slip.LOOKALIKE
    if written.isdigit() or meant.isdigit():
        return Slip.DIGIT
    if "-" in written + meant:
        return Slip.SEPARATOR
    if i in {0, len(name) - 1}:
        return Slip.EDGE
    if written in _VOWELS and meant in _VOWELS:
        return Slip.VOWEL
    return Slip.NEIGHBOUR_KEY if _adjacent(written, meant) else Slip.LETTER


def _left_out(name: str, i: int, meant: str) -> Slip:
    if meant in {name[i - 1 : i], name[i : i + 1]}:
        return Slip.DOUBLED
    if meant.isdigit():
        return Slip.DIGIT
    if meant == "-":
        return Slip.SEPARATOR
    return Slip.CLIPPED if i in {0, len(name)} else Slip.MISSING


def _adjacent(one: str, other: str) -> bool:
    if one not in _KEYS or other not in _KEYS:
        return False
    (row, column), (other_row, other_column) = _KEYS[one], _KEYS[other]
    return abs(row - other_row) <= 1 and abs(column - other_column) <= 1


def unmasked(name: str) -> Iterator[str]:
    """What a reader takes the name for: foreign letters and letter pairs read as plain ones."""
    plain = unicodedata.normalize("NFKD", name.lower()).translate(_FOREIGN)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if plain != name:
        yield plain
    for pair, letter in (*_LOOKALIKE_PAIRS, ("0", "o"), ("1", "l"), ("1", "i"), ("vv", "w")):
        if pair in plain:
            yield plain.replace(pair, letter)


def without_separators(name: str) -> str:
    """The name run together, by which names that differ in separators alone are equal."""
    return name.replace("-", "")


def reordered(name: str) -> Iterator[str]:
    """The words of the name in every other order; at most four words."""
    words = name.split("-")
    if 2 <= len(words) <= 4:
        for order in permutations(words):
            if (other := "-".join(order)) != name:
                yield other


_PREFIXES = (
    "python-",
    "python3-",
    "py-",
    "pip-",
    "install-",
    "lib-",
    "lib",
    "the-",
    "my-",
    "req-",
    "new-",
    "good-",
    "best-",
    "real-",
    "official-",
    "fixed-",
    "original-",
)
_SUFFIXES = (
    *("-python", "-python3", "-py", "-py3", "-pip", "-install", "-installer", "-setup"),
    *("-upgrade", "-update", "-updated", "-new", "-latest", "-fix", "-fixed", "-patch", "-patched"),
    *("-official", "-original", "-real", "-secure", "-safe", "-pro", "-v2", "-v3"),
    *(
        "-beta",
        "-req",
        "-lib",
        "-libs",
        "-library",
        "libs",
        "libary",
        "library",
        "-dev",
        "-package",
        "-pkg",
    ),
)


def without_affix(name: str) -> Iterator[str]:
    """The name without one affix that says nothing of what the package would do."""
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            yield name[len(prefix) :]
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            yield name[: -len(suffix)]


def halves(name: str) -> Iterator[tuple[str, str]]:
    """The name cut in two at each of its separators."""
    for i, letter in enumerate(name):
        if letter == "-":
            yield name[:i], name[i + 1 :]


def two_edits_apart(name: str, target: str) -> bool:
    """Whether exactly two insertions, deletions, substitutions or transpositions lie between."""
    if abs(len(name) - len(target)) > 2:
        return False
    left, right = Counter(name), Counter(target)
    if max((left - right).total(), (right - left).total()) > 2:
        return False
    return _distance(name, target) == 2


def _distance(name: str, target: str) -> int:
    """Optimal string alignment distance."""
    above: list[int] = []
    row = list(range(len(target) + 1))
    for i, letter in enumerate(name, 1):
        two_above, above, row = above, row, [i]
        for j, meant in enumerate(target, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != meant))
            if i > 1 and j > 1 and letter == target[j - 2] and name[i - 2] == meant:
                cost = min(cost, two_above[j - 2] + 1)
            row.append(cost)
    return row[-1]
