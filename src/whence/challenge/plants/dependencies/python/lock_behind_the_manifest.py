from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

LOCKS = ("requirements.txt", "requirements-test.txt")


@plant(
    rules=("stale-lock",),
    severities=("medium", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=(
        "stale lock",
        "out of date",
        "out of sync",
        "disagree",
        "older than",
        "does not satisfy",
    ),
    cwes=("CWE-1104", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The lock pins a version that the manifest no longer allows.

    ## Why
    The manifest asks for a newer release than the one both locks install, so what was decided
    there never reached the image. Whoever reads the manifest believes in a fix that is not
    deployed, and a build that resolves the manifest gives another program than the tested one.

    ## Fix
    Run `make lock` and commit both locks; check in CI that they satisfy the manifest.
    """
    name, now, behind = vary.choose(
        ("pyyaml", "6.0.3", "6.0.1"), ("safetensors", "0.8.0", "0.5.3"), ("numpy", "2.4.6", "2.2.6")
    )
    for lock in LOCKS:
        project.replace(lock, f"{name}=={now} ", f"{name}=={behind} ")
        yield Place(lock, f"{name}=={behind}")
    yield Place("pyproject.toml", f'"{name}>=')
