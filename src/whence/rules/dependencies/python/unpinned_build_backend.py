"""Build tools of an application that nothing bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.dependencies.whose_manifest import (
    is_installed_copy,
    is_library,
    is_template,
)
from whence.rules.dependencies.wording import listed
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule
from whence.vocabulary.tree import is_copied

_BOUND = re.compile(r"(?:^|,)\s*(?:==|===|~=|<)")


@rule(
    severity=Severity.LOW,
    references=("CWE-1357", "CWE-829", "SLSA-BUILD-L2"),
)
def check(manifest: PackageManifest, graph: SupplyGraph) -> Iterator[Observation]:
    """The tools that build the application are taken in whatever version is newest.

    The build backend runs code on the building machine and writes every file of the package. It
    stands in no lock file: installers fetch it freshly, in an environment of its own, for every
    build.

    ## Attack
    1. The adversary publishes a release of the backend, or of a plug-in that it needs.
    2. The next build fetches it into its isolated environment, past the lock file.
    3. It runs during the build and alters what gets packaged.

    ## Fix
    Bound the backend and its plug-ins:
    ```toml pyproject.toml
    [build-system]
    requires = ["hatchling>=1.27,<2"]
    build-backend = "hatchling.build"
    ```

    ## Score
    - AV:N releases come from a public index
    - AC:H the adversary must first control the backend or a plug-in
    - PR:H that takes the account of its maintainers
    - UI:R somebody must start a build
    - S:U the code runs within the build
    - C:L the build's surroundings can be read
    - I:L what is packaged can be altered
    - A:L a broken release stops the build

    ## Bad
    ```toml pyproject.toml
    [build-system]
    requires = ["setuptools", "wheel"]  # finding
    build-backend = "setuptools.build_meta"

    [project]
    name = "scorer"
    version = "1.0"
    ```
    ## Good
    ```toml pyproject.toml
    [build-system]
    requires = ["hatchling>=1.27,<2"]
    build-backend = "hatchling.build"

    [project]
    name = "scorer"
    version = "1.0"
    ```
    """
    path = manifest.span.path
    if manifest.kind != "pyproject" or is_library(manifest, graph) or is_template(path):
        return
    if is_copied(path) and not is_installed_copy(path, graph):
        return
    required = graph.facts_in(path, PackageRequirement)
    constrained = {found.name for found in required if found.scope == "constraint"}
    free = [
        found
        for found in required
        if found.group == "build-system"
        and found.scope == "manifest"
        and not found.url
        and not _BOUND.search(found.specifier)
        and found.name not in constrained
    ]
    if free:
        names = listed(found.name for found in free)
        yield Observation(
            subject=path,
            message=(
                f"`{path}` builds with {names} in whatever version is newest: no lock"
                " file covers what a build fetches for itself"
            ),
            evidence=tuple(
                Evidence(found.span, f"{found.name} {found.specifier or 'any version'}")
                for found in free
            ),
        )
