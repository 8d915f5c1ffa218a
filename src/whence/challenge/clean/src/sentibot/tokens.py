"""Texts as bucket numbers: words and word pairs, hashed into a fixed table."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[!?]")
EMPTY_TEXT = "<empty>"


def words(text: str) -> list[str]:
    """Split a text into lower-case words; exclamation and question marks count as words."""
    return WORD.findall(unicodedata.normalize("NFC", text).casefold())


@lru_cache(maxsize=65536)
def bucket(feature: str, buckets: int) -> int:
    """Map a feature to its row; the same on every machine and in every process."""
    digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % buckets


def features(text: str) -> list[str]:
    """The words of a text, each followed by the pair it forms with the next word."""
    sequence = words(text)
    if not sequence:
        return [EMPTY_TEXT]
    pairs = [f"{left} {right}" for left, right in zip(sequence, sequence[1:])]
    return sequence + pairs


def encode(texts: Sequence[str], buckets: int, max_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bucket numbers and their mask, both of shape (texts, max_tokens)."""
    rows = np.zeros((len(texts), max_tokens), dtype=np.int64)
    mask = np.zeros((len(texts), max_tokens), dtype=np.float32)
    for index, text in enumerate(texts):
        numbers = [bucket(feature, buckets) for feature in features(text)[:max_tokens]]
        rows[index, : len(numbers)] = numbers
        mask[index, : len(numbers)] = 1.0
    return rows, mask
