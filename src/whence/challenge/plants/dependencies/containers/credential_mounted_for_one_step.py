from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

DOCKERFILE = "deploy/docker/Dockerfile"
PLAIN = "RUN python -m pip install --require-hashes -r requirements-build.txt \\\n"


@plant(
    rules=("secret-in-image", "hardcoded-secret", "build-stage-leak"),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("secret", "credential", "password", ".netrc"),
    cwes=("CWE-798", "CWE-522", "CWE-538", "CWE-312"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The build uses the credential of the package mirror through a secret mount.

    ## Why
    The file is mounted for this one instruction and is in no layer, no build argument and no
    provenance record. What is installed still needs the hashes of the lock.
    """
    secret = vary.choose("pip_conf", "mirror_login")
    mounted = f"RUN --mount=type=secret,id={secret},target=/etc/pip.conf \\\n"
    project.replace(
        DOCKERFILE,
        PLAIN,
        f"{mounted}    python -m pip install --require-hashes -r requirements-build.txt \\\n",
    )
    yield Place(DOCKERFILE, mounted.rstrip(" \\\n"))
