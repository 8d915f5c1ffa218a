from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

APP = "src/inference/app.py"
READ = "    key = read_public_key(settings.public_key_file)\n"


@plant(
    rules=("missing-model-signature", "unverified-model-load"),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("public key", "key beside", "same place", "signature", "trust anchor"),
    cwes=("CWE-347", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The service prefers a verification key that comes with the release itself.

    ## Why
    Whoever exchanges the release puts their own key beside it and signs with the other half: the
    signature holds. The schema refuses a configured key in the model folder for just this reason,
    and the new lookup goes round it.

    ## Fix
    Verify with the mounted key of the platform team only, and rotate it as SECURITY.md says.
    """
    name = vary.choose("signing.pub", "model-signing.pub", "next.pub")
    reason = vary.choose(
        "    # During a rotation the release brings the key of its successor.",
        "    # Releases of partners are signed with keys of their own.",
    )
    if vary.choose(True, False):
        decision = f'carried = settings.model_directory / "{name}"'
        project.replace(
            APP,
            READ,
            f"{reason}\n    {decision}\n"
            "    key = read_public_key(carried if carried.exists() else settings.public_key_file)\n",
        )
        yield Place(APP, decision)
    else:
        decision = f'own = folder / "{name}"'
        path = "src/inference/release.py"
        project.replace(
            path,
            "    manifest = verify((folder / ENVELOPE_FILE).read_bytes(), key)\n",
            f"{reason}\n    {decision}\n    trusted = read_public_key(own) if own.exists() else key\n"
            "    manifest = verify((folder / ENVELOPE_FILE).read_bytes(), trusted)\n",
        )
        project.replace(
            path,
            "from sentibot.envelope import ENVELOPE_FILE, verify\n",
            "from sentibot.envelope import ENVELOPE_FILE, read_public_key, verify\n",
        )
        yield Place(path, decision)
        yield Place(path, "trusted = read_public_key(own)")
