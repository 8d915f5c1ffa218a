from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
# Installed as .github/workflows/benchmark.yml by `make workflows`.
name: benchmark

on:
  push:
    branches: [main]

permissions: {}

jobs:
  latency:
    if: github.ref == 'refs/heads/main'
    runs-on: RUNNER
    timeout-minutes: 30
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          persist-credentials: false
      - run: make install
      - run: make test
"""


@plant(
    rules=("ci-self-hosted-runner",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("self-hosted", "self hosted", "own runner"),
    cwes=("CWE-250", "CWE-829", "CWE-668"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A benchmark runs on the team's own machine, for commits of the protected branch only.

    ## Why
    The workflow starts on pushes to main and nothing else, and CODEOWNERS with branch protection
    let only reviewed changes get there. Code of a fork never reaches the machine.
    """
    runner = vary.choose("[self-hosted, bench]", "[self-hosted, linux, quiet]")
    path = "deploy/ci/benchmark.yml"
    project.add(path, TEXT.replace("RUNNER", runner))
    yield Place(path, f"runs-on: {runner}")
