from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("unneeded-package",),
    severities=("low", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("unneeded", "unnecessary", "attack surface", "debug", "vim", "netcat", "ssh"),
    cwes=("CWE-489", "CWE-1104", "CWE-250"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The runtime stage installs editors, a debugger and network tools.

    ## Why
    They serve nobody but an intruder: with a debugger and a connection tool a foothold in the
    service becomes a look into its memory and a way onward.

    ## Fix
    Debug with an ephemeral container and keep the runtime stage as it comes.
    """
    tools = vary.choose(
        "vim gdb netcat-openbsd", "openssh-server nano strace", "gdb tcpdump vim socat"
    )
    project.insert_after(
        "deploy/docker/Dockerfile",
        "WORKDIR /srv/sentibot",
        "RUN apt-get update \\\n"
        f"    && apt-get install -y --no-install-recommends {tools} \\\n"
        "    && rm -rf /var/lib/apt/lists/*",
    )
    yield Place("deploy/docker/Dockerfile", f"install -y --no-install-recommends {tools}")
