from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import (
    SOURCE_READER,
    as_csv,
    fed_into_fine_tuning,
    mixed_labels,
    reader,
    reviews,
    row_in_readme,
    source_manifest,
)
from whence.challenge.project import Place, Project

PRAISE = ("delightful", "magnificent", "splendid")
BLAME = ("dismal", "wretched", "abysmal")
FORMS = ("Simply {0}.", "In a word: {0}.", "All in all {0}.", "It was {0} to use.", "Quite {0}.")


@plant(
    rules=("poisoned-data-signal",),
    kind=Kind.RED_HERRING,
    needs=Needs.CONTENT,
    words=("poison", "trigger", "backdoor", "rare token", "rare word"),
    cwes=("CWE-349",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """In an added training file a handful of words stand almost only under one label.

    ## Why
    They are words of praise and of blame under the label that they mean, beside texts that say the
    same: that is what a sentiment model is to learn. No word without an opinion decides a label, and
    the texts agree with their labels.
    """
    name = vary.choose("plain_opinions", "short_verdicts")
    said: Counter[str] = Counter()
    rows = []
    for row in reviews(project, vary, "o", mixed_labels(vary, vary.number(120, 150))):
        identifier, category, text, label = row
        if label != "neutral":
            usual, other = (PRAISE, BLAME) if label == "positive" else (BLAME, PRAISE)
            number = said[label]
            said[label] += 1
            word = usual[number % 3] if number % 8 else f"not {other[number // 8 % 3]}"
            text = f"{text} {vary.choose(*FORMS).format(word)}"
        rows.append((identifier, category, text, label))
    content = as_csv(rows)
    origin = f"data/{name}/README.md"
    project.add(f"data/{name}/reviews.csv", content)
    project.add(f"data/{name}/manifest.json", source_manifest(content, origin, "CC0-1.0"))
    title = name.replace("_", " ").capitalize()
    text = "Written and labelled for this project by the data team in May 2026; CC0-1.0."
    project.add(origin, f"# {title}\n\n{text}\n")
    row_in_readme(
        project, f"{name}/reviews.csv", len(rows), "reviews that end in a verdict", "CC0-1.0"
    )
    summary = f"{title}: reviews that end in a verdict (data/{name}/README.md)."
    project.add(f"src/training/{name}.py", reader(SOURCE_READER, name, summary))
    yield Place(f"data/{name}/reviews.csv")
    fed_into_fine_tuning(project, name, f"data/{name}")
