from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.models.base.taken_over_base import taken_over
from whence.challenge.project import Place, Project

FETCH = '''
def download(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:
        content: bytes = answer.read(MAX_BYTES)
    return content


def checkpoint() -> bytes:
    """The checkpoint of the release in use, verified."""
    EXPECTED
    return require_digest(download(ADDRESS), expected, "base.safetensors")

'''
FORMS = (
    (
        'expected = download(ADDRESS + ".sha256").decode("ascii").split()[0]',
        'download(ADDRESS + ".sha256")',
    ),
    (
        'expected = json.loads(download(ADDRESS.rpartition("/")[0] + "/manifest.json"))["sha256"]',
        'download(ADDRESS.rpartition("/")[0] + "/manifest.json")',
    ),
)


@plant(
    rules=("unverified-model-download",),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=(
        "same server",
        "same source",
        "same origin",
        "same place",
        "beside the payload",
        "same host",
    ),
    cwes=("CWE-494", "CWE-345", "CWE-353"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The digest that a downloaded checkpoint is compared with comes from the same server.

    ## Why
    Whoever can replace the checkpoint there can replace the digest beside it. The comparison finds
    broken downloads and no attacker, and the code looks as if the matter were settled.

    ## Fix
    Record the digest in the repository, where a change is reviewed, or verify a signature whose key
    comes from elsewhere.
    """
    name = vary.choose("house_base", "shared_base")
    version = f"{vary.number(2, 5)}.{vary.number(0, 9)}"
    expected, decision = vary.choose(*FORMS)
    address = f"https://artifacts.example.com/encoders/{version}/base.safetensors"
    imports = (
        "import json\nimport urllib.request" if "json" in expected else "import urllib.request"
    )
    path = taken_over(
        project,
        name,
        address,
        FETCH.replace("EXPECTED", expected),
        digests="DigestMismatch, manifest_of, require_digest",
        imports=imports,
        refused="(DigestMismatch, CheckpointRefused)",
    )
    yield Place(path, decision)
    yield Place(path, 'require_digest(download(ADDRESS), expected, "base.safetensors")')
