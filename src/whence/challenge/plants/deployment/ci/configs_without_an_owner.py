from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("missing-code-owners",),
    severities=("low", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("codeowners", "code owner", "no owner", "nobody must review", "review"),
    cwes=("CWE-862", "CWE-284", "CWE-1220", "CWE-285"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The last lines of CODEOWNERS take the owners away from files that decide what is released.

    ## Why
    The last pattern that matches wins, and a pattern without an owner means that nobody needs to
    review. Whoever may push a change edits these files with the approval of any colleague, or of
    none.

    ## Fix
    Delete the lines; tell the bot's changes apart by its own rules.
    """
    paths = vary.choose(
        ("/models/configs/", "/data/manifest.json"),
        ("/deploy/ci/", "/requirements*.txt"),
        ("/deploy/k8s/overlays/", "/models/configs/"),
    )
    lines = "\n".join(paths)
    yield project.append(
        "CODEOWNERS", f"\n# Renewed by the bot; no one needs to be asked.\n{lines}"
    )
    beginnings = tuple(path.strip("/").split("*")[0] for path in paths)
    for path in sorted(project.files):
        if path.startswith(beginnings):
            yield Place(path)
