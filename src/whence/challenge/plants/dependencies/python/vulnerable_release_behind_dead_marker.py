from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

LOCK = "requirements-test.txt"


@plant(
    rules=("known-vulnerability",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("known vulnerabilit", "vulnerable version", "cve-20", "outdated depend"),
    cwes=("CWE-1395", "CWE-937", "CWE-1035"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The lock of the tests names an affected release under a marker that never holds.

    ## Why
    The release is installed on interpreters that the project does not support: pyproject.toml asks
    for Python 3.11, CI tests 3.11 and 3.12, and the image has 3.12. The line stays from a resolver
    that kept older interpreters in mind, and no environment installs it.
    """
    name, version, marker = vary.choose(
        ("zipp", "3.15.0", "python_full_version < '3.8'"),
        ("tornado", "6.4.1", "python_full_version < '3.9'"),
    )
    digest = hashlib.sha256(f"{name}-{version}.whl".encode()).hexdigest()
    requirement = f"{name}=={version} ; {marker} \\\n    --hash=sha256:{digest}"
    project.append(LOCK, requirement)
    yield Place(LOCK, f"{name}=={version} ; {marker}")
