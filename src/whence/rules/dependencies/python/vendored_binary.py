"""Compiled code in the tree that nobody can trace."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.dependencies.wording import listed
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule
from whence.vocabulary.tree import File

_BINARY = re.compile(
    r"(?i).*\.(?:whl|egg|so(?:\.\d+)*|pyd|dll|dylib|jar|war|aar|node|exe|a|lib|wasm|cubin|ptx|fatbin)\Z"
)
_TESTS = re.compile(r"(?:^|/)(?:tests?|testing|testdata|fixtures?)/")
_SHOWN = 40


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1357", "CWE-506", "CWE-353", "SLSA-BUILD-L1"),
)
def check(graph: SupplyGraph, _: SupplyGraph) -> Iterator[Observation]:
    """Compiled code lies in the repository, with nothing that says where it came from.

    Nobody can review a wheel, a shared library or an archive of classes in a change request. One
    that was altered before it was added, or is altered later, looks like any other binary
    change, and no scanner of dependencies lists what is inside.

    ## Attack
    1. The adversary offers a build of a library, or changes the file in a change request among
       many others.
    2. Nobody can read the difference, and no digest or origin says what it should be.
    3. The application loads the file and runs what is in it.

    ## Fix
    Install it from an index with a digest. If it must stay, record the digest and the origin
    beside it, and check the digest before use:
    ```sh
    sha256sum vendor/*.whl > vendor/SHA256SUMS   # with the address of each release above its line
    sha256sum --check vendor/SHA256SUMS
    ```

    ## Score
    - AV:N the file was built and sent by somebody else
    - AC:H it must have been altered before or on its way into the tree
    - PR:L adding it takes a change that somebody accepts
    - UI:R somebody has to accept and run it
    - S:U the code runs as the application itself
    - C:L the code reads what the application can read
    - I:H the code runs within the application
    - A:L a wrong binary breaks the application

    ## Bad
    ```text vendor/kernels-1.0-py3-none-any.whl
    # finding
    ```
    ```text scorer.py
    import kernels
    ```
    ## Good: a recorded digest
    ```text vendor/kernels-1.0-py3-none-any.whl
    binary
    ```
    ```text vendor/SHA256SUMS
    9a2f3d4f8c1f7a4b1b5f0c9e2d7a6b3c8e5f4d1a2b3c4d5e6f708192a3b4c5d6  kernels-1.0-py3-none-any.whl
    ```
    """
    recorded = {found.target for found in graph.facts_of(RecordedDigest)}
    recorded |= {
        posixpath.normpath(posixpath.join(posixpath.dirname(found.span.path), found.url))
        for found in graph.facts_of(PackageRequirement)
        if found.url and found.hashes
    }
    folders: dict[str, list[File]] = {}
    for file in graph.files.values():
        if _BINARY.match(file.path) and not file.ignored and file.path not in recorded:
            folders.setdefault(posixpath.dirname(file.path), []).append(file)
    for folder, files in sorted(folders.items()):
        yield _observation(folder, files)


def _observation(folder: str, files: list[File]) -> Observation:
    tested = bool(_TESTS.search(folder + "/"))
    names = listed(posixpath.basename(file.path) for file in files)
    return Observation(
        subject=folder or ".",
        message=(
            f"`{folder or '.'}` holds compiled code ({names}) for which nothing in the tree records"
            " an origin or a digest"
        ),
        evidence=tuple(
            Evidence(Span(file.path, 1, 1), f"{file.size} bytes, sha256 {file.digest[:16]}…")
            for file in files[:_SHOWN]
        ),
        severity=Severity.LOW if tested else None,
        because="only tests use the folder" if tested else "",
    )
