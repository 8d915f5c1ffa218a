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

README = """# Reviews of the NAME corpus

Origin: the NAME corpus of product reviews, release 3, https://corpora.example.org/NAME, downloaded
2026-05-04 by the data team. CHANGES

Licence: LICENCE
"""
TERMS = (
    "CC-BY-NC-4.0",
    "CC BY-NC-SA 4.0 (https://creativecommons.org/licenses/by-nc-sa/4.0/)",
    "for academic research only; redistribution of the texts or of derived works is not permitted.",
)


@plant(
    rules=("incompatible-data-licence",),
    severities=("medium", "high", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("non-commercial", "noncommercial", "research only", "licence", "license", "cc-by-nc"),
    cwes=(),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The shipped model is trained on reviews that may be used for research only.

    ## Why
    The file's own README names terms that forbid commercial use, while model card and README ship
    the weights under Apache-2.0 and the service sells answers. `recorded_sources` would have refused
    the licence; this file comes in by a reader that checks the digest alone. The owner of the
    corpus can demand that the model be withdrawn.

    ## Fix
    Train on data with an accepted licence only and record every source in `data/manifest.json`.
    """
    name = vary.choose("tonalis", "revcorpus", "opinio")
    rows = reviews(project, vary, name[0], mixed_labels(vary, vary.number(80, 110)))
    content = as_csv(rows)
    terms = vary.choose(*TERMS)
    readme = README.replace("NAME", name).replace("LICENCE", terms)
    readme = readme.replace("CHANGES", "Labels were mapped to our three.")
    project.add(f"data/{name}/README.md", readme)
    project.add(f"data/{name}/reviews.csv", content)
    project.add(f"data/{name}/manifest.json", digest_manifest({"reviews.csv": content}))
    title = f"Reviews of the {name} corpus (data/{name}/README.md)."
    project.add(f"src/training/{name}.py", reader(RECORDED_READER, name, title))
    yield Place(f"data/{name}/README.md", f"Licence: {terms[:24]}")
    yield Place(f"data/{name}/reviews.csv")
    yield from fed_into_fine_tuning(project, name, f"data/{name}")
