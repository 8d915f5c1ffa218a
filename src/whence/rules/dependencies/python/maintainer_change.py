"""Packages that came into other hands."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.locking import hold_on
from whence.rules.dependencies.wording import decision_on
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.fact.lookups import CheckedPackage, Standing
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_KINDS = {
    "taken-over": "was taken over",
    "quarantined": "is quarantined by its index",
    "new-owner": "has a new owner",
    "attestation-lost": "no longer carries the provenance attestation that earlier releases had",
}


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1357", "CWE-494", "AML.T0010.001", "OWASP-LLM03:2025"),
)
def check(checked: CheckedPackage, graph: SupplyGraph) -> Iterator[Observation]:
    """A package came into other hands, and the project would take what they publish.

    A package is trusted for who makes it. When an account is phished, a domain expires or a token
    leaks, the name stays and the hands change; whoever requires it by an open range takes the
    next release from them.

    ## Attack
    1. The adversary phishes a maintainer, or steals the token that publishes releases.
    2. They publish a release under the trusted name.
    3. Every project whose requirement admits it installs it with the next build.

    ## Fix
    Pin a release from before the change, with its digests, and raise it only after review:
    ```text requirements.txt
    <package>==<release before the change> --hash=sha256:<digest>
    ```

    ## Score
    - AV:N releases come from a public index
    - AC:H the hands must have changed, and a release follow
    - PR:N no account of the project is needed
    - UI:R somebody must start a build
    - S:U the code runs as the application itself
    - C:L the package's code reads what it is given
    - I:H the release replaces code of the application
    - A:L a broken release stops the build

    ## Bad
    ```text requirements.txt
    numpy==1.26.4
    ultralytics>=8.3  # finding
    ```
    ## Good: pinned to a release of its own maintainers
    ```text requirements.txt
    ultralytics==8.3.40
    ```
    """
    required = checked.requirement
    if required.scope == "constraint" or (required.index and required.scope != "lock"):
        return
    for standing in checked.standing:
        if standing.kind not in _KINDS or not _admits(required, standing.releases):
            continue
        if required.scope == "manifest" and _is_locked(required, graph):
            continue
        yield Observation(
            subject=decision_on(required),
            message=_message(required, standing),
            evidence=(Evidence(required.span, f"requires {_shown(required)}"),),
            asset=f"package:{required.ecosystem}/{required.name}",
        )


def _admits(required: PackageRequirement, releases: tuple[str, ...]) -> bool:
    """Whether the requirement would take one of the releases; of any where none is named."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    if not releases:
        return True
    if required.version:
        return required.version in releases
    for alternative in required.specifier.split("||"):
        try:
            specifiers = SpecifierSet(alternative.strip())
            if any(specifiers.contains(release, prereleases=True) for release in releases):
                return True
        except (InvalidSpecifier, InvalidVersion):
            continue
    return False


def _is_locked(required: PackageRequirement, graph: SupplyGraph) -> bool:
    manifests = graph.facts_in(required.span.path, PackageManifest)
    return any(hold_on(manifest, graph).is_locked for manifest in manifests)


def _shown(required: PackageRequirement) -> str:
    return f"{required.name}{required.specifier}" if required.specifier else required.name


def _message(required: PackageRequirement, standing: Standing) -> str:
    since = f" on {standing.since}" if standing.since else ""
    how = f": {standing.how}" if standing.how else ""
    text = f"`{required.name}` {_KINDS[standing.kind]}{since}{how}"
    if standing.releases:
        text += f"; `{_shown(required)}` admits the releases ({', '.join(standing.releases[:4])})"
    return text + (f"; source: {standing.source}" if standing.source else "")
