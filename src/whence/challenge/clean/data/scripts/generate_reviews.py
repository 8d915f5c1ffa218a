"""Make the raw review files: synthetic, seeded, the same bytes on every machine.

    python data/scripts/generate_reviews.py --output data

The reviews describe invented experiences; no person wrote or is described in them.
"""

import argparse
import csv
import io
import random
from pathlib import Path

import review_phrases as phrases

from sentibot.digests import sha256, to_json
from sentibot.files import write_atomically

SEED = 20260407
LABELLED = {"positive": 370, "neutral": 300, "negative": 350}
UNLABELLED = 480
ORIGIN = "data/scripts/generate_reviews.py"
LICENCE = "CC0-1.0"
VERSION = "2026.04"


def pick(rng: random.Random, options: tuple[str, ...]) -> str:
    return options[rng.randrange(len(options))]


def pick_two(rng: random.Random, options: tuple[str, ...]) -> tuple[str, str]:
    first = rng.randrange(len(options))
    second = (first + 1 + rng.randrange(len(options) - 1)) % len(options)
    return options[first], options[second]


def opening(rng: random.Random) -> str:
    who = pick(rng, phrases.WHO)
    return pick(rng, phrases.OPENINGS).format(
        who=who,
        who_start=who,
        when=pick(rng, phrases.WHEN),
        when_noun=pick(rng, phrases.WHEN_NOUN),
    )


def statement(rng: random.Random, aspect: str, label: str) -> str:
    """One opinion on one aspect; now and then it is a negated opposite."""
    words = {
        "positive": phrases.POSITIVE,
        "neutral": phrases.MIDDLING,
        "negative": phrases.NEGATIVE,
    }
    opposite = {"positive": "negative", "negative": "positive"}
    if label in opposite and rng.random() < 0.13:
        template, pool = phrases.NEGATIONS, words[opposite[label]]
    else:
        template, pool = phrases.STATEMENTS, words[label]
    return pick(rng, template).format(aspect=aspect, word=pick(rng, pool))


def contrast(rng: random.Random, first: str, second: str) -> str:
    return pick(rng, phrases.CONTRASTS).format(
        first=first,
        second=second,
        good=pick(rng, phrases.POSITIVE),
        bad=pick(rng, phrases.NEGATIVE),
    )


def opinions(rng: random.Random, aspects: tuple[str, ...], label: str) -> list[str]:
    """The judging sentences of a review; real reviews are seldom of one mind."""
    first, second = pick_two(rng, aspects)
    if label == "neutral":
        if rng.random() < 0.35:
            return [contrast(rng, first, second)]
        return [statement(rng, first, "neutral"), statement(rng, second, "neutral")]
    sentences = [statement(rng, first, label), statement(rng, second, label)]
    if rng.random() < 0.18:
        other = {"positive": "negative", "negative": "positive"}[label]
        aside = other if rng.random() < 0.5 else "neutral"
        remark = statement(rng, pick(rng, aspects), aside)
        kept = remark if remark.startswith("I ") else remark[0].lower() + remark[1:]
        sentences.append("Only " + kept)
    elif rng.random() < 0.18:
        sentences.append(contrast(rng, *pick_two(rng, aspects)))
    return sentences


def review(rng: random.Random, label: str) -> tuple[str, str]:
    """Return the category and the text of one review."""
    category = pick(rng, tuple(phrases.ASPECTS))
    sentences = opinions(rng, phrases.ASPECTS[category], label)
    if rng.random() < 0.8:
        sentences.insert(0, opening(rng))
    for _ in range(1 + rng.randrange(2)):
        sentences.insert(rng.randrange(len(sentences) + 1), pick(rng, phrases.FILLERS))
    if rng.random() < 0.6:
        tone = label if rng.random() < 0.62 else pick(rng, tuple(phrases.CLOSINGS))
        sentences.append(pick(rng, phrases.CLOSINGS[tone]))
    return category, " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)


def distinct_reviews(rng: random.Random, labels: list[str]) -> list[tuple[str, str, str]]:
    seen: set[str] = set()
    rows = []
    for label in labels:
        category, text = review(rng, label)
        while text.casefold() in seen:
            category, text = review(rng, label)
        seen.add(text.casefold())
        rows.append((category, text, label))
    return rows


def shuffled(rng: random.Random, items: list[str]) -> list[str]:
    keyed = sorted((rng.random(), index) for index in range(len(items)))
    return [items[index] for _, index in keyed]


def to_csv(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode()


def generate() -> dict[str, bytes]:
    """Return the content of every raw file by name."""
    rng = random.Random(SEED)
    wanted = [label for label, count in LABELLED.items() for _ in range(count)]
    wanted = shuffled(rng, wanted)
    unlabelled = [pick(rng, tuple(LABELLED)) for _ in range(UNLABELLED)]
    rows = distinct_reviews(rng, wanted + unlabelled)
    labelled = [
        (f"r{number:05d}", category, text, label)
        for number, (category, text, label) in enumerate(rows[: len(wanted)], start=1)
    ]
    plain = [
        (f"u{number:05d}", category, text)
        for number, (category, text, _) in enumerate(rows[len(wanted) :], start=1)
    ]
    return {
        "reviews.csv": to_csv(("review_id", "category", "text", "label"), labelled),
        "unlabelled.csv": to_csv(("review_id", "category", "text"), plain),
    }


def manifest(files: dict[str, bytes]) -> bytes:
    """Record where every raw file comes from, its licence and its digest."""
    return to_json(
        {
            "version": VERSION,
            "sources": [
                {
                    "path": f"data/raw/{name}",
                    "sha256": sha256(content),
                    "bytes": len(content),
                    "origin": ORIGIN,
                    "licence": LICENCE,
                    "personal_data": False,
                }
                for name, content in sorted(files.items())
            ],
        }
    )


def croissant(files: dict[str, bytes]) -> bytes:
    """Describe the raw files in the Croissant vocabulary."""
    return to_json(
        {
            "@context": {
                "@vocab": "https://schema.org/",
                "cr": "http://mlcommons.org/croissant/",
                "dct": "http://purl.org/dc/terms/",
            },
            "@type": "Dataset",
            "dct:conformsTo": "http://mlcommons.org/croissant/1.0",
            "name": "sentibot-reviews",
            "version": VERSION,
            "description": "Synthetic English product reviews with sentiment labels.",
            "license": "https://creativecommons.org/publicdomain/zero/1.0/",
            "distribution": [
                {
                    "@type": "cr:FileObject",
                    "@id": name,
                    "name": name,
                    "contentUrl": f"raw/{name}",
                    "encodingFormat": "text/csv",
                    "sha256": sha256(content),
                }
                for name, content in sorted(files.items())
            ],
        }
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="generate_reviews")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    files = generate()
    for name, content in files.items():
        write_atomically(options.output / "raw" / name, content)
        print(sha256(content), name)
    write_atomically(options.output / "manifest.json", manifest(files))
    write_atomically(options.output / "croissant.json", croissant(files))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
