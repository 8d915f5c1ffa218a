from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("insecure-index", "insecure-transport", "missing-hashes"),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("plain http", "trusted-host", "trusted host", "tls", "unencrypted index", "http index"),
    cwes=("CWE-319", "CWE-295", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The tools that write the locks are installed from an index without TLS.

    ## Why
    Nothing but the connection says where these packages come from. Whoever sits between a
    developer and the mirror replaces the package, and the code then runs on the machine that
    writes and commits the hashes everybody else trusts.

    ## Fix
    Use the https address of the mirror and pin the tools with hashes.
    """
    mirror = "http://packages.example.com/mirror/simple"
    if vary.choose(True, False):
        recipe = (
            "\n# The office mirror; its certificate is from the old internal authority.\n"
            f"lock-tools:\n\t$(PYTHON) -m pip install --index-url {mirror} \\\n"
            "\t\t--trusted-host packages.example.com build==1.3.0 tomli-w==1.2.0"
        )
        project.append("Makefile", recipe)
        yield Place("Makefile", f"--index-url {mirror}")
        yield Place("Makefile", "--trusted-host packages.example.com build==1.3.0")
        return
    recipe = (
        "\nlock-tools:\n"
        "\tPIP_CONFIG_FILE=deploy/pip.conf $(PYTHON) -m pip install build==1.3.0 tomli-w==1.2.0"
    )
    yield project.add(
        "deploy/pip.conf",
        f"[global]\nindex-url = {mirror}\ntrusted-host = packages.example.com\ntimeout = 60\n",
    )
    yield project.append("Makefile", recipe)
