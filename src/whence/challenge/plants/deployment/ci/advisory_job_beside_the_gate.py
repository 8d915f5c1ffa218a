from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

JOB = """
  # Advice only: nothing depends on this job, and the release has its own blocking scan above.
  advice:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    continue-on-error: true
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          persist-credentials: false
      - uses: actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0
        with:
          python-version: "VERSION"
      - run: make install
      - name: Would the tests pass on the next Python
        run: make test"""


@plant(
    rules=("ci-gate-ignored",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("continue-on-error", "does not block", "never block", "non-blocking"),
    cwes=("CWE-754", "CWE-693"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A job may fail without consequence, and is no gate: it looks ahead to the next Python.

    ## Why
    The tests and the scan that block stand beside it unchanged, for the versions that are deployed.
    Nothing needs this job, and it says that it only advises.
    """
    version = vary.choose("3.14", "3.15-dev")
    project.append("deploy/ci/ci.yml", JOB.replace("VERSION", version))
    yield Place("deploy/ci/ci.yml", "    timeout-minutes: 10\n    continue-on-error: true")
