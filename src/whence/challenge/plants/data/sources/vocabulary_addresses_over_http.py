from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Describe the raw files in the DCAT vocabulary, for the data catalogue of the company.

    python data/scripts/catalogue_entry.py --manifest data/manifest.json --output build/dcat.xml
"""

import argparse
import json
import xml.etree.ElementTree as ET
from pathlib import Path

from sentibot.files import write_atomically

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "spdx": "http://spdx.org/rdf/terms#",
}


def name(prefix: str, local: str) -> str:
    return f"{{{NAMESPACES[prefix]}}}{local}"


def entry(manifest: bytes) -> bytes:
    """One distribution for every raw file, with its licence and digest."""
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    root = ET.Element(name("rdf", "RDF"))
    for source in json.loads(manifest)["sources"]:
        place = ET.SubElement(root, name("dcat", "Distribution"))
        ET.SubElement(place, name("dct", "title")).text = source["path"]
        ET.SubElement(place, name("dct", "license")).text = source["licence"]
        ET.SubElement(place, name("spdx", "checksumValue")).text = source["sha256"]
    document: bytes = ET.tostring(root, encoding="utf-8")
    return document


def main() -> int:
    parser = argparse.ArgumentParser(prog="catalogue_entry")
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    write_atomically(options.output, entry(options.manifest.read_bytes()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''


@plant(
    rules=("insecure-transport", "xml-external-entity"),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("plain http", "http://", "unencrypted"),
    cwes=("CWE-319", "CWE-611"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A script is full of plain-HTTP addresses.

    ## Why
    They are namespace names of XML vocabularies, fixed strings that nothing ever fetches. The module
    writes XML and parses none.
    """
    name = vary.choose("catalogue_entry", "dcat_entry")
    path = f"data/scripts/{name}.py"
    project.add(path, CODE.replace("catalogue_entry", name))
    yield Place(path, '"dcat": "http://www.w3.org/ns/dcat#"')
