"""Actions at versions that were published as compromised or vulnerable."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.deployment.ci.compromised_actions import Advisory, affecting
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-506", "CWE-1395", "AML.T0010", "OWASP-CICD-SEC-3"),
)
def check(place: WorkflowStep | WorkflowJob, graph: SupplyGraph) -> Iterator[Observation]:
    """A workflow uses an action at a version that was published as compromised or vulnerable.

    In a compromise the tag ran an intruder's code with the job's token and secrets. Runs from that
    time have to be taken as read by others; a vulnerable version lets the next outsider in.

    ## Attack
    1. The adversary moves the action's tags to a program that reads the runner's memory.
    2. Every workflow that names one of the tags runs it with its next start.
    3. The secrets appear in the log or at the adversary's server and are used elsewhere.

    ## Fix
    Use the fixed version by its commit, and exchange every secret that a run since then could see:
    ```yaml
    - uses: owner/action@<40 hex digits>  # the fixed version
    ```

    ## Score
    - AV:N the action is fetched over the network
    - AC:L the version is published as affected
    - PR:N no account of this project is needed
    - UI:N the workflow starts by itself
    - S:U the action runs in the job itself
    - C:H the job's token and secrets can be read
    - I:H what the job builds can be changed
    - A:H releases can be broken

    ## Bad
    ```yaml .github/workflows/ci.yml
    on: push
    jobs:
      changes:
        runs-on: ubuntu-24.04
        steps:
          - uses: tj-actions/changed-files@v44  # finding
    ```
    ## Good
    ```yaml .github/workflows/ci.yml
    on: push
    jobs:
      changes:
        runs-on: ubuntu-24.04
        steps:
          - uses: tj-actions/changed-files@v46.0.5
    ```
    """
    name, _, ref = place.uses.partition("@")
    action = "/".join(name.split("/")[:2])
    for advisory, maybe in affecting(action, ref):
        line = place.lines.get("uses", place.span.first)
        path = place.span.path
        severity, because = _severity(advisory, maybe)
        may = "may resolve to a version" if maybe else "is a version"
        yield Observation(
            subject=f"{action} in {path}",
            message=(
                f"`{place.uses}` {may} of which {', '.join(advisory.ids) or 'its publisher'} says"
                f" ({advisory.published}): {advisory.summary}"
                + (f"; fixed in {advisory.fixed}" if advisory.fixed else "")
            ),
            evidence=(Evidence(Span(path, line, line), f"{place.uses} is affected"),),
            severity=severity,
            because=because,
            confidence=Confidence.MEDIUM if maybe else None,
            references=advisory.ids,
            asset=f"pipeline:{path}",
        )


def _severity(advisory: Advisory, maybe: bool) -> tuple[Severity | None, str]:
    if maybe:
        return Severity.HIGH, "the tag may point to a clean version again"
    if advisory.malicious:
        return None, ""
    return Severity.HIGH, "it is a weakness that an outsider must first use, not a break-in"
