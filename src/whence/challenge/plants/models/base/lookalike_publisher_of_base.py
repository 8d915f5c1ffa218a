from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

PATH = "models/configs/hub-base.yaml"
OWNER = "sentence-transformers/"


@plant(
    rules=("untrusted-model-publisher",),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.OUTSIDE,
    words=(
        "look-alike",
        "lookalike",
        "typosquat",
        "impersonat",
        "publisher",
        "re-upload",
        "reupload",
    ),
    cwes=("CWE-1357", "CWE-349"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The hub model for the base checkpoint is taken from an account that only looks like its maker's.

    ## Why
    all-MiniLM-L6-v2 is published by `sentence-transformers`; the configuration names another account,
    one slip away, with a commit and digests of its own. All checks hold, and they hold for the
    weights of a stranger: the review vouched for a name that it read wrongly.

    ## Fix
    Name `sentence-transformers/all-MiniLM-L6-v2` with its own commit and digests.
    """
    owner = vary.choose("sentence-transformer/", "sentence-tranformers/", "sentencetransformers/")
    text = project.text(PATH)
    lines = {line.split(":")[0].strip(): line for line in text.splitlines() if ":" in line}
    for key in ("revision", "model.safetensors"):
        old = lines[key].split(": ")[1]
        new = "".join(vary.choose(*"0123456789abcdef") for _ in range(len(old)))
        project.replace(PATH, old, new)
    place = project.replace(PATH, f"repository: {OWNER}", f"repository: {owner}")
    project.replace(
        "models/base/README.md", f"`{OWNER}all-MiniLM-L6-v2`", f"`{owner}all-MiniLM-L6-v2`"
    )
    yield Place(PATH, place.text)
    yield Place("models/base/README.md", f"`{owner}all-MiniLM-L6-v2`")
