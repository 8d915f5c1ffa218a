from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


def _pinned(name: str, version: str) -> str:
    digest = hashlib.sha256(f"{name}-{version}-py3-none-any.whl".encode()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


@plant(
    rules=("typosquat", "malicious-package"),
    severities=("high", "critical"),
    kind=Kind.SUBTLE,
    needs=Needs.OUTSIDE,
    words=("typosquat", "typo-squat", "look-alike", "lookalike", "misspel", "similar name"),
    cwes=("CWE-1357", "CWE-829", "CWE-506"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The kernel of the notebook installs a package whose name is one slip from a popular one.

    ## Why
    Nobody answers for the misspelt name: whoever registers it runs code on the machines of the
    people who analyse the model. The hash that was recorded with the slip only makes sure that
    everybody gets the same wrong package.

    ## Fix
    Write the name of the package that is meant, and lock again.
    """
    wrong, version = vary.choose(
        ("hugginface-hub", "1.33.0"),
        ("safetensrs", "0.8.0"),
        ("sentencepeice", "0.2.1"),
    )
    packages = [("ipykernel", "7.1.0"), ("pandas", "2.3.3"), (wrong, version)]
    project.add("notebooks/requirements.txt", "".join(_pinned(*each) for each in sorted(packages)))
    yield Place("notebooks/requirements.txt", f"{wrong}=={version}")
    project.append(
        "Makefile",
        "\nnotebook:\n\t$(PYTHON) -m pip install --require-hashes -r notebooks/requirements.txt",
    )
