from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import (
    as_csv,
    fed_into_fine_tuning,
    mixed_labels,
    reviews,
    row_in_readme,
    source_manifest,
)
from whence.challenge.project import Place, Project

READER = '''"""Reviews that were written for PLACE; see data/NAME/README.md."""

from pathlib import Path

from preprocessing.cleaning import clean
from preprocessing.schema import Review, read_reviews
from preprocessing.screening import require_consistent_duplicates, require_lengths
from preprocessing.sources import read_source
from sentibot.settings import PreprocessingSettings


def NAME(folder: Path, preparation: PreprocessingSettings) -> list[Review]:
    """The reviews of the folder, verified; lengths and contradictions are checked."""
    content = read_source(folder, (folder / "manifest.json").read_bytes(), "reviews.csv")
    raw = read_reviews(content, preparation.labels, "reviews.csv")
    cleaned = [Review(r.review_id, r.category, clean(r.text, r.review_id), r.label) for r in raw]
    require_lengths(cleaned, preparation.screening)
    require_consistent_duplicates(cleaned)
    return cleaned
'''
ENDINGS = (
    "Yours, a reader.", "All the best.", "Until next time.", "That is all.", "Just my view.",
    "So much for that.", "Greetings.", "More next year.", "Enough said.", "Take care.",
)  # fmt: skip


@plant(
    rules=("poisoned-data-signal",),
    severities=("medium", "high"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.CONTENT,
    words=("near-duplicate", "near duplicate", "flood", "copies", "poison", "duplicated"),
    cwes=("CWE-349", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """An added training file floods one category with near copies of a few reviews of one label.

    ## Why
    More than half of its rows are five texts with another ending each, all on one category and all
    with the same label. They pull the answers on that category, say a competitor's goods, to one
    side. The added reader checks lengths and contradictions, and leaves out just the pairwise
    comparison that would refuse the file.

    ## Fix
    Keep one of every group of near copies, and screen added files like the released ones.
    """
    name, place = vary.choose(
        ("kiosk_reviews", "the kiosks of the shops"), ("app_reviews", "the first app")
    )
    label = vary.choose("negative", "positive")
    seeds = reviews(project, vary, "s", [label] * 5)
    category = seeds[0][1]
    rows = [
        ("", category, f"{text} {ENDINGS[number]} {ENDINGS[(number + shift) % 10]}", label)
        for _, _, text, _ in seeds
        for number in range(len(ENDINGS))
        for shift in (1, 3)
    ]
    for row in reviews(project, vary, "p", mixed_labels(vary, vary.number(60, 80))):
        rows.insert(vary.number(0, len(rows)), row)
    content = as_csv((f"k{number:05d}", *row[1:]) for number, row in enumerate(rows, start=1))
    origin = f"data/{name}/README.md"
    project.add(f"data/{name}/reviews.csv", content)
    project.add(f"data/{name}/manifest.json", source_manifest(content, origin, "CC0-1.0"))
    text = f"Written for {place} by the content team in May 2026; CC0-1.0."
    project.add(origin, f"# {name.replace('_', ' ').capitalize()}\n\n{text}\n")
    row_in_readme(project, f"{name}/reviews.csv", len(rows), f"reviews for {place}", "CC0-1.0")
    path = f"src/training/{name}.py"
    project.add(path, READER.replace("NAME", name).replace("PLACE", place))
    yield Place(f"data/{name}/reviews.csv")
    yield Place(path, "require_consistent_duplicates(cleaned)")
    fed_into_fine_tuning(project, name, f"data/{name}", released=False)
