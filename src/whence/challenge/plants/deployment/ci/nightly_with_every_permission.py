from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
# Installed as .github/workflows/nightly.yml by `make workflows`.
name: nightly

on:
  schedule:
    - cron: "40 2 * * *"
  workflow_dispatch:

PERMISSIONS
jobs:
  full:
    runs-on: ubuntu-24.04
    timeout-minutes: 40
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
      - uses: actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0
        with:
          python-version: "3.12"
      - run: make install
      - run: make test
      - run: make data train evaluate
"""
LISTED = """\
permissions:
  actions: write
  contents: write
  id-token: write
  packages: write
"""


@plant(
    rules=("ci-excessive-permissions",),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("permission", "write-all", "github_token", "token scope", "least privilege"),
    cwes=("CWE-250", "CWE-269", "CWE-272", "CWE-732"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A workflow that only reads and tests holds a token that may change everything.

    ## Why
    The token stays in the checkout, and every package that `make install` brings can use it: to push
    a commit, to change a release, or to obtain the identity that the cloud trusts.

    ## Fix
    `permissions: {}` for the workflow, `contents: read` for the job, no persisted credentials.
    """
    declared, place = vary.choose(
        ("permissions: write-all\n", "permissions: write-all"), (LISTED, "contents: write")
    )
    path = "deploy/ci/nightly.yml"
    project.add(path, TEXT.replace("PERMISSIONS\n", declared + "\n"))
    yield Place(path, place)
