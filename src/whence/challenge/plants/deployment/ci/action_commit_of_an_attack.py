from __future__ import annotations

import re
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CHANGED = """\
      - id: changed
        uses: tj-actions/changed-files@0e58ed8671d6b60d0890c21b07f8835ace038e67 # v45
        with:
          files: |
            deploy/k8s/**
"""
REVIEWDOG = """\
      - uses: reviewdog/action-setup@f0d342d24037bb11d26b9bd8496e0808ba32e9ec # v1
"""


@plant(
    rules=("known-compromised-action",),
    severities=("critical", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.OUTSIDE,
    words=(
        "compromised",
        "malicious commit",
        "cve-2025-30066",
        "cve-2025-30154",
        "tj-actions",
        "reviewdog",
    ),
    cwes=("CWE-506", "CWE-829", "CWE-1395"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """An action is pinned to the very commit that attackers put there in March 2025.

    ## Why
    The commit reads the memory of the runner and prints the secrets it finds into the log. Pinning
    made the attack permanent: when the tags were repaired, this line stayed.

    ## Fix
    Pin a commit after the repair, or list changed files with git; change every secret that the
    workflow could reach.
    """
    text = vary.choose(CHANGED, REVIEWDOG)
    anchor = "      - name: Install kubectl\n        run: bash deploy/ci/install_kubectl.sh"
    project.replace("deploy/ci/ci.yml", anchor, text + anchor)
    yield Place("deploy/ci/ci.yml", re.findall(r"uses: (\S+)", text)[0])
