from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

DOCKERFILE = "deploy/docker/Dockerfile"


@plant(
    rules=("container-runs-as-root",),
    severities=("medium", "high", "low"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("root", "no user", "without user"),
    cwes=("CWE-250", "CWE-269"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The serving image runs as root.

    ## Why
    Nothing in the image or in the compose file chooses another user, so a flaw in the service is
    root in the container: it may change the installed code and the configuration, and it is one
    kernel flaw away from the host.

    ## Fix
    End the image with a numeric user that owns nothing.
    """
    if vary.choose(True, False):
        project.replace(DOCKERFILE, "USER 10001:10001\nEXPOSE 8080\n", "EXPOSE 8080\n")
        yield Place(DOCKERFILE, "EXPOSE 8080")
        yield Place(DOCKERFILE, "FROM ${PYTHON_IMAGE} AS runtime")
    else:
        project.replace(
            DOCKERFILE,
            "USER 10001:10001\n",
            "# The mounted model volume belongs to root on the older nodes.\nUSER root\n",
        )
        yield Place(DOCKERFILE, "USER root")
    project.replace("deploy/docker/compose.yaml", '    user: "10001:10001"\n', "")
