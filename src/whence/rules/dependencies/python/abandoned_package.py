"""Packages that nobody answers for any more."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.wording import decision_on, is_development
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.lookups import CheckedPackage, Standing
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_KINDS = {
    "archived": "is archived",
    "deprecated": "is deprecated",
    "renamed": "was renamed",
    "placeholder": "is a placeholder that holds the name only",
    "idle": "has had no release",
}


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1104", "CWE-1329", "AML.T0010.001", "OWASP-LLM03:2025"),
)
def check(checked: CheckedPackage, graph: SupplyGraph) -> Iterator[Observation]:
    """A package is relied on whose maintainers no longer answer for it.

    A flaw found tomorrow will not be fixed there. Accounts, e-mail domains and repositories of a
    project that nobody watches are also what adversaries take over: the next release of an
    abandoned package is more likely theirs than its authors'.

    ## Attack
    1. The adversary finds a flaw in a package that nobody mends, or takes over its abandoned
       account, domain or name.
    2. The project still installs the package.
    3. The flaw stays open for as long as the project runs, or the new release brings their code.

    ## Fix
    Move to the successor, or to a package that is looked after:
    ```sh
    pip uninstall <package>
    pip install '<successor>==<version>'
    ```

    ## Score
    - AV:N flaws and releases are public
    - AC:H a flaw or a take-over must come first
    - PR:N no account of the project is needed
    - UI:N the flaw is reached as the package is used
    - S:U the flaw acts within the process
    - C:L what leaks depends on the flaw
    - I:L what changes depends on the flaw
    - A:L what breaks depends on the flaw

    ## Bad
    ```text requirements.txt
    requests==2.32.4
    pycrypto==2.6.1  # finding
    ```
    ## Good
    ```text requirements.txt
    pycryptodome==3.21.0
    ```
    """
    required = checked.requirement
    if required.scope == "constraint" or (required.index and required.scope != "lock"):
        return
    lowered = is_development(required.group) or required.scope == "lock"
    for standing in checked.standing:
        if standing.kind not in _KINDS:
            continue
        yield Observation(
            subject=decision_on(required),
            message=_message(required.name, standing, checked.last_upload),
            evidence=(Evidence(required.span, f"requires {required.name}"),),
            severity=Severity.LOW if lowered else None,
            because=_because(required.scope) if lowered else "",
            fix=_fix(required.name, standing),
            asset=f"package:{required.ecosystem}/{required.name}",
        )


def _because(scope: str) -> str:
    if scope == "lock":
        return "another package brings it in; the project does not ask for it itself"
    return "only development and tests use it"


def _message(name: str, standing: Standing, last_upload: str) -> str:
    since = f" since {standing.since}" if standing.since else ""
    text = f"`{name}` {_KINDS[standing.kind]}{since}"
    if last_upload:
        text += f"; its last release is of {last_upload}"
    if standing.successor:
        text += f"; `{standing.successor}` takes its place"
    return text + (f" ({standing.source})" if standing.source else "")


def _fix(name: str, standing: Standing) -> str:
    if not standing.successor:
        return ""
    return (
        f"Move from `{name}` to `{standing.successor}`:\n```sh\npip uninstall {name}\n"
        f"pip install '{standing.successor}'\n```"
    )
