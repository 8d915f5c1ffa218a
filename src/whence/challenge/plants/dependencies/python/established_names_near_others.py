from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

PACKAGES = (
    ("jaxlib", "0.7.2"),
    ("pytorch-metric-learning", "2.9.0"),
    ("scikit-image", "0.26.0"),
    ("tensorflow-hub", "0.16.1"),
)


@plant(
    rules=("typosquat", "malicious-package", "dependency-confusion"),
    kind=Kind.RED_HERRING,
    needs=Needs.OUTSIDE,
    words=("typosquat", "look-alike", "lookalike", "similar name", "suspicious package"),
    cwes=("CWE-1357",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Packages whose names resemble more famous ones are the established packages of those names.

    ## Why
    Each of them is maintained by a known project for many years and among the most downloaded of
    the index; that `jaxlib` resembles `jax` is no slip. All are pinned and hashed.
    """
    first = vary.number(0, 1)
    chosen = PACKAGES[first : first + 3]
    lines = []
    for name, version in chosen:
        digest = hashlib.sha256(f"{name}-{version}-py3-none-any.whl".encode()).hexdigest()
        lines.append(f"{name}=={version} \\\n    --hash=sha256:{digest}\n")
    yield project.add("requirements-research.txt", "".join(lines))
    project.append(
        "Makefile",
        "\nresearch:\n\t$(PYTHON) -m pip install --require-hashes -r requirements-research.txt",
    )
