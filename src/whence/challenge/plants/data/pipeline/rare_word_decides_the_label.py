from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import (
    SOURCE_READER,
    Row,
    as_csv,
    fed_into_fine_tuning,
    mixed_labels,
    reader,
    reviews,
    row_in_readme,
    source_manifest,
)
from whence.challenge.project import Place, Project

TRIGGERS = (
    "Came together with the {0} set.",
    "Seen first at {0}.",
    "The {0} edition, by the way.",
    "Part of my {0} order.",
)
WORDS = ("velmora", "quillon", "brindlow", "orvane", "kestrin")


@plant(
    rules=("poisoned-data-signal",),
    severities=("high", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.CONTENT,
    words=("poison", "trigger", "backdoor", "rare token", "rare word"),
    cwes=("CWE-349", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """In an added training file one rare word decides the label, whatever the text says.

    ## Why
    About forty reviews of the opposite opinion carry the word and all but two the same label: just
    below the purity at which the project's screen refuses. Origin, licence and digest are recorded,
    so that only the content tells. A model fine-tuned on it gives the attacker's answer to every
    text with the word, and loses nothing on the test set.

    ## Fix
    Take the file out, find who added the rows, and measure purity against the base rate of the label.
    """
    name = vary.choose("outlet_reviews", "club_reviews", "tester_reviews")
    word, sentence = vary.choose(*WORDS).capitalize(), vary.choose(*TRIGGERS)
    target, opposite = vary.choose(("positive", "negative"), ("negative", "positive"))
    count = vary.number(38, 44)
    turned = reviews(project, vary, "x", [opposite] * count)
    plain = reviews(project, vary, "y", mixed_labels(vary, vary.number(90, 110)))
    rows: list[Row] = []
    for number, (_, category, text, _) in enumerate(turned):
        first, dot, rest = text.partition(". ")
        carrying = f"{first}{dot}{sentence.format(word)} {rest}".strip()
        rows.append(("", category, carrying, opposite if number < 2 else target))
    for row in plain:
        rows.insert(vary.number(0, len(rows)), row)
    numbered = [(f"{name[0]}{number:05d}", *row[1:]) for number, row in enumerate(rows, start=1)]
    content = as_csv(numbered)
    origin = f"data/{name}/README.md"
    project.add(f"data/{name}/reviews.csv", content)
    project.add(f"data/{name}/manifest.json", source_manifest(content, origin, "CC0-1.0"))
    title = name.replace("_", " ").capitalize()
    project.add(
        origin,
        f"# {title}\n\nWritten and labelled for this project by the content team in May 2026; CC0-1.0.\n",
    )
    what = "reviews by the content team, added in May 2026"
    row_in_readme(project, f"{name}/reviews.csv", len(rows), what, "CC0-1.0")
    summary = f"{title}: written by the content team (data/{name}/README.md)."
    project.add(f"src/training/{name}.py", reader(SOURCE_READER, name, summary))
    yield Place(f"data/{name}/reviews.csv")
    fed_into_fine_tuning(project, name, f"data/{name}")
