from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project

DOCKERFILE = "deploy/docker/Dockerfile"
WORKFLOW = "deploy/ci/release.yml"


@plant(
    rules=("build-arg-injection", "ci-expression-injection"),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("build arg", "build-arg", "injection", "unquoted", "commit message"),
    cwes=("CWE-78", "CWE-77", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The message of a commit becomes part of a shell command in the build of the image.

    ## Why
    The workflow passes the message as a build argument and the Dockerfile puts it into the text of
    a second shell, where quotes, semicolons and command substitutions take effect. Whoever writes
    the message of a merged commit runs code inside the image that is then signed.

    ## Fix
    Expand the argument inside double quotes of one shell (`printf '%s' "$NOTES"`), or write a label.
    """
    if "build-args:" in project.text(WORKFLOW):
        raise Conflict("the build has arguments already")
    name = vary.choose("RELEASE_NOTES", "CHANGE_SUMMARY")
    run = vary.choose(
        f'RUN sh -c "echo ${{{name}}} > /srv/sentibot/RELEASE"',
        f'RUN eval "echo ${{{name}}}" > /srv/sentibot/RELEASE',
    )
    project.insert_after(
        DOCKERFILE, "COPY data/manifest.json ./data/manifest.json", f"ARG {name}\n{run}"
    )
    yield Place(DOCKERFILE, run)
    value = f"{name}=${{{{ github.event.head_commit.message }}}}"
    project.replace(
        WORKFLOW,
        "          push: true\n          provenance: mode=max\n",
        "          push: true\n          build-args: |\n"
        f"            {value}\n          provenance: mode=max\n",
    )
    yield Place(WORKFLOW, value)
