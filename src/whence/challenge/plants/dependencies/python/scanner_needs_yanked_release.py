from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project

LOCK = "deploy/ci/requirements-ci.txt"


@plant(
    rules=("yanked-release", "known-vulnerability"),
    severities=("medium", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.OUTSIDE,
    words=("yanked", "withdrawn"),
    cwes=("CWE-1104", "CWE-1395"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The lock of the pipeline's tools pins a release that its publisher has withdrawn.

    ## Why
    requests 2.32.0 and 2.32.1 were yanked because of the change that was to fix a flaw in
    certificate verification. Installers take a yanked release only for an exact pin, so the pin
    alone keeps it alive in the job that decides whether a release is clean.

    ## Fix
    Lock the release that replaced it.
    """
    version = vary.choose("2.32.0", "2.32.1")
    found = re.search(
        r"^requests==2\.34\.2 \\\n(?:    --hash=\S+(?: \\)?\n)+", project.text(LOCK), re.M
    )
    if found is None:
        raise Conflict(f"{LOCK} does not pin requests 2.34.2")
    digests = [
        hashlib.sha256(f"requests-{version}{ending}".encode()).hexdigest()
        for ending in ("-py3-none-any.whl", ".tar.gz")
    ]
    hashes = " \\\n".join(f"    --hash=sha256:{digest}" for digest in sorted(digests))
    project.replace(LOCK, found[0], f"requests=={version} \\\n{hashes}\n")
    yield Place(LOCK, f"requests=={version}")
