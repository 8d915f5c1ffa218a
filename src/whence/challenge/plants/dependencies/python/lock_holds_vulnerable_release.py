from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project

LOCKS = ("requirements.txt", "requirements-test.txt")


@plant(
    rules=("known-vulnerability",),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.OUTSIDE,
    words=("known vulnerabilit", "vulnerable version", "cve-20", "outdated depend"),
    cwes=("CWE-1395", "CWE-1104", "CWE-937", "CWE-1035"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The production lock pins a release that has published vulnerabilities.

    ## Why
    The pinned release is inside the affected ranges of several advisories, and the service and
    the training image install exactly it. urllib3 before 2.6.3 decompresses answers without a
    working bound and idna before 3.7 takes quadratic time on long names, so whoever answers or
    feeds the process can stop it.

    ## Fix
    Lock a release at or past the fix and let the scan of the locks block a regression.
    """
    name, old, new = vary.choose(("urllib3", "2.8.0", "2.4.0"), ("idna", "3.20", "3.6"))
    for lock in LOCKS:
        yield _pinned_back(project, lock, name, old, new)


def _pinned_back(project: Project, lock: str, name: str, old: str, new: str) -> Place:
    pattern = rf"^{name}=={re.escape(old)} \\\n(?:    --hash=\S+(?: \\)?\n)+"
    found = re.search(pattern, project.text(lock), re.MULTILINE)
    if found is None:
        raise Conflict(f"{lock} does not pin {name} {old}")
    digests = [
        hashlib.sha256(f"{name}-{new}{ending}".encode()).hexdigest()
        for ending in ("-py3-none-any.whl", ".tar.gz")
    ]
    hashes = " \\\n".join(f"    --hash=sha256:{digest}" for digest in sorted(digests))
    project.replace(lock, found[0], f"{name}=={new} \\\n{hashes}\n")
    return Place(lock, f"{name}=={new}")
