from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TRIAGE = """\
# Installed as .github/workflows/triage.yml by `make workflows`.
name: triage

on:
  issues:
    types: [opened]

permissions: {}

jobs:
  acknowledge:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      issues: write
    steps:
      - name: Answer with a link to the handbook
        env:
          GH_TOKEN: ${{ github.token }}
          REPOSITORY: ${{ github.repository }}
        run: |
          echo "New: EXPRESSION"
          gh issue comment "${{ github.event.issue.number }}" --repo "$REPOSITORY" \\
            --body "Thank you. The handbook says what happens next."
"""


@plant(
    rules=("ci-expression-injection",),
    severities=("high", "critical", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("injection", "expression", "title", "untrusted input", "attacker-controlled"),
    cwes=("CWE-78", "CWE-94", "CWE-77", "CWE-95"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Text that a stranger writes is pasted into a script of the pipeline.

    ## Why
    The expression is replaced before the shell reads the script, so a title with quotes and a
    command substitution is a command. Anyone who opens an issue or a pull request runs code on the
    runner, with the job's token.

    ## Fix
    Pass the value through `env:` and expand it inside double quotes.
    """
    if vary.choose(True, False):
        expression = vary.choose(
            "${{ github.event.issue.title }}", "${{ github.event.issue.body }}"
        )
        project.add("deploy/ci/triage.yml", TRIAGE.replace("EXPRESSION", expression))
        yield Place("deploy/ci/triage.yml", f'echo "New: {expression}"')
        return
    step = vary.choose(
        'echo "Testing ${{ github.event.pull_request.title }}" >> "$GITHUB_STEP_SUMMARY"',
        'echo "Branch ${{ github.head_ref }}" >> "$GITHUB_STEP_SUMMARY"',
    )
    project.replace(
        "deploy/ci/ci.yml",
        "      - name: Install\n        run: make install\n",
        f"      - name: Summary\n        run: {step}\n"
        "      - name: Install\n        run: make install\n",
    )
    yield Place("deploy/ci/ci.yml", step)
