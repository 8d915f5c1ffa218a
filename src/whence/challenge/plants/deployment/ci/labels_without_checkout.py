from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
# Installed as .github/workflows/labels.yml by `make workflows`. It runs nothing of the change.
name: labels

on:
  pull_request_target:
    types: [EVENTS]

permissions: {}

jobs:
  label:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read
      pull-requests: write
    steps:
      - uses: actions/labeler@8558fd74291d67161a8a78ce36a881fa63b766a9 # v5.0.0
"""


@plant(
    rules=("ci-untrusted-checkout", "ci-excessive-permissions"),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("pull_request_target", "untrusted", "fork"),
    cwes=("CWE-829", "CWE-269", "CWE-863"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A workflow runs on `pull_request_target`, but takes nothing from the pull request.

    ## Why
    There is no checkout and no script. The one action is pinned by commit, reads its rules from the
    base branch, and the token may do no more than set labels.
    """
    events = vary.choose("opened, synchronize", "opened, reopened")
    path = "deploy/ci/labels.yml"
    project.add(path, TEXT.replace("EVENTS", events))
    yield Place(path, "pull_request_target:")
    yield Place(path, "pull-requests: write")
