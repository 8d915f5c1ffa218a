from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

SCRIPT = """\
#!/usr/bin/env bash
# Installs the image scanner of the workstations after comparing its installer with the digest here.
set -euo pipefail

version=v0.104.0
sha256={digest}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

curl --fail --silent --show-error --location --proto '=https' --output "$work/install.sh" \\
    "https://get.example.com/image-scanner/${{version}}/install.sh"
printf '%s  %s\\n' "$sha256" "$work/install.sh" | sha256sum --check --quiet
sh "$work/install.sh" -b "$HOME/.local/bin"
"""


@plant(
    rules=("remote-script-execution", "unverified-download", "ci-unpinned-tool"),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("curl", "remote script", "install script", "downloaded script"),
    cwes=("CWE-494", "CWE-829"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """An install script is downloaded and run, but only if it has the recorded digest.

    ## Why
    The version is fixed, the digest stands in the repository, and `set -e` ends the script when the
    comparison fails, before anything of the download has run.
    """
    name = vary.choose("install_scanner.sh", "install_image_tools.sh")
    digest = hashlib.sha256(name.encode()).hexdigest()
    path = f"deploy/ci/{name}"
    project.add(path, SCRIPT.format(digest=digest))
    yield Place(path, "curl --fail --silent --show-error --location")
    yield Place(path, 'sh "$work/install.sh" -b')
