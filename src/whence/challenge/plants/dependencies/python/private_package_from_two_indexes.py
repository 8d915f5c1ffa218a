from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

DOCKERFILE = "deploy/docker/Dockerfile"
INSTALL = (
    "COPY requirements-internal.txt ./\n"
    "RUN python -m pip --python /srv/venv/bin/python install -r requirements-internal.txt"
)


@plant(
    rules=("dependency-confusion", "unpinned-dependency", "missing-hashes"),
    severities=("high", "critical"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("dependency confusion", "extra-index", "extra index", "public index"),
    cwes=("CWE-427", "CWE-1357", "CWE-349"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A private package is installed with the public index able to answer for its name.

    ## Why
    With an extra index the installer asks both and takes the higher version. Anyone can register
    the name on the public index with a high version and so runs code in the build of the serving
    image.

    ## Fix
    Give the package its index explicitly and alone (`--index-url` of a proxy that decides), and
    pin it by version and hash.
    """
    name = vary.choose("sentibot-telemetry", "exampleorg-request-metrics", "sentibot-feature-flags")
    project.replace(".dockerignore", "!requirements.txt\n", "!requirements*.txt\n")
    project.insert_after(DOCKERFILE, "COPY src ./src", INSTALL)
    if vary.choose(True, False):
        text = f"--extra-index-url https://packages.example.com/sentibot/simple\n{name}>=0.8,<1\n"
        yield project.add("requirements-internal.txt", text)
        yield Place(DOCKERFILE, INSTALL)
        return
    extra = "PIP_EXTRA_INDEX_URL=https://packages.example.com/sentibot/simple"
    project.replace(
        DOCKERFILE, "    PIP_NO_CACHE_DIR=1\n", f"    PIP_NO_CACHE_DIR=1 \\\n    {extra}\n"
    )
    yield Place(DOCKERFILE, extra)
    yield project.add("requirements-internal.txt", f"{name}>=0.8,<1\n")
    yield Place(DOCKERFILE, INSTALL)
