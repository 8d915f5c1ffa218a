"""Pins on releases that their publisher withdrew."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.wording import decision_on
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.lookups import CheckedPackage
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1104", "CWE-1395", "OWASP-LLM03:2025"),
)
def check(checked: CheckedPackage, graph: SupplyGraph) -> Iterator[Observation]:
    """A requirement pins a release that its publisher has withdrawn.

    Publishers yank releases that are broken, insecure or were not meant to be. Installers take a
    yanked release only for an exact pin, so the pin keeps alive what everybody else has left.

    ## Attack
    1. A release is withdrawn because of what it does wrong.
    2. The pin keeps installing it, without a word from most installers.
    3. Whoever knows the reason knows what to try.

    ## Fix
    Move the pin to the release that replaced it:
    ```text requirements.txt
    requests==2.32.4
    ```

    ## Score
    - AV:N the reason is public
    - AC:H the reason must be one that can be used
    - PR:N no account is needed
    - UI:N the release is used as installed
    - S:U the fault acts within the process
    - C:L what leaks depends on the reason
    - I:L what changes depends on the reason
    - A:L withdrawn releases are often broken

    ## Bad
    ```text requirements.txt
    numpy==1.26.4
    requests==2.32.0  # finding
    ```
    ## Good
    ```text requirements.txt
    requests==2.32.4
    ```
    """
    required = checked.requirement
    if not checked.yanked or not required.version or required.scope == "constraint":
        return
    yield Observation(
        subject=decision_on(required),
        message=(
            f"`{required.name}` {required.version} was withdrawn by its publisher: {checked.yanked}"
        ),
        evidence=(Evidence(required.span, f"pins {required.name} {required.version}"),),
        asset=f"package:{required.ecosystem}/{required.name}",
    )
