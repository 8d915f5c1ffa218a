from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("unpinned-build-backend",),
    severities=("low", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("build backend", "build-system", "setuptools", "build isolation"),
    cwes=("CWE-1357", "CWE-494", "CWE-829"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The image builds the package with whatever build backend the index offers that day.

    ## Why
    The backend runs with full rights while the wheel is made and may put anything into it. The
    locked backend of requirements-build.txt is installed and then not used, because pip builds in
    an isolated environment that follows the unbounded `[build-system] requires`.

    ## Fix
    Bound the backend exactly and build with `--no-index --no-build-isolation` from the lock.
    """
    requires = vary.choose('"setuptools", "wheel"', '"setuptools"', '"setuptools>=68", "wheel"')
    yield project.replace(
        "pyproject.toml", 'requires = ["setuptools==84.2.1"]', f"requires = [{requires}]"
    )
    project.replace(
        "deploy/docker/Dockerfile",
        "pip wheel --no-index --no-deps --no-build-isolation --wheel-dir",
        "pip wheel --no-deps --wheel-dir",
    )
    yield Place("deploy/docker/Dockerfile", "pip wheel --no-deps --wheel-dir")
