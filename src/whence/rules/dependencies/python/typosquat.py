"""Names one slip away from a popular one."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.wording import decision_on
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.fact.lookups import CheckedPackage, Resemblance
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    references=("CWE-1357", "CWE-506", "AML.T0010.001", "OWASP-LLM03:2025"),
)
def check(checked: CheckedPackage, graph: SupplyGraph) -> Iterator[Observation]:
    """A required name is one slip away from a popular package, and not established itself.

    Adversaries register the names that people mistype, remember wrongly, or are told by a code
    assistant that invents them. Whoever holds such a name runs code on every machine that
    installs it.

    ## Attack
    1. The adversary registers a name one letter, separator or affix away from a popular package,
       or a name that language models keep inventing.
    2. Somebody writes that name into a manifest, and nobody notices in review.
    3. The package installs, often works as the real one does, and runs its own code beside.

    ## Fix
    Install the package that was meant, by its exact name, and pin it:
    ```text requirements.txt
    requests==2.32.4
    ```

    ## Score
    - AV:N anyone can register a free name on a public index
    - AC:H the slip must have been made, and the name be held by an adversary
    - PR:N registering a name needs no account of the project
    - UI:R somebody must start a build
    - S:C the code runs with the build's credentials, beyond the package itself
    - C:H the build's secrets are in reach
    - I:H the code becomes part of the application
    - A:L the package that was meant is missing

    ## Bad
    ```text requirements.txt
    numpy==1.26.4
    reqeusts==2.31.0  # finding
    ```
    ## Good
    ```text requirements.txt
    torchvision==0.19.0
    pytorch-lightning==2.4.0
    tensorflow-hub==0.16.1
    scikit-image==0.24.0
    dgl==2.1.0
    jaxlib==0.4.31
    ```
    """
    required = checked.requirement
    if checked.malware or (required.index and required.scope != "lock"):
        return
    if _is_inherited(required, graph):
        return
    severity, because = None, ""
    if checked.resembles:
        message, fix = _resembling(required.name, checked.resembles, checked)
        confidence = Confidence.HIGH if checked.resembles.rank < _FAMOUS else None
        if checked.indexed is False or (checked.age is not None and checked.age <= _YOUNG):
            confidence = Confidence.HIGH
        if checked.age is not None and checked.age <= _YOUNG:
            severity = Severity.CRITICAL
            because = f"somebody first published the name {checked.age} days ago"
        elif checked.age is not None and checked.age >= _OLD:
            confidence, severity = Confidence.LOW, Severity.MEDIUM
            because = (
                f"the name has stood on the index since {checked.first_upload}, as lures rarely do"
            )
    elif checked.indexed is False:
        message, fix = _unknown(required.name)
        confidence = None
    elif checked.asked and checked.asked < checked.first_upload:
        message, fix = _registered_later(required.name, checked)
        confidence = None
    else:
        return
    yield Observation(
        subject=decision_on(required),
        message=message,
        evidence=(Evidence(required.span, f"requires {required.name}"),),
        severity=severity,
        because=because,
        confidence=confidence,
        fix=fix,
        asset=f"package:{required.ecosystem}/{required.name}",
    )


_FAMOUS = 300
# Days since the first upload: lures are found and removed within months.
_YOUNG = 120
_OLD = 4 * 365


def _is_inherited(required: PackageRequirement, graph: SupplyGraph) -> bool:
    """Whether a resolver put the name into a lock because another package asks for it.

    A slip of the keyboard happens where people write; what they wrote is judged there.
    """
    manifests = {found.span.path: found for found in graph.facts_of(PackageManifest)}
    own = manifests.get(required.span.path)
    if own is None or not (own.locks or required.scope == "lock"):
        return False
    written = [path for path, found in manifests.items() if not found.locks]
    asked = {
        found.name
        for path in written
        for found in graph.facts_in(path, PackageRequirement)
        if found.scope != "lock"
    }
    return bool(asked) and required.name not in asked


def _resembling(name: str, resembles: Resemblance, checked: CheckedPackage) -> tuple[str, str]:
    target, meant = resembles.target, resembles.distribution
    other = f"`{target}`" if target == meant else f"`{target}`, which `{meant}` provides"
    text = (
        f"`{name}` is one slip ({resembles.slip}) away from {other}, number"
        f" {resembles.rank + 1} of the most downloaded packages, and is not established itself"
    )
    if checked.indexed is False:
        text += "; the index does not have it, so anyone can register it today"
    elif checked.first_upload:
        text += f"; it was first uploaded on {checked.first_upload}"
    fix = (
        f"If `{meant}` was meant, require it instead:\n```text\n{meant}\n```\n"
        f"If `{name}` is right, pin it with its digests and dismiss this finding with the reason."
    )
    return text, fix


def _unknown(name: str) -> tuple[str, str]:
    text = (
        f"the index has no package `{name}`: the name may be invented, or private, and whoever"
        " registers it decides what the next build installs"
    )
    fix = (
        "Require the package that was meant, or bind a private one to its own index:\n"
        f'```toml\n[tool.uv.sources]\n{name} = {{ index = "private" }}\n```'
    )
    return text, fix


def _registered_later(name: str, checked: CheckedPackage) -> tuple[str, str]:
    text = (
        f"the project asked for `{name}` before anybody had published it: commit"
        f" {checked.commit[:12]} of {checked.asked} requires it, and the releases that the index"
        f" shows begin on {checked.first_upload}; whoever saw the free name may have taken it"
    )
    fix = (
        f"Find out who publishes `{name}`. Where it is not who was meant, remove it and treat what"
        " installed it as compromised; where it is, pin it with its digests and dismiss this"
        f" finding with the reason:\n```text\n{name}==<reviewed release> --hash=sha256:<digest>\n```"
    )
    return text, fix
