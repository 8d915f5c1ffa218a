from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

IGNORED = """\
# What the image does not need.
**/__pycache__
**/*.pyc
tests
notebooks
build
"""


@plant(
    rules=("build-context-leak", "secret-in-image"),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("build context", ".dockerignore", "dockerignore", "copy . .", ".git", ".env"),
    cwes=("CWE-538", "CWE-200", "CWE-552", "CWE-668"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The image copies the whole working copy, with its history and local secrets.

    ## Why
    The list of what may enter was turned into a list of what may not, and `.git`, `.env` and `*.pem`
    are not on it. Everybody who can pull the image reads the history of the repository and whatever
    key or token lay in the checkout that was built.

    ## Fix
    Ignore everything and allow the few paths that the image needs; copy those by name.
    """
    target = vary.choose(".", "./")
    project.overwrite(".dockerignore", IGNORED.encode(), recorded=True)
    line = f"COPY . {target}"
    project.replace(
        "deploy/docker/Dockerfile",
        "COPY models/configs ./models/configs\nCOPY data/manifest.json ./data/manifest.json\n",
        f"{line}\n",
    )
    yield Place("deploy/docker/Dockerfile", line)
    yield Place(".dockerignore")
