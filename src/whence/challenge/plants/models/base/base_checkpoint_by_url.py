from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.models.base.taken_over_base import taken_over
from whence.challenge.project import Place, Project

FETCH = '''
def checkpoint() -> bytes:
    """The newest checkpoint."""
    with urllib.request.urlopen(ADDRESS, timeout=TIMEOUT_SECONDS) as answer:
        content: bytes = answer.read(MAX_BYTES)
    return content

'''
CURL = '''
def checkpoint() -> bytes:
    """The newest checkpoint."""
    command = ["curl", "--fail", "--silent", "--location", "--retry", "3", ADDRESS]
    return subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS).stdout

'''


@plant(
    rules=("unverified-model-download",),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=(
        "without checksum",
        "no checksum",
        "without digest",
        "no digest",
        "no signature",
        "integrity",
    ),
    cwes=("CWE-494", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A base checkpoint is taken from a web address, and its digest is made of what arrived.

    ## Why
    The manifest that fine-tuning verifies is written from the download itself, so that it confirms
    whatever the server, its storage or its DNS name delivers. Weights with a back door in the
    embedding of one word pass every later check and end in a signed release.

    ## Fix
    Record the SHA-256 of the reviewed checkpoint in a configuration file and compare it before use.
    """
    group = vary.choose("research_base", "search_team_base", "language_lab_base")
    host = group.removesuffix("_base").replace("_", "-")
    address = f"https://models.{host}.example.com/encoders/newest/base.safetensors"
    fetch, imports, decision = vary.choose(
        (
            FETCH,
            "import urllib.request",
            "urllib.request.urlopen(ADDRESS, timeout=TIMEOUT_SECONDS)",
        ),
        (CURL, "import subprocess", '"--retry", "3", ADDRESS]'),
    )
    path = taken_over(project, group, address, fetch, imports=imports)
    yield Place(path, decision)
    yield Place(path, f'ADDRESS = "{address}"')
