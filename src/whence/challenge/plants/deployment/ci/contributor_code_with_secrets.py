from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TARGET = """\
# Installed as .github/workflows/preview.yml by `make workflows`.
name: preview

on:
  pull_request_target:
    types: [opened, synchronize]

permissions: {}

jobs:
  preview:
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    permissions:
      contents: read
      pull-requests: write
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          ref: HEAD
          persist-credentials: false
      - uses: actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0
        with:
          python-version: "3.12"
      - run: make install
      - name: Train and measure the proposed change
        run: make data train evaluate
      - name: Comment with the metrics
        env:
          GH_TOKEN: ${{ github.token }}
          NUMBER: ${{ github.event.pull_request.number }}
          METRICS_TOKEN: ${{ secrets.METRICS_TOKEN }}
        run: python deploy/ci/pin_release.py outputs --record build/published.json
"""
WORKFLOW_RUN = """\
# Installed as .github/workflows/preview.yml by `make workflows`.
name: preview

on:
  workflow_run:
    workflows: [ci]
    types: [completed]

permissions: {}

jobs:
  metrics:
    if: github.event.workflow_run.event == 'pull_request'
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    permissions:
      contents: read
      pull-requests: write
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          ref: HEAD
          persist-credentials: false
      - uses: actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0
        with:
          python-version: "3.12"
      - run: make install
      - name: Train and measure the proposed change
        env:
          METRICS_TOKEN: ${{ secrets.METRICS_TOKEN }}
        run: make data train evaluate
"""


@plant(
    rules=("ci-untrusted-checkout", "ci-secret-exposure"),
    severities=("critical", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("pull_request_target", "workflow_run", "untrusted checkout", "contributor", "fork"),
    cwes=("CWE-829", "CWE-94", "CWE-269", "CWE-863"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A privileged workflow checks out and runs the code of a pull request.

    ## Why
    The trigger gives the job the secrets and the token of the base repository, and `make` runs what
    the contributor wrote, from the Makefile to setup.py. Anybody with a fork takes the secrets, no
    approval needed.

    ## Fix
    Run contributors' code under `pull_request` without secrets, and comment from a second workflow
    that runs nothing of theirs.
    """
    text, ref, trigger = vary.choose(
        (TARGET, "${{ github.event.pull_request.head.sha }}", "pull_request_target:"),
        (
            TARGET,
            "${{ github.head_ref }}\n          repository: ${{ github.event.pull_request.head.repo.full_name }}",
            "pull_request_target:",
        ),
        (WORKFLOW_RUN, "${{ github.event.workflow_run.head_sha }}", "workflow_run:"),
    )
    path = "deploy/ci/preview.yml"
    project.add(path, text.replace("HEAD", ref))
    yield Place(path, f"ref: {ref}")
    yield Place(path, "run: make data train evaluate")
    yield Place(path, trigger)
