"""GitHub workflows and actions."""

from __future__ import annotations

import contextlib
from typing import TypeVar

import pytest

from whence.readers.contract import Source, Unreadable
from whence.readers.deployment import github_workflow
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.containers import BaseImage, ImageBuild
from whence.vocabulary.fact.deployment import ShellCommand, Workflow, WorkflowJob, WorkflowStep

F = TypeVar("F", bound=Fact)
LIVE = ".github/workflows/ci.yml"

FILE = """\
name: CI
on:
  pull_request_target:
    types: [opened]
    branches: [main]
  workflow_dispatch:
    inputs:
      ref: {type: string}
      dry: {type: boolean}
permissions:
  contents: read
env:
  TOP: a
defaults:
  run:
    shell: bash
jobs:
  test:
    name: Tests
    needs: [lint]
    if: github.ref == 'x'
    runs-on: [self-hosted, gpu]
    environment: {name: production}
    permissions: write-all
    continue-on-error: ${{ matrix.experimental }}
    container: {image: "python:3.12"}
    services:
      db:
        image: postgres:16
    outputs:
      tag: ${{ steps.one.outputs.tag }}
    env: {JOB: b}
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.head_ref }}
      - id: one
        name: Run
        if: always()
        continue-on-error: true
        env:
          STEP: ${{ secrets.X }}
        run: |
          first $TOP
          second | tee log

      - run: >-
          third
          --more
      - shell: python
        run: print(1)
      - uses: docker/build-push-action@v6
        with: {context: api, file: api/Dockerfile.gpu, tags: "a:1,b:2"}
      - uses: docker://alpine:3
  call:
    uses: acme/ci/.github/workflows/x.yml@main
    with: {a: b}
    secrets: inherit
"""


def read(path: str, text: str) -> list[Fact | Unread]:
    assert github_workflow.claims(path, text.encode()[:4096])
    return list(github_workflow.read(Source.of_bytes(path, text.encode())))


def of(kind: type[F], found: list[Fact | Unread]) -> list[F]:
    return [each for each in found if isinstance(each, kind)]


def test_the_workflow_says_what_starts_it_and_what_it_may_do() -> None:
    (flow,) = of(Workflow, read(LIVE, FILE))
    assert flow.triggers == ("pull_request_target", "workflow_dispatch")
    assert flow.filters == {
        "pull_request_target.types": ("opened",),
        "pull_request_target.branches": ("main",),
    }
    assert (flow.inputs, flow.bounded) == (("ref", "dry"), ("dry",))
    assert (flow.permissions, flow.declared, flow.live) == ({"contents": "read"}, True, True)
    assert flow.lines["permissions.contents"] == 11
    assert flow.env == {"TOP": "a"}


def test_jobs_carry_what_their_trust_depends_on() -> None:
    test, call = of(WorkflowJob, read(LIVE, FILE))
    assert (test.name, test.title, test.needs) == ("test", "Tests", ("lint",))
    assert (test.runner, test.labels) == ("self-hosted", ("self-hosted", "gpu"))
    assert (test.environment, test.permissions, test.tolerant) == (
        "production",
        {"*": "write"},
        True,
    )
    assert test.outputs == {"tag": "${{ steps.one.outputs.tag }}"}
    assert (call.uses, call.inherits_secrets) == ("acme/ci/.github/workflows/x.yml@main", True)
    assert not call.declared


def test_steps_and_their_commands_keep_their_lines() -> None:
    found = read(LIVE, FILE)
    steps = of(WorkflowStep, found)
    assert [step.number for step in steps] == [0, 1, 2, 3, 4, 5]
    assert (steps[0].inputs, steps[0].lines["with.ref"]) == ({"ref": "${{ github.head_ref }}"}, 36)
    assert (steps[1].id, steps[1].tolerant, steps[1].script_line) == ("one", True, 44)
    assert steps[1].env == {"STEP": "${{ secrets.X }}"}
    lines = {c.argv[0]: (c.span.first, c.span.last) for c in of(ShellCommand, found)}
    assert lines == {"first": (44, 44), "second": (45, 45), "tee": (45, 45), "third": (48, 49)}


def test_values_and_shell_options_reach_the_commands() -> None:
    commands = {c.argv[0]: c for c in of(ShellCommand, read(LIVE, FILE))}
    assert commands["first"].argv == ("first", "a")
    assert commands["second"].tolerance == ""
    plain = FILE.replace("    shell: bash\n", "    working-directory: x\n")
    commands = {c.argv[0]: c for c in of(ShellCommand, read(LIVE, plain))}
    assert commands["second"].tolerance == "no pipefail"
    assert commands["first"].tolerance == ""


def test_images_and_builds_of_jobs_are_told() -> None:
    found = read(LIVE, FILE)
    assert [i.reference for i in of(BaseImage, found)] == ["python:3.12", "postgres:16", "alpine:3"]
    (build,) = of(ImageBuild, found)
    assert (build.context, build.dockerfile, build.tags) == (
        "api",
        "api/Dockerfile.gpu",
        ("a:1", "b:2"),
    )


def test_scripts_in_other_languages_are_told_as_not_read() -> None:
    assert ["python" in u.reason for u in of(Unread, read(LIVE, FILE))] == [True]  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("on", "triggers"),
    [
        ("push", ("push",)),
        ("[push, issues]", ("push", "issues")),
        ("{push: , x: {}}", ("push", "x")),
    ],
)
def test_triggers_are_read_in_every_form(on: str, triggers: tuple[str, ...]) -> None:
    (flow,) = of(Workflow, read(LIVE, f"on: {on}\njobs: {{}}\n"))
    assert flow.triggers == triggers
    assert not flow.declared


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        (LIVE, "anything", True),
        ("deploy/ci/release.yml", "on: push\njobs:\n", True),
        ("deploy/ci/release.yml", '"on": push\njobs:\n', True),
        ("a/action.yml", "name: x\nruns:\n", True),
        ("k8s/job.yaml", "apiVersion: v1\non: x\njobs:\n", False),
        ("x.yml", "steps:\njobs:\n", False),
        ("workflow.txt", "on: push\njobs:\n", False),
    ],
)
def test_workflows_are_known_by_place_or_content(path: str, text: str, wanted: bool) -> None:
    assert github_workflow.claims(path, text.encode()) is wanted


def test_a_workflow_outside_its_place_is_not_live() -> None:
    (flow,) = of(Workflow, read("deploy/ci/x.yml", "on: push\njobs: {}\n"))
    assert not flow.live


def test_composite_actions_have_steps_and_reusable_workflows_are_told_apart() -> None:
    text = (
        "name: a\ninputs:\n  x: {description: y}\nruns:\n  using: composite\n  steps:\n"
        "    - shell: bash\n      run: do ${{ inputs.x }}\n"
    )
    found = read("tools/action.yml", text)
    (flow,) = of(Workflow, found)
    assert (flow.kind, flow.inputs) == ("action", ("x",))
    assert [c.argv for c in of(ShellCommand, found)] == [("do", "${{ inputs.x }}")]
    (flow,) = of(Workflow, read(LIVE, "on: workflow_call\njobs: {}\n"))
    assert flow.kind == "reusable"


def test_a_workflow_that_is_no_yaml_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read(LIVE, "on: [\n")


@pytest.mark.parametrize(
    "text",
    [
        "on: push\njobs: []\n",
        "on: push\njobs: {a: 1, b: [x], c: {steps: 3}, d: {steps: [1, [2], {run: [x]}]}}\n",
        "on: {a: b, c: [d]}\njobs: {a: {needs: {x: y}, env: z, services: [1], runs-on: {group: g}}}\n",
        "on: push\njobs: &a {b: {steps: [*a]}}\n",
        "on:\njobs: {a: {steps: [{uses: {x: y}, with: z, run: 'echo \"'}]}}\n",
    ],
)
def test_odd_shapes_give_facts_or_unread(text: str) -> None:
    with contextlib.suppress(Unreadable):
        read("ci/x.yml", text)
