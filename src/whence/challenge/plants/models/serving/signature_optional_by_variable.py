from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

RELEASE = "src/inference/release.py"
APP = "src/inference/app.py"
SETTINGS = "src/sentibot/settings.py"
MANIFEST = "deploy/k8s/base/deployment.yaml"


@plant(
    rules=("missing-model-signature", "unverified-model-load", "validation-disabled"),
    severities=("high", "medium", "critical"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("signature", "verification", "disabled", "turned off", "switched off", "bypass"),
    cwes=("CWE-347", "CWE-345", "CWE-693"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A variable in the Deployment lets the service take releases that nobody signed.

    ## Why
    The default is strict and the tests see it; production sets the variable, and `load_release` then
    takes the plain manifest beside the weights at its word. Whoever can write the bundle, with
    the digest in `release.env` or the volume, serves a model of their own, on reload without a
    restart.

    ## Fix
    Remove the switch: `load_release` verifies the envelope with the mounted key, always.
    """
    variable, field, value = vary.choose(
        ("SENTIBOT_VERIFY_RELEASE", "verify_release", "false"),
        ("SENTIBOT_REQUIRE_SIGNATURE", "require_signature", "no"),
        ("SENTIBOT_STRICT", "strict", "0"),
    )
    project.insert_after(
        SETTINGS,
        'log_level: Literal["debug", "info", "warning", "error"]',
        f"    {field}: bool = True",
    )
    project.insert_after(
        "src/inference/serve.py",
        '"SENTIBOT_LOG_LEVEL": "log_level",',
        f'    "{variable}": "{field}",',
    )
    call = "load_release(settings.model_directory, key"
    project.replace(
        APP,
        f"    served = ServedRelease(lambda: {call}))\n",
        f"    served = ServedRelease(\n        lambda: {call}, settings.{field})\n    )\n",
    )
    project.replace(
        RELEASE,
        "def load_release(folder: Path, key: Ed25519PublicKey) -> Release:\n",
        f"def load_release(folder: Path, key: Ed25519PublicKey, {field}: bool = True) -> Release:\n",
    )
    project.replace(
        RELEASE,
        "    manifest = verify((folder / ENVELOPE_FILE).read_bytes(), key)\n",
        f"    if {field}:\n"
        "        manifest = verify((folder / ENVELOPE_FILE).read_bytes(), key)\n"
        "    else:\n"
        '        manifest = (folder / "manifest.json").read_bytes()\n',
    )
    yield project.insert_after(
        MANIFEST,
        "value: /var/run/secrets/sentibot/admin-token",
        f'            - name: {variable}\n              value: "{value}"',
    )
    yield Place(RELEASE, 'manifest = (folder / "manifest.json").read_bytes()')
    yield Place("src/inference/serve.py", f'"{variable}": "{field}"')
    yield Place(APP, f"settings.{field})")
