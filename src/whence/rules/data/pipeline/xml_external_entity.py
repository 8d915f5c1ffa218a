"""XML from outside is parsed with external entities on."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    content,
    doubts,
    evidence,
    exposed,
    only_tests,
    subject,
    who_decides,
)
from whence.vocabulary.fact.code import Exposure, Origin, XmlParse
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-611", "CWE-776"),
)
def check(use: XmlParse, graph: SupplyGraph) -> Iterator[Observation]:
    """XML from outside is parsed by a parser that fetches what its entities name.

    A document may declare an entity that stands for a file or a URL. A parser that resolves it puts
    the content of local files into the document, or calls addresses inside the network.

    ## Attack
    A feed's document declares an entity for `/var/run/secrets/token`. The importer's text field then
    holds the token, and the next page shows it.

    ## Fix
    Use a parser that refuses entities:
    ```python
    from defusedxml.ElementTree import fromstring

    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True)
    ```

    ## Score
    - AV:N the document comes over the network
    - AC:H the parsed text must come back to the attacker
    - PR:N serving a document needs no account on this system
    - UI:N parsing is part of the normal run
    - S:U files of the parsing account are read
    - C:H local files are disclosed
    - I:N nothing is written
    - A:N the program goes on

    ## Bad
    ```python feed.py
    import requests
    from lxml import etree

    body = requests.get("https://feeds.example.com/reviews.xml", timeout=30).content
    tree = etree.fromstring(body, etree.XMLParser(resolve_entities=True))  # finding
    ```
    ## Good
    ```python feed.py
    import requests
    from lxml import etree

    body = requests.get("https://feeds.example.com/reviews.xml", timeout=30).content
    tree = etree.fromstring(body, etree.XMLParser(resolve_entities=False))
    ```
    ## Good: a parser that has no entities
    ```python feed.py
    import xml.etree.ElementTree as ElementTree

    import requests

    tree = ElementTree.fromstring(requests.get("https://feeds.example.com/reviews.xml").content)
    ```
    """
    if not use.entities or only_tests(use):
        return
    asked_for = "True" in use.why
    by_design = asked_for or "iterparse" in use.why
    for origin in exposed(
        use, Exposure.UNKNOWN if by_design else Exposure.INSIDER, "digest", "signature"
    ):
        severity, because = _weight(origin, asked_for or bool(use.versions))
        yield Observation(
            subject=subject(use, origin),
            message=(
                f"`{use.callee}` parses {content(origin)}, and {use.why}: {who_decides(origin)}."
                f"{doubts(origin)} Right would be `resolve_entities=False` or defusedxml."
            ),
            evidence=evidence(use, origin, "entities are resolved here"),
            severity=severity,
            because=because,
        )


def _weight(origin: Origin, sure: bool) -> tuple[Severity | None, str]:
    if origin.exposure is Exposure.UNKNOWN:
        return Severity.LOW, who_decides(origin)
    if not sure:
        return Severity.LOW, "no version of lxml is pinned, and newer ones are safe"
    if origin.exposure is Exposure.OPERATOR:
        return Severity.MEDIUM, who_decides(origin)
    return None, ""
