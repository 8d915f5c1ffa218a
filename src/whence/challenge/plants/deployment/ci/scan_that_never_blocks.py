from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CI = "deploy/ci/ci.yml"
RELEASE = "deploy/ci/release.yml"


@plant(
    rules=("ci-gate-ignored",),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=(
        "continue-on-error",
        "|| true",
        "fail-build",
        "never block",
        "does not block",
        "ignored",
        "non-blocking",
    ),
    cwes=("CWE-754", "CWE-693", "CWE-1395", "CWE-390"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The scan for known vulnerabilities runs, and its result changes nothing.

    ## Why
    Whatever the scanner finds, the job is green and the release goes on. A vulnerable package or
    image is published and signed by a pipeline that has seen it.

    ## Fix
    Let the finding fail the job, and record exceptions by advisory id with an end date.
    """
    way = vary.choose("continue", "true", "image")
    if way == "continue":
        name = "      - name: Known vulnerabilities of what is installed\n"
        project.replace(CI, name, f"{name}        continue-on-error: true\n")
        yield Place(CI, "continue-on-error: true")
    elif way == "true":
        for lock in ("-r requirements.txt", "-r requirements-test.txt", "requirements-build.txt"):
            project.replace(CI, f"{lock}\n", f"{lock} || true\n")
        yield Place(CI, "-r requirements.txt || true")
        yield Place(CI, "requirements-build.txt || true")
    else:
        yield project.replace(
            RELEASE, "          fail-build: true\n", "          fail-build: false\n"
        )
