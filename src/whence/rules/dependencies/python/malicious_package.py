"""Names and releases that were published as malware."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.wording import decision_on
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.fact.lookups import CheckedPackage, KnownMalware
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-506", "CWE-1357", "AML.T0010.001", "OWASP-LLM03:2025"),
)
def check(checked: CheckedPackage, graph: SupplyGraph) -> Iterator[Observation]:
    """A package that was published as malware is required.

    Its code was written against whoever installs it: it runs at install or import and takes what
    it finds, from cloud credentials to model weights. A machine that installed it is compromised,
    whether or not the package is still there.

    ## Attack
    1. The adversary publishes a package under a name that people mistake, or takes over a project
       and publishes a release.
    2. A build or a developer installs it; the code runs before any test does.
    3. Tokens, keys and data leave the machine, and what the build publishes can no longer be
       trusted.

    ## Fix
    Remove the package, then treat every machine that installed it as compromised: rotate what it
    could read, and rebuild from clean ones.
    ```sh
    pip uninstall <package>
    pip install '<the package that was meant>==<version>'
    ```

    ## Score
    - AV:N the package comes from a public index
    - AC:L it does its work wherever it is installed
    - PR:N nothing is needed but the install
    - UI:N the pipeline installs it by itself
    - S:C it takes credentials that reach beyond the application
    - C:H whatever the machine can read is gone
    - I:H whatever the machine builds can be altered
    - A:H such packages have wiped and encrypted machines

    ## Bad
    ```text requirements.txt
    numpy==1.26.4
    ultralytics==8.3.41  # finding
    ```
    ## Good: another release of the same project
    ```text requirements.txt
    ultralytics==8.3.40
    ```
    """
    malware = checked.malware
    if malware is None or checked.requirement.scope == "constraint":
        return
    required = checked.requirement
    if required.index and not malware.of_release:
        return
    yield Observation(
        subject=decision_on(required),
        message=_message(required, malware),
        evidence=(Evidence(required.span, f"{required.name} {required.version}".rstrip()),),
        confidence=None if malware.of_release else Confidence.MEDIUM,
        references=malware.ids,
        asset=f"package:{required.ecosystem}/{required.name}",
    )


def _message(required: PackageRequirement, malware: KnownMalware) -> str:
    what = f"`{required.name}`"
    if malware.of_release and required.version:
        what += f" {required.version}"
    names = f" ({', '.join(malware.ids)})" if malware.ids else ""
    day = f" on {malware.day}" if malware.day else ""
    source = f"; source: {malware.source}" if malware.source else ""
    return f"{what} was published as malware{names}{day}: {malware.how}{source}"
