from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project

DOCKERFILE = "deploy/docker/Dockerfile"
COMPILERS = (
    "RUN apt-get update \\\n"
    "    && apt-get install -y --no-install-recommends build-essential git \\\n"
    "    && rm -rf /var/lib/apt/lists/*\n"
)


@plant(
    rules=("build-stage-leak", "unneeded-package"),
    severities=("medium", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("build stage", "builder", "compiler", "multi-stage", "multistage", "build tools"),
    cwes=("CWE-1104", "CWE-489", "CWE-668", "CWE-200"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The final stage carries the compilers, sources and caches of the build.

    ## Why
    The image that serves is the one that built, or takes its whole file system over. An intruder
    finds a compiler, git, pip and the source tree, and every flaw in them counts for the service.

    ## Fix
    Start the final stage from the plain base image and copy only the virtual environment.
    """
    if "apt-get" in project.text(DOCKERFILE).split("AS runtime")[0]:
        raise Conflict("the build stage has packages already")
    project.replace(DOCKERFILE, "WORKDIR /build\nCOPY", f"{COMPILERS}WORKDIR /build\nCOPY")
    if vary.choose(True, False):
        project.replace(DOCKERFILE, "FROM ${PYTHON_IMAGE} AS runtime", "FROM build AS runtime")
        project.replace(DOCKERFILE, "COPY --from=build /srv/venv /srv/venv\n", "")
        yield Place(DOCKERFILE, "FROM build AS runtime")
        return
    project.replace(
        DOCKERFILE, "COPY --from=build /srv/venv /srv/venv\n", "COPY --from=build / /\n"
    )
    yield Place(DOCKERFILE, "COPY --from=build / /")
