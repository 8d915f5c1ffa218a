from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

SCRIPT = "deploy/ci/install_kubectl.sh"
PINNED = (
    "version=v1.32.4\nsha256=10d739e9af8a59c9e7a730a2445916e04bc9cbb44bc79d22ce460cd329fa076c\n"
)
CHECK = "printf '%s  kubectl.download\\n' \"$sha256\" | sha256sum --check --quiet\n"


@plant(
    rules=("unverified-download", "ci-unpinned-tool"),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("same server", "same host", "same source", "checksum", "digest", "unverified"),
    cwes=("CWE-494", "CWE-345", "CWE-353"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """kubectl is compared with a digest that comes from the same server as kubectl.

    ## Why
    Whoever can replace the binary replaces the digest beside it, so the comparison holds always.
    The binary then runs in the deploy job with the role that changes production.

    ## Fix
    Record version and digest in the script, where a change is reviewed.
    """
    if vary.choose(True, False):
        project.replace(
            SCRIPT, PINNED, 'version=$(curl -fsSL "https://dl.k8s.io/release/stable-1.32.txt")\n'
        )
        project.replace(SCRIPT, "comparing it with the digest recorded here", "checking its digest")
    else:
        project.replace(SCRIPT, PINNED, "version=v1.32.4\n")
        project.replace(SCRIPT, "the digest recorded here", "its published digest")
    fetched = 'sha256=$(curl -fsSL "https://dl.k8s.io/release/${version}/bin/linux/amd64/kubectl.sha256")\n'
    project.replace(SCRIPT, CHECK, fetched + CHECK)
    yield Place(SCRIPT, fetched.strip())
    yield Place(SCRIPT, CHECK.strip())
