"""Machines of the organisation's own that run what outsiders send."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.deployment.ci.foreign_code import checks_out
from whence.rules.deployment.ci.outsider_access import (
    FORKS,
    PRIVILEGED,
    callers,
    outsiders_reach,
    steps_of,
)
from whence.rules.deployment.ci.outsider_values import values
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import WorkflowJob
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

# Labels of machines that the platform makes anew for each job.
_HOSTED = re.compile(
    r"(?:ubuntu|windows|macos)-[\w.-]+"
    r"|(?:depot|blacksmith|buildjet|namespace|warp|ubicloud|runs-on|nscloud)[-=/].*",
    re.IGNORECASE,
)


@rule(
    severity=Severity.HIGH,
    references=("CWE-829", "CWE-653", "AML.T0010", "OWASP-CICD-SEC-7"),
)
def check(job: WorkflowJob, graph: SupplyGraph) -> Iterator[Observation]:
    """A machine of the organisation runs what somebody outside can send.

    A self-hosted runner is not made anew for each job. A stranger's pull request that runs on it can
    leave a process behind that reads the next job's secrets, and stands inside the network with its
    GPUs, its caches and its cloud identity.

    ## Attack
    1. The adversary opens a pull request whose build script installs a background process.
    2. The runner executes it and keeps it after the job has ended.
    3. The process reads the secrets of the next release, and reaches what the machine can reach.

    ## Fix
    Run what others send on machines that are made for one job, and keep the own ones for protected
    branches:
    ```yaml
    runs-on: ${{ github.event_name == 'pull_request' && 'ubuntu-24.04' || 'gpu-pool' }}
    ```

    ## Score
    - AV:N a pull request arrives over the network
    - AC:H a first contribution may need an approval
    - PR:N anyone with a free account can open one
    - UI:N the workflow starts by itself
    - S:U the damage is to the runner and its jobs
    - C:H later jobs' secrets and the network can be read
    - I:H later builds can be changed
    - A:H the machine can be used up or broken

    ## Bad
    ```yaml .github/workflows/gpu.yml
    on: pull_request
    jobs:
      train:
        runs-on: [self-hosted, gpu]  # finding
        steps:
          - run: make train
    ```
    ## Good
    ```yaml .github/workflows/gpu.yml
    on:
      push:
        branches: [main]
    jobs:
      train:
        runs-on: [self-hosted, gpu]
        steps:
          - run: make train
    ```
    """
    named = [name for label in job.labels for name in _named(label, job, graph)]
    own = [label for label in named if not _HOSTED.fullmatch(label)]
    if not own:
        return
    events = outsiders_reach(job, graph) & (FORKS | PRIVILEGED)
    if not events:
        return
    certain = "self-hosted" in own
    line = job.lines.get("runs-on", job.span.first)
    path = job.span.path
    shown = ", ".join(dict.fromkeys(named if certain else own))
    severity, because = None, ""
    if "pull_request" not in events and not _takes_text_or_code(job, graph):
        severity, because = Severity.LOW, "no step was seen that takes code or text of outsiders"
    elif not certain:
        severity, because = Severity.MEDIUM, "the label may name machines that are made for one job"
    yield Observation(
        subject=f"runner {shown} of {path}",
        message=(
            f"job `{job.name}` of `{path}` runs on `{shown}`, a machine that is kept between jobs,"
            f" and outsiders start it by `{', '.join(sorted(events))}`"
        ),
        evidence=(Evidence(Span(path, line, line), f"runs on {shown}"),),
        confidence=None if certain else Confidence.LOW,
        severity=severity,
        because=because,
        asset=f"pipeline:{path}",
    )


def _named(label: str, job: WorkflowJob, graph: SupplyGraph) -> list[str]:
    """The machines that a label can mean: itself, or what the callers or its own text name."""
    if "${{" not in label:
        return [label]
    if "github.event_name" in label or "head.repo" in label:
        return []
    found = re.findall(r"'(?:\[\s*\")?([\w.-]+)(?:\"[^']*)?'", label)
    for name in re.findall(r"\binputs\.([\w-]+)", label):
        for caller in callers(job.span.path, graph):
            given = caller.inputs.get(name, "").strip()
            found += re.findall(r"[\w.-]+", given) if "${{" not in given else []
    runners = [each for each in found if each != "self-hosted"]
    return ["self-hosted", *runners] if "self-hosted" in label or "self-hosted" in found else found


def _takes_text_or_code(job: WorkflowJob, graph: SupplyGraph) -> bool:
    """Whether a step takes a contributor's commit, or pastes an outsider's text into a script."""
    return any(
        checks_out(step, graph)
        or any(value.kind == "outsider" for value in values(step.script, step, graph))
        for step in steps_of(job, graph)
    )
