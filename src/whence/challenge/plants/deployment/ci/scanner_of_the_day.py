from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CI = "deploy/ci/ci.yml"
PINNED = "        run: python -m pip install --require-hashes -r deploy/ci/requirements-ci.txt\n"


@plant(
    rules=("ci-unpinned-tool", "unpinned-dependency"),
    severities=("medium", "high", "low"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("unpinned", "without version", "latest", "not pinned", "pip-audit"),
    cwes=("CWE-829", "CWE-494", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The pipeline installs whatever release of its scanner is the newest.

    ## Why
    The tool runs in the workflow that decides about releases, and its lock is there and not used. A
    bad release of it, or of anything it depends on, runs there the same day and may call every lock
    clean.

    ## Fix
    Install from `deploy/ci/requirements-ci.txt` with hashes.
    """
    command = vary.choose(
        "python -m pip install --upgrade pip pip-audit",
        "pipx install pip-audit",
        "python -m pip install 'pip-audit>=2'",
    )
    yield project.replace(CI, PINNED, f"        run: {command}\n")
