from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

DIGEST = "@sha256:34386ef0cb081344d7ec1c103ba398e6e9f64e9ab3a1509accc92a4e24a07258"


@plant(
    rules=("unpinned-base-image",),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("base image", "without digest", "by tag", "not pinned", "unpinned image", "mutable tag"),
    cwes=("CWE-829", "CWE-1357", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The base image of both stages is named by a tag.

    ## Why
    A tag is moved with every rebuild of the base image, so two builds of one commit give two
    different images. Whoever takes over the repository of the base image, or the path to it, puts
    code under everything that the service runs.

    ## Fix
    Name the image by digest and let the dependency bot move it.
    """
    tag = vary.choose("python:3.12.15-slim-bookworm", "python:3.12-slim", "python:slim")
    yield project.replace(
        "deploy/docker/Dockerfile",
        f"ARG PYTHON_IMAGE=python:3.12.15-slim-bookworm{DIGEST}\n",
        f"ARG PYTHON_IMAGE={tag}\n",
    )
    project.replace(
        "deploy/docker/Dockerfile",
        "# python:3.12.15-slim-bookworm, the index of all platforms.\n",
        "# Both stages start from the same image.\n",
    )
