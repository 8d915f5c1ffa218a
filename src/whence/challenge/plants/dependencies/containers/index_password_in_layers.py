from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

DOCKERFILE = "deploy/docker/Dockerfile"


@plant(
    rules=("secret-in-image", "hardcoded-secret"),
    severities=("critical", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("secret", "password", "credential", "token", "layer"),
    cwes=("CWE-798", "CWE-312", "CWE-522", "CWE-538"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A password of the package index stays in the layers of the image.

    ## Why
    Every layer is kept: what a later instruction deletes or unsets is still in the one before, and
    everybody who may pull the image can read it. With the password an attacker publishes a package
    to the index that the builds install from.

    ## Fix
    Mount the credential for one instruction with `RUN --mount=type=secret`, and change it.
    """
    password = vary.choose("v7Qm-Tz4kW-p2Lr9", "hN3x8-Rb6dYq-51Ks")
    if vary.choose(True, False):
        index = f"https://ci:{password}@packages.example.com/sentibot/simple"
        line = f"RUN printf '[global]\\nindex-url = {index}\\n' > /etc/pip.conf"
        project.insert_after(DOCKERFILE, "WORKDIR /srv/sentibot", line)
        project.insert_after(
            DOCKERFILE, "COPY data/manifest.json ./data/manifest.json", "RUN rm -f /etc/pip.conf"
        )
        yield Place(DOCKERFILE, line)
        yield Place(DOCKERFILE, "RUN rm -f /etc/pip.conf")
        return
    line = f"ENV PIP_INDEX_URL=https://ci:{password}@packages.example.com/sentibot/simple"
    project.insert_after(DOCKERFILE, "WORKDIR /srv/sentibot", line)
    yield Place(DOCKERFILE, line)
