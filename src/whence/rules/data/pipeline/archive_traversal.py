"""An archive from outside is unpacked wherever its members say."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    content,
    doubts,
    evidence,
    exposed,
    only_tests,
    subject,
    who_decides,
)
from whence.vocabulary.fact.code import (
    ArchiveExtraction,
    Exposure,
    Origin,
    OriginKind,
    PathUse,
)
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.HIGH,
    references=("CWE-22", "CWE-59", "AML.T0010.002"),
)
def check(use: ArchiveExtraction | PathUse, graph: SupplyGraph) -> Iterator[Observation]:
    """An archive from outside is unpacked without a filter on its members.

    Members of a tar archive may be named `../../etc/cron.d/job`, may be absolute, and may be links
    that later members are written through. Unpacking then writes outside the folder.

    ## Attack
    Whoever serves or can replace the archive adds a member whose name leads into the home folder of
    the training job. The next run overwrites a start-up file there, which is run at the next login.

    ## Fix
    Use the filter for data, which refuses such members (Python 3.12, and 3.8 to 3.11 with updates):
    ```python
    archive.extractall(target, filter="data")
    ```

    ## Score
    - AV:N the archive comes over the network
    - AC:L a crafted member name is enough
    - PR:N serving the archive needs no account on this system
    - UI:N unpacking is part of the normal run
    - S:U files of the unpacking account are written
    - C:N nothing is read
    - I:H any file of the account can be overwritten
    - A:N the job goes on

    ## Bad
    ```python corpus.py
    import tarfile
    import urllib.request


    def corpus(target):
        name, _ = urllib.request.urlretrieve("https://data.example.com/corpus.tar.gz", "corpus.tar.gz")
        with tarfile.open(name) as archive:
            archive.extractall(target)  # finding
    ```
    ## Good
    ```python corpus.py
    import tarfile
    import urllib.request
    import zipfile


    def corpus(target):
        urllib.request.urlretrieve("https://data.example.com/corpus.tar.gz", "corpus.tar.gz")
        with tarfile.open("corpus.tar.gz") as archive:
            archive.extractall(target, filter="data")
        with zipfile.ZipFile("corpus.zip") as archive:
            archive.extractall(target)
    ```
    ## Good: members checked
    ```python corpus.py
    import os
    import sys
    import tarfile


    def corpus(target):
        root = os.path.realpath(target)
        with tarfile.open(sys.argv[1]) as archive:
            for member in archive.getmembers():
                path = os.path.realpath(os.path.join(root, member.name))
                if os.path.commonpath([root, path]) != root or member.issym() or member.islnk():
                    raise ValueError(member.name)
            archive.extractall(root)
    ```
    """
    if only_tests(use):
        return
    if isinstance(use, PathUse):
        yield from _written(use)
        return
    if use.safe or use.format == "unknown":
        return
    for origin in exposed(use, Exposure.UNKNOWN, "digest", "signature", "members", "confined"):
        severity, because = _weight(origin, "links" in use.why)
        yield Observation(
            subject=subject(use, origin),
            message=(
                f"`{use.callee}` unpacks {content(origin)} and {use.why}: {who_decides(origin)}."
                f'{doubts(origin)} Right would be `filter="data"`.'
            ),
            evidence=evidence(use, origin, "members are written wherever they say"),
            severity=severity,
            because=because,
        )


def _weight(origin: Origin, partly: bool) -> tuple[Severity | None, str]:
    """How much less an archive weighs that few can change, or whose plain cases are tested."""
    if origin.exposure < Exposure.OPERATOR:
        return Severity.LOW, who_decides(origin)
    tested = partly or any(guard.kind in ("members", "confined") for guard in origin.guards)
    if origin.exposure is Exposure.OPERATOR:
        return Severity.LOW if tested else Severity.MEDIUM, who_decides(origin)
    if tested:
        return Severity.MEDIUM, "names are tested, which stops the plain case"
    return None, ""


def _written(use: PathUse) -> Iterator[Observation]:
    """Members that the code itself writes under the names that the archive gives."""
    if use.action != "write":
        return
    for origin in use.comes_from(OriginKind.MEMBER_NAME):
        if not origin.guarded_by("confined", "allow-list", "members"):
            yield Observation(
                subject=f"members:{use.span.path}:{use.function}",
                message=(
                    f"`{use.callee}` writes a member under the name that its archive gives"
                    f" (`{use.artefact}`), which may lead out of the folder.{doubts(origin)} Right"
                    " would be to resolve the path and keep it below the folder."
                ),
                evidence=evidence(use, origin, "a member is written wherever it says"),
                severity=Severity.MEDIUM if origin.guards else None,
                because="names are tested, which stops the plain case" if origin.guards else "",
            )
