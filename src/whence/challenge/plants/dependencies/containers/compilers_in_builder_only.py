from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project


@plant(
    rules=("unneeded-package", "build-stage-leak"),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("compiler", "unneeded", "unnecessary", "build-essential", "attack surface"),
    cwes=("CWE-1104", "CWE-489"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A compiler and git are installed in the build stage, which is thrown away.

    ## Why
    The final stage starts from the plain base image and copies nothing but the virtual
    environment, so none of these packages is in what is deployed.
    """
    if "COPY --from=build /srv/venv /srv/venv" not in project.text("deploy/docker/Dockerfile"):
        raise Conflict("the final stage takes more than the virtual environment")
    tools = vary.choose(
        "build-essential git", "gcc libc6-dev git", "build-essential pkg-config vim"
    )
    project.replace(
        "deploy/docker/Dockerfile",
        "WORKDIR /build\nCOPY",
        "RUN apt-get update \\\n"
        f"    && apt-get install -y --no-install-recommends {tools} \\\n"
        "    && rm -rf /var/lib/apt/lists/*\n"
        "WORKDIR /build\nCOPY",
    )
    yield Place("deploy/docker/Dockerfile", f"--no-install-recommends {tools}")
