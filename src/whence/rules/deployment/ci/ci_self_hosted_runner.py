"""Machines of the organisation's own that run what outsiders send."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.deployment.ci.outsider_access import FORKS, outsiders_reach
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import WorkflowJob
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

# Labels of machines that the platform makes anew for each job.
_HOSTED = re.compile(
    r"(?:ubuntu|windows|macos)-(?:latest|\d[\w.-]*)(?:-(?:arm|large|xlarge|intel|\d+-cores?|slim)\w*)*"
    r"|ubuntu-slim|(?:windows|macos|ubuntu)-(?:latest-)?(?:\d+-?cores?|large|xlarge)|\$\{\{.*"
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
    labels = [label for label in job.labels if not _HOSTED.fullmatch(label)]
    own = "self-hosted" in labels or bool(labels)
    if not own or not job.labels:
        return
    events = outsiders_reach(job, graph) & FORKS
    if not events:
        return
    certain = "self-hosted" in labels
    line = job.lines.get("runs-on", job.span.first)
    path = job.span.path
    shown = ", ".join(job.labels)
    yield Observation(
        subject=f"{path} job {job.name}",
        message=(
            f"job `{job.name}` of `{path}` runs on `{shown}`, a machine that is kept between jobs,"
            f" and outsiders start it by `{', '.join(sorted(events))}`"
        ),
        evidence=(Evidence(Span(path, line, line), f"runs on {shown}"),),
        confidence=None if certain else Confidence.LOW,
        severity=None if certain else Severity.MEDIUM,
        because="" if certain else "the label may name machines that are made for one job",
        asset=f"pipeline:{path}",
    )
