"""Exact versions whose files nothing fixes."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.locking import Hold, hold_on, installed_together
from whence.rules.dependencies.whose_manifest import (
    is_installed_copy,
    is_library,
    is_template,
)
from whence.rules.dependencies.wording import listed
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import (
    Include,
    PackageIndex,
    PackageManifest,
    PackageRequirement,
)
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule
from whence.vocabulary.tree import is_copied


@rule(
    severity=Severity.LOW,
    references=("CWE-494", "CWE-353", "AML.T0010.001", "SLSA-BUILD-L2"),
)
def check(fixed: PackageManifest | PackageRequirement, graph: SupplyGraph) -> Iterator[Observation]:
    """Versions are exact, but nothing says which files they are.

    A version number names a release, not its bytes. An index, a mirror, a proxy or a cache can
    answer the same number with another file: a wheel added later for the build's platform, a
    file served by a hijacked mirror. Without a digest the installer cannot tell.

    ## Attack
    1. The adversary can answer for the index: a mirror, a caching proxy, a private index, or the
       account of a publisher who may add files to a release that exists.
    2. The build asks for the pinned version and receives the adversary's wheel.
    3. The installer unpacks it, since the number is right.

    ## Fix
    Record the digests and make the installer refuse everything else:
    ```sh
    pip-compile --generate-hashes --output-file requirements.txt requirements.in
    pip install --require-hashes -r requirements.txt
    ```

    ## Score
    - AV:N the files come over the network
    - AC:H the adversary must stand between the index and the build
    - PR:H that takes an account at the index, the mirror or the publisher
    - UI:R somebody must start a build
    - S:U the code runs as the application itself
    - C:L the installed code reads what the application can read
    - I:L one package among many is replaced
    - A:L a wrong file can break the build

    ## Bad
    ```text requirements.txt
    numpy==1.26.4  # finding
    torch==2.6.0  # finding
    ```
    ## Good
    ```text requirements.txt
    numpy==1.26.4 --hash=sha256:2a02aba9ed12e4ac4eb3ea9421c420301a0c6460d9830d74a9df87efa4912010
    ```
    ## Good: a lock file with digests
    ```toml uv.lock
    version = 1

    [[package]]
    name = "numpy"
    version = "1.26.4"
    source = { registry = "https://packages.example.com/simple" }
    wheels = [
        { url = "https://packages.example.com/n.whl", hash = "sha256:2a02aba9ed12e4ac4eb3ea9421c420301a0c6460d9830d74a9df87efa4912010" },
    ]
    ```
    """
    if isinstance(fixed, PackageRequirement):
        yield from _on_command_line(fixed, graph)
    else:
        yield from _in_manifest(fixed, graph)


def _in_manifest(manifest: PackageManifest, graph: SupplyGraph) -> Iterator[Observation]:
    named = [
        found
        for found in graph.facts_in(manifest.span.path, PackageRequirement)
        if found.name
        and not found.url
        and found.scope != "command"
        and found.group != "build-system"
    ]
    pins = [found for found in named if found.version and not found.hashes]
    # Installers take digests for all or for none: a list of ranges with a pin among them lacks more.
    if not pins or 2 * len([found for found in named if found.version]) < len(named):
        return
    if manifest.require_hashes or not _decides(manifest, graph):
        return
    hold = hold_on(manifest, graph)
    path = manifest.span.path
    if is_copied(path) and not is_installed_copy(path, graph):
        return
    if is_template(path) and not hold.installs:
        return
    if hold.is_locked or _from_the_tree(manifest, hold, graph):
        return
    recorded = _recorded_elsewhere(manifest, graph)
    bare = [pin for pin in pins if pin.name not in recorded]
    if bare:
        yield _observation(manifest, bare)


def _on_command_line(required: PackageRequirement, graph: SupplyGraph) -> Iterator[Observation]:
    """One observation for all pins on the command lines of one image."""
    if not _is_pinned_command(required):
        return
    path = required.span.path
    pins = [one for one in graph.facts_in(path, PackageRequirement) if _is_pinned_command(one)]
    if pins[0] != required:
        return
    yield Observation(
        subject=f"install commands in {path}",
        message=(
            f"`{path}` installs {listed(pin.name for pin in pins)} by version only: a command line"
            " cannot say which files these are, a requirements file with digests can"
        ),
        evidence=tuple(Evidence(pin.span, f"{pin.name} {pin.version}, no digest") for pin in pins),
    )


def _is_pinned_command(found: PackageRequirement) -> bool:
    return (
        found.scope == "command"
        and found.context == "image"
        and found.ecosystem == "pypi"
        and bool(found.version)
        and not found.url
        and not found.hashes
    )


def _decides(manifest: PackageManifest, graph: SupplyGraph) -> bool:
    """Whether versions are installed from this file as they stand."""
    return manifest.locks or not is_library(manifest, graph)


def _from_the_tree(manifest: PackageManifest, hold: Hold, graph: SupplyGraph) -> bool:
    """Whether packages come from files that the repository itself holds."""
    paths = {*installed_together(manifest.span.path, graph)}
    paths |= {install.span.path for install in hold.installs}
    indexes = [found for path in sorted(paths) for found in graph.facts_in(path, PackageIndex)]
    return any(found.role == "none" for found in indexes)


def _recorded_elsewhere(manifest: PackageManifest, graph: SupplyGraph) -> set[str]:
    """Packages whose digests a constraints file of the manifest records."""
    files = [
        include.target
        for path in installed_together(manifest.span.path, graph)
        for include in graph.facts_in(path, Include)
    ]
    return {
        pin.name for path in files for pin in graph.facts_in(path, PackageRequirement) if pin.hashes
    }


def _observation(manifest: PackageManifest, bare: list[PackageRequirement]) -> Observation:
    path = manifest.span.path
    count = len({pin.name for pin in bare})
    return Observation(
        subject=path,
        message=(
            f"`{path}` fixes {listed(pin.name for pin in bare)} by version only: no digest says"
            f" which files {'these releases are' if count > 1 else 'this release is'}, so an"
            " index, mirror or proxy can serve others under the same number"
        ),
        evidence=tuple(Evidence(pin.span, f"{pin.name} {pin.version}, no digest") for pin in bare),
    )
