from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("dependency-confusion", "insecure-index", "unpinned-dependency"),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("dependency confusion", "private index", "internal index"),
    cwes=("CWE-427",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A private package comes from a private index, which is the only one that is asked.

    ## Why
    `--index-url` replaces the public index, and the requirement is exact and hashed: nobody
    outside can answer for the name, and another file would be refused. Only an *extra* index lets
    two compete.
    """
    name = vary.choose("sentibot-dashboards", "exampleorg-review-export")
    digest = hashlib.sha256(f"{name}-1.4.1-py3-none-any.whl".encode()).hexdigest()
    yield project.add(
        "requirements-analytics.txt",
        "--index-url https://packages.example.com/sentibot/simple\n"
        f"{name}==1.4.1 \\\n    --hash=sha256:{digest}\n",
    )
    project.append(
        "Makefile",
        "\nanalytics:\n\t$(PYTHON) -m pip install --require-hashes -r requirements-analytics.txt",
    )
