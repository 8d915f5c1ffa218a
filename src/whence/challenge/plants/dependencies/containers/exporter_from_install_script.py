from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=(
        "remote-script-execution",
        "unneeded-package",
        "ci-unpinned-tool",
        "unverified-download",
    ),
    severities=("high", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("curl", "| sh", "pipe to shell", "piped", "remote script", "wget"),
    cwes=("CWE-494", "CWE-829", "CWE-78"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A script from a server is run unread while the serving image or its tools are installed.

    ## Why
    Whatever the server answers at that moment runs as root inside the build, or with the
    credentials of the person who calls the target. A server can tell a shell from a browser and
    give each another script.

    ## Fix
    Download a fixed version, compare it with a digest in the repository, then run it.
    """
    if vary.choose(True, False):
        script = vary.choose(
            "curl -fsSL https://get.example.com/metrics-exporter/install.sh | sh",
            "curl -fsSL https://get.example.com/otel-agent/install.sh | bash -s -- --yes",
        )
        project.insert_after(
            "deploy/docker/Dockerfile",
            "WORKDIR /srv/sentibot",
            "RUN apt-get update && apt-get install -y --no-install-recommends curl \\\n"
            f"    && {script} \\\n"
            "    && rm -rf /var/lib/apt/lists/*",
        )
        yield Place("deploy/docker/Dockerfile", script)
        return
    script = "wget -qO- https://get.example.com/dev-cluster/bootstrap.sh | sudo sh"
    project.append(
        "Makefile", f"\n# A throw-away cluster for trying the manifests.\ncluster:\n\t{script}"
    )
    yield Place("Makefile", script)
