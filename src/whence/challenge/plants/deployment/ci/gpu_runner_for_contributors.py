from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

JOB = """
  gpu-smoke:
    runs-on: RUNNER
    timeout-minutes: 30
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          persist-credentials: false
      - name: One epoch on the GPU machine
        run: |
          make install
          make data train"""


@plant(
    rules=("ci-self-hosted-runner",),
    severities=("high", "critical"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.ONE_FILE,
    words=("self-hosted", "self hosted", "gpu runner", "own runner"),
    cwes=("CWE-250", "CWE-829", "CWE-668", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Pull requests run on the team's own GPU machine.

    ## Why
    The machine is not made anew for each job. A contributor's Makefile runs on it, stays behind as
    a process or a changed cache, and waits for the next training run or looks around in the network
    that the machine stands in.

    ## Fix
    Use hosted or single-use runners for pull requests; give the machine to protected branches only.
    """
    runner = vary.choose("[self-hosted, gpu]", "[self-hosted, linux, a10]", "self-hosted")
    project.append("deploy/ci/ci.yml", JOB.replace("RUNNER", runner))
    yield Place("deploy/ci/ci.yml", f"runs-on: {runner}")
