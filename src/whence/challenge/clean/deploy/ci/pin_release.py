"""Pin the image and the model of a release in the manifests.

    python deploy/ci/pin_release.py pin --manifests deploy/k8s --digest sha256:... \
        --uri s3://... --version-id ID --sha256 DIGEST
    python deploy/ci/pin_release.py outputs --record build/published.json

Every value is checked against its form before it is written anywhere.
"""

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SHA256 = re.compile(r"[0-9a-f]{64}")
VERSION_ID = re.compile(r"[\w.-]{1,1024}")
URI = re.compile(r"s3://[a-z0-9.-]+/[\w./-]+")
IMAGE_DIGEST = re.compile(r"(?P<before>/sentibot@|digest: )sha256:[0-9a-f]{64}")


def checked(form: re.Pattern[str], value: str, name: str) -> str:
    if form.fullmatch(value) is None:
        raise SystemExit(f"{name} {value!r} has the wrong form")
    return value


def pin_images(manifests: Path, digest: str) -> int:
    """Replace the digest of our image wherever it is named; return the number of places."""
    places = 0
    for path in sorted(manifests.rglob("*.yaml")):
        text, count = IMAGE_DIGEST.subn(rf"\g<before>{digest}", path.read_text(encoding="utf-8"))
        if count:
            path.write_text(text, encoding="utf-8")
            places += count
    return places


def release_settings(uri: str, version_id: str, sha256: str) -> str:
    return (
        f"SENTIBOT_RELEASE_URI={uri}\n"
        f"SENTIBOT_RELEASE_VERSION_ID={version_id}\n"
        f"SENTIBOT_RELEASE_SHA256={sha256}\n"
    )


def pin(options: argparse.Namespace) -> int:
    settings = release_settings(
        checked(URI, options.uri, "address"),
        checked(VERSION_ID, options.version_id, "version id"),
        checked(SHA256, options.sha256, "digest of the bundle"),
    )
    places = pin_images(options.manifests, checked(DIGEST, options.digest, "digest of the image"))
    if places == 0:
        raise SystemExit("no manifest names the image by digest")
    overlay = options.manifests / "overlays" / "production"
    (overlay / "release.env").write_text(settings, encoding="utf-8")
    return 0


def outputs(options: argparse.Namespace) -> int:
    """Print what was published in the form of a step's outputs."""
    record = json.loads(options.record.read_text(encoding="utf-8"))
    print(f"sha256={checked(SHA256, record['sha256'], 'digest of the bundle')}")
    print(f"version_id={checked(VERSION_ID, record['version_id'], 'version id')}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="pin_release")
    actions = parser.add_subparsers(required=True)
    pinning = actions.add_parser("pin")
    pinning.add_argument("--manifests", type=Path, required=True)
    pinning.add_argument("--digest", required=True)
    pinning.add_argument("--uri", required=True)
    pinning.add_argument("--version-id", required=True)
    pinning.add_argument("--sha256", required=True)
    pinning.set_defaults(action=pin)
    printing = actions.add_parser("outputs")
    printing.add_argument("--record", type=Path, required=True)
    printing.set_defaults(action=outputs)
    options = parser.parse_args(arguments)
    return int(options.action(options))


if __name__ == "__main__":
    raise SystemExit(main())
