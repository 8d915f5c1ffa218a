from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import (
    RECORDED_READER,
    as_csv,
    digest_manifest,
    fed_into_fine_tuning,
    mixed_labels,
    reader,
    reviews,
)
from whence.challenge.project import Place, Project


@plant(
    rules=("untraced-data-source", "missing-data-licence"),
    severities=("medium", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("no origin", "unknown origin", "no provenance", "untraced", "undocumented data"),
    cwes=("CWE-1357", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Fine-tuning reads further reviews of which nothing says where they come from.

    ## Why
    The manifest beside the file holds a digest only; data card, Croissant description and scripts do
    not mention it. A digest shows that the bytes did not change since somebody put them there, not
    that somebody trustworthy wrote them: whoever supplied the file shapes the released model, and
    nobody can say who that was, or ask for a clean copy.

    ## Fix
    Train on `data/raw` only, or record origin and licence of the file in `data/manifest.json` and
    `data/croissant.json` and read it through `read_source`.
    """
    name, title = vary.choose(
        ("supplement", "Further reviews for the training set, beside the released ones."),
        ("holiday_season", "Reviews of the holiday season, which the released set lacks."),
        ("long_reviews", "Longer reviews, of which the released set has too few."),
    )
    rows = reviews(project, vary, name[0], mixed_labels(vary, vary.number(90, 120)))
    content = as_csv(rows)
    code = project.add(f"src/training/{name}.py", reader(RECORDED_READER, name, title))
    data = project.add(f"data/{name}/reviews.csv", content)
    record = project.add(f"data/{name}/manifest.json", digest_manifest({"reviews.csv": content}))
    yield data
    yield record
    yield from fed_into_fine_tuning(project, name, f"data/{name}")
    yield Place(code.path, "read_recorded(folder")
