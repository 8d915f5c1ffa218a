"""Writes the SBOM of a release: whence and its locked dependencies, as CycloneDX 1.6 JSON."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(requirements: str) -> list[dict[str, object]]:
    """One component for every pin, with the digests of all its distributions as properties."""
    found: list[dict[str, object]] = []
    digests: list[dict[str, str]] = []
    for line in requirements.splitlines():
        pin = _PIN.match(line)
        if pin:
            name, version = pin[1].lower(), pin[2]
            digests = []
            purl = f"pkg:pypi/{name}@{version}"
            found.append(
                {
                    "type": "library",
                    "bom-ref": purl,
                    "name": name,
                    "version": version,
                    "purl": purl,
                    "properties": digests,
                }
            )
        digests.extend(
            {"name": "distribution:sha256", "value": hex_} for hex_ in _HASH.findall(line)
        )
    return found


def main() -> int:
    """Prints the document. The version is the package's own."""
    version = re.search(r'__version__ = "([^"]+)"', (ROOT / "src/whence/__init__.py").read_text())
    assert version
    parts = components((ROOT / "requirements/runtime.txt").read_text())
    own = f"pkg:pypi/whence@{version[1]}"
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "whence",
                "version": version[1],
                "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": parts,
        "dependencies": [
            {"ref": own, "dependsOn": [part["bom-ref"] for part in parts]},
            *({"ref": part["bom-ref"]} for part in parts),
        ],
    }
    print(json.dumps(document, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
