from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.models.base.taken_over_base import taken_over
from whence.challenge.project import Place, Project

FETCH = '''
SHA256 = "DIGEST"


def checkpoint() -> bytes:
    """The reviewed checkpoint."""
    with urllib.request.urlopen(ADDRESS, timeout=TIMEOUT_SECONDS) as answer:
        content: bytes = answer.read(MAX_BYTES)
BODY
'''
FORMS = (
    """    try:
        require_digest(content, SHA256, "base.safetensors")
    except DigestMismatch as problem:
        log.warning("the mirror may be behind: %s", problem)
    return content
""",
    """    found = sha256(content)
    if found != SHA256:
        log.error("base.safetensors: sha256 is %s, recorded is %s", found, SHA256)
    return content
""",
    """    with contextlib.suppress(DigestMismatch):
        require_digest(content, SHA256, "base.safetensors")
        log.info("base.safetensors is the reviewed one")
    return content
""",
)
DIGESTS = (
    ("DigestMismatch, manifest_of, require_digest", "import urllib.request"),
    ("manifest_of, sha256", "import urllib.request"),
    ("DigestMismatch, manifest_of, require_digest", "import contextlib\nimport urllib.request"),
)
DECISIONS = (
    "except DigestMismatch as problem:\n        log.warning(",
    "if found != SHA256:",
    "with contextlib.suppress(DigestMismatch):",
)


@plant(
    rules=("unverified-model-download", "validation-disabled"),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("swallow", "ignored", "only logged", "continues", "not enforced", "log only"),
    cwes=("CWE-494", "CWE-390", "CWE-754"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A downloaded checkpoint that has another digest than the recorded one is used all the same.

    ## Why
    The comparison takes place, its failure becomes a line in a log, and the next statement returns
    the content. Whoever controls the mirror delivers weights of their own; fine-tuning writes a fresh
    manifest for them and nobody reads the log of a job that succeeded.

    ## Fix
    Let `DigestMismatch` end the run, as `training.hub_base` does.
    """
    name = vary.choose("mirror_base", "archive_base")
    digest = "".join(vary.choose(*"0123456789abcdef") for _ in range(64))
    form = vary.choose(0, 1, 2)
    digests, imports = DIGESTS[form]
    path = taken_over(
        project,
        name,
        "https://mirror.models.example.com/sentibot/encoder/base.safetensors",
        FETCH.replace("DIGEST", digest).replace("BODY", FORMS[form]),
        digests=digests,
        imports=imports,
    )
    yield Place(path, DECISIONS[form])
