from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project

WORKFLOW = "deploy/ci/release.yml"


@plant(
    rules=("unpinned-base-image",),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("base image", "build-arg", "build arg", "overrid", "without digest", "not pinned"),
    cwes=("CWE-829", "CWE-1357", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The release workflow replaces the pinned base image by a tag.

    ## Why
    The Dockerfile shows a digest, but it is only the default of a build argument, and the workflow
    that builds what is deployed passes another value. What reaches production stands on whatever
    the tag means that day, while every local build and review looks at the digest.

    ## Fix
    Drop the build argument from the workflow.
    """
    if "build-args:" in project.text(WORKFLOW):
        raise Conflict("the build has arguments already")
    image = vary.choose("python:3.12-slim-bookworm", "python:3.12-slim")
    anchor = "          push: true\n          provenance: mode=max\n"
    if vary.choose(True, False):
        project.replace(
            WORKFLOW, anchor, f"          build-args: |\n            PYTHON_IMAGE={image}\n{anchor}"
        )
        yield Place(WORKFLOW, f"PYTHON_IMAGE={image}")
    else:
        project.replace(
            WORKFLOW, "  REGION: eu-west-1\n", f"  REGION: eu-west-1\n  BASE: {image}\n"
        )
        line = "PYTHON_IMAGE=${{ env.BASE }}"
        project.replace(WORKFLOW, anchor, f"          build-args: |\n            {line}\n{anchor}")
        yield Place(WORKFLOW, line)
        yield Place(WORKFLOW, f"BASE: {image}")
    yield Place("deploy/docker/Dockerfile", "ARG PYTHON_IMAGE=")
