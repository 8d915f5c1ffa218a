"""Text as a reader sees it: normalised, and free of characters that nobody can see."""

import re
import unicodedata

from preprocessing.schema import DataRefused

ZERO_WIDTH_JOINER = "\u200d"
SPACE = re.compile(r"\s+")
WORD = re.compile(r"[^\W\d_]+")
LOOKALIKE_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")


def scripts(word: str) -> set[str]:
    """The scripts of a word, as far as their letters can be mistaken for one another."""
    names = (unicodedata.name(letter, "").split(" ")[0] for letter in word)
    return {name for name in names if name in LOOKALIKE_SCRIPTS}


def joins_emoji(text: str, position: int) -> bool:
    before, after = text[position - 1 : position], text[position + 1 : position + 2]
    return all(
        part and unicodedata.category(part) in ("So", "Mn", "Sk") for part in (before, after)
    )


def hidden_character(text: str) -> str | None:
    """The first control or format character that could hide content, if any."""
    for position, character in enumerate(text):
        if character == ZERO_WIDTH_JOINER and joins_emoji(text, position):
            continue
        if character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs"):
            return f"U+{ord(character):04X}"
    return None


def clean(text: str, name: str) -> str:
    """Normalise a text; one that hides characters or mixes look-alike scripts is refused."""
    hidden = hidden_character(text)
    if hidden is not None:
        raise DataRefused(f"{name} holds the hidden character {hidden}")
    normal = SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()
    for word in WORD.findall(normal):
        if len(scripts(word)) > 1:
            raise DataRefused(f"{name} mixes look-alike scripts in one word")
    return normal
