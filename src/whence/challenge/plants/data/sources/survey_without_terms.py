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

README = """# NAME

EVENT. The agency delivered COUNT answers on 2026-05-11; ids were replaced by running numbers, and two
of us read all texts and corrected 14 labels.
"""


@plant(
    rules=("missing-data-licence",),
    severities=("low", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.SEVERAL_FILES,
    words=("no licence", "no license", "licence missing", "license missing", "unlicensed"),
    cwes=(),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Texts that others wrote are in the repository and in the model, and no licence is recorded.

    ## Why
    The README says who collected the answers, not on what terms they may be kept, trained on or
    shipped; without terms the authors keep all rights. All other sources carry a licence that
    `recorded_sources` enforces, and this one comes in by a reader that does not ask.

    ## Fix
    Agree terms, record them in `data/manifest.json` and read the file through `read_source`.
    """
    name, event = vary.choose(
        ("panel_survey", "Answers to the panel survey of spring 2026"),
        ("fair_survey", "Answers that visitors of our stand at the spring fair wrote"),
    )
    rows = reviews(project, vary, "s", mixed_labels(vary, vary.number(80, 100)))
    content = as_csv(rows)
    title = name.replace("_", " ").capitalize()
    readme = README.replace("NAME", title).replace("EVENT", event)
    project.add(f"data/{name}/README.md", readme.replace("COUNT", str(len(rows))))
    project.add(f"data/{name}/reviews.csv", content)
    project.add(f"data/{name}/manifest.json", digest_manifest({"reviews.csv": content}))
    summary = f"{title}: texts and labels as delivered (data/{name}/README.md)."
    project.add(f"src/training/{name}.py", reader(RECORDED_READER, name, summary))
    yield Place(f"data/{name}/reviews.csv")
    yield Place(f"data/{name}/README.md")
    yield from fed_into_fine_tuning(project, name, f"data/{name}")
