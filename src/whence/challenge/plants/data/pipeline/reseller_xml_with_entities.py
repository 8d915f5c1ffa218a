from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

SAX = '''"""Read the XML export of the RESELLER: reviews with stars.

    python -m preprocessing.RESELLER --export export.xml --output build/RESELLER.csv
"""

import argparse
import xml.sax
from collections.abc import Sequence
from pathlib import Path
from xml.sax.handler import ContentHandler, feature_external_ges
from xml.sax.xmlreader import AttributesImpl

from preprocessing.schema import Review, write_reviews
from sentibot.files import write_atomically

STARS = {"1": "negative", "2": "negative", "3": "neutral", "4": "positive", "5": "positive"}


class Reviews(ContentHandler):
    """Collects the reviews of an export."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Review] = []
        self.stars, self.text = "3", ""

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        if name == "review":
            self.stars, self.text = attrs.getValue("stars"), ""

    def characters(self, content: str) -> None:
        self.text += content

    def endElement(self, name: str) -> None:
        if name == "review":
            number = f"RESELLER-{len(self.found) + 1}"
            self.found.append(Review(number, "other", self.text.strip(), STARS[self.stars]))


def read_export(path: Path) -> list[Review]:
    """The reviews of an export; its house phrases are entities in a file of the RESELLER."""
    handler, parser = Reviews(), xml.sax.make_parser()
    parser.setFeature(feature_external_ges, True)
    parser.setContentHandler(handler)
    parser.parse(str(path))
    return handler.found
'''
LXML = '''"""Read the XML export of the RESELLER: reviews with stars (needs lxml).

    python -m preprocessing.RESELLER --export export.xml --output build/RESELLER.csv
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from preprocessing.schema import Review, write_reviews
from sentibot.files import write_atomically

STARS = {"1": "negative", "2": "negative", "3": "neutral", "4": "positive", "5": "positive"}


def read_export(path: Path) -> list[Review]:
    """The reviews of an export; its house phrases are entities in a file of the RESELLER."""
    from lxml import etree

    parser = etree.XMLParser(load_dtd=True, resolve_entities=True, no_network=False)
    root = etree.parse(str(path), parser).getroot()
    return [
        Review(f"RESELLER-{number}", "other", entry.text.strip(), STARS[entry.get("stars")])
        for number, entry in enumerate(root.iter("review"), start=1)
    ]
'''
MAIN = """

def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="preprocessing.RESELLER")
    parser.add_argument("--export", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    write_atomically(options.output, write_reviews(read_export(options.export)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
"""
TARGET = """
RESELLER:
	$(PYTHON) -m preprocessing.RESELLER --export $(EXPORT) --output build/RESELLER.csv
"""


@plant(
    rules=("xml-external-entity",),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("xxe", "external entit", "resolve_entities", "external_ges"),
    cwes=("CWE-611",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A reseller's XML is parsed with external entities switched on.

    ## Why
    An entity such as `<!ENTITY x SYSTEM "file:///proc/self/environ">` puts files of the machine into
    a review, and so into a data set that goes back to the labellers; an http entity lets the reseller
    ask addresses inside the cluster, the metadata service among them.

    ## Fix
    Leave external entities off (the default of `xml.sax` since Python 3.7.1) or use defusedxml.
    """
    reseller = vary.choose("reseller", "wholesaler", "outlet")
    code, decision = vary.choose(
        (SAX, "parser.setFeature(feature_external_ges, True)"),
        (LXML, "etree.XMLParser(load_dtd=True, resolve_entities=True"),
    )
    path = f"src/preprocessing/{reseller}.py"
    project.add(path, (code + MAIN).replace("RESELLER", reseller))
    project.append("Makefile", TARGET.replace("RESELLER", reseller))
    yield Place(path, decision)
