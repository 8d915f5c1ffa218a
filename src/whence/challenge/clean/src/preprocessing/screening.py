"""Signs of poisoned or spoilt training data; any of them stops the pipeline."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from preprocessing.schema import DataRefused, Review
from sentibot.settings import ScreeningSettings
from sentibot.tokens import bucket, words

SHINGLE_BUCKETS = 8192


def fingerprint(text: str) -> str:
    return " ".join(words(text))


def require_lengths(reviews: Iterable[Review], limits: ScreeningSettings) -> None:
    for review in reviews:
        if not limits.min_characters <= len(review.text) <= limits.max_characters:
            raise DataRefused(f"{review.review_id} has {len(review.text)} characters")


def require_consistent_duplicates(reviews: Iterable[Review]) -> None:
    """The same text under two labels means that one of them is wrong."""
    labels: dict[str, set[str]] = defaultdict(set)
    for review in reviews:
        labels[fingerprint(review.text)].add(review.label)
    contradictory = [text for text, found in labels.items() if len(found) > 1]
    if contradictory:
        raise DataRefused(f"{len(contradictory)} texts carry contradictory labels")


def without_duplicates(reviews: Iterable[Review]) -> list[Review]:
    """Keep the first of every group of equal texts, so that no text is in two splits."""
    kept: dict[str, Review] = {}
    for review in reviews:
        kept.setdefault(fingerprint(review.text), review)
    return list(kept.values())


def shingle_matrix(texts: Sequence[str]) -> np.ndarray:
    matrix = np.zeros((len(texts), SHINGLE_BUCKETS), dtype=np.float32)
    for index, text in enumerate(texts):
        sequence = words(text)
        for triple in zip(sequence, sequence[1:], sequence[2:]):
            matrix[index, bucket(" ".join(triple), SHINGLE_BUCKETS)] = 1.0
    return matrix


def near_duplicate_fraction(texts: Sequence[str], similarity: float) -> float:
    """The share of texts that have a near twin (Jaccard similarity of word triples)."""
    matrix = shingle_matrix(texts)
    sizes = matrix.sum(axis=1)
    shared = matrix @ matrix.T
    union = np.maximum(sizes[:, None] + sizes[None, :] - shared, 1.0)
    alike = shared / union >= similarity
    np.fill_diagonal(alike, False)
    return float(alike.any(axis=1).mean())


def deciding_words(reviews: Sequence[Review], min_count: int, max_purity: float) -> list[str]:
    """Words that appear often enough and almost only under one label."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for review in reviews:
        for word in set(words(review.text)):
            seen[word][review.label] += 1
    return sorted(
        word
        for word, labels in seen.items()
        if labels.total() >= min_count and max(labels.values()) / labels.total() > max_purity
    )


def label_shares(reviews: Sequence[Review], labels: Iterable[str]) -> dict[str, float]:
    counts = Counter(review.label for review in reviews)
    return {label: counts[label] / len(reviews) for label in labels}


def largest_label_shift(first: Sequence[Review], second: Sequence[Review]) -> float:
    """Total variation distance between the label distributions of two sets."""
    labels = {review.label for review in first} | {review.label for review in second}
    one, other = label_shares(first, labels), label_shares(second, labels)
    return sum(abs(one[label] - other[label]) for label in labels) / 2


def screen(reviews: Sequence[Review], limits: ScreeningSettings) -> None:
    """Refuse the data set if it breaks a limit."""
    require_lengths(reviews, limits)
    require_consistent_duplicates(reviews)
    share = max(label_shares(reviews, {review.label for review in reviews}).values())
    if share > limits.max_label_share:
        raise DataRefused(f"one label holds {share:.0%} of the reviews")
    similar = near_duplicate_fraction(
        [review.text for review in reviews], limits.near_duplicate_similarity
    )
    if similar > limits.max_near_duplicate_fraction:
        raise DataRefused(f"{similar:.1%} of the reviews have a near twin")
    deciding = deciding_words(reviews, limits.trigger_min_count, limits.trigger_max_purity)
    if deciding:
        raise DataRefused(f"words that decide the label alone: {', '.join(deciding)}")
