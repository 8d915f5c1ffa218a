"""Images that stand on a system without security fixes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.dependencies.containers.stages import for_tests
from whence.rules.dependencies.containers.support_ends import (
    AS_OF,
    debian_names,
    end_of,
    ubuntu_names,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import BaseImage
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_NAMED = re.compile(
    rf"(?:^|[-_])(?P<name>{'|'.join([*debian_names(), *ubuntu_names()])})(?:[-_]|$)"
)
_NUMBERED = re.compile(
    r"(?:^|[-_])(?P<product>ubuntu|debian|alpine|centos|cuda|py(?:thon)?)[-_]?(?P<line>\d[\d.]*)"
)
_OWN_LINE = {
    "python": "python",
    "node": "node",
    "debian": "debian",
    "ubuntu": "ubuntu",
    "alpine": "alpine",
    "centos": "centos",
    "fedora": "fedora",
    "cuda": "cuda",
}


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1104", "CWE-1395", "OWASP-LLM03:2025"),
)
def check(image: BaseImage, graph: SupplyGraph) -> Iterator[Observation]:
    """An image stands on a system that gets no security fixes any more.

    Every weakness found since the end of support stays open, in the interpreter, in the C library
    or in the libraries that decode what users send. Attackers need nothing new: the published
    advisories say what to try, and no rebuild helps.

    ## Attack
    1. The adversary sees from an error page, a header or the public image what the service runs on.
    2. An advisory from after the end of support describes a weakness in it.
    3. It works, for no fix was ever published for this line.

    ## Fix
    Move to a line that its publisher maintains, and rebuild regularly:
    ```dockerfile
    FROM python:3.13-slim-trixie@sha256:<64 hex digits>
    ```

    ## Score
    - AV:N the service answers requests from the network
    - AC:H the weakness must be reachable through this application
    - PR:N requests need no account
    - UI:N nobody has to take part
    - S:U the damage stays in the container
    - C:L what the process can read may be read
    - I:L what the process can write may be changed
    - A:L a crash of an unfixed library interrupts the service

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.8-slim-buster  # finding
    USER 10001
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM python:3.13-slim-bookworm
    USER 10001
    ```
    """
    if image.earlier_stage or image.unknown:
        return
    ended = list(_ended(image))
    if not ended:
        return
    name = f"{image.registry}/{image.name}" if image.registry else image.name
    said = " and ".join(f"{product} {line} on {day}" for product, line, day in ended)
    only_cuda = all(product == "CUDA" for product, _, _ in ended)
    ships = (image.final or image.used_for == "run") and not for_tests(image.span.path)
    yield Observation(
        subject=f"{name} in {image.span.path}",
        message=(
            f"`{image.reference}` no longer gets security fixes: support ended for {said}"
            f" (known on {AS_OF})"
        ),
        evidence=(Evidence(image.span, f"{image.reference} is past its support"),),
        severity=None if ships else Severity.LOW,
        because="" if ships else "the image is used to build or test and does not ship",
        confidence=Confidence.MEDIUM if only_cuda else None,
        asset=f"image:{name}",
    )


def _ended(image: BaseImage) -> Iterator[tuple[str, str, str]]:
    """Product, line and last day of every part of the image that is past its support."""
    found: dict[str, str] = {}
    own = _OWN_LINE.get(image.name.rpartition("/")[2])
    leading = re.match(r"(?:stream)?\d[\d.]*", image.tag)
    if own and leading:
        found[own] = leading.group().rstrip(".")
    for match in _NAMED.finditer(image.tag):
        product = "debian" if match["name"] in debian_names() else "ubuntu"
        found.setdefault(product, match["name"])
    for match in _NUMBERED.finditer(image.tag):
        product = match["product"].replace("py", "python") if match["product"] == "py" else match[
            "product"
        ]  # fmt: skip
        line = match["line"].rstrip(".")
        if product == "python" and "." not in line and len(line) > 1:
            line = f"{line[0]}.{line[1:]}"
        found.setdefault(product, line)
    shown = {"cuda": "CUDA", "centos": "CentOS"}
    for product, line in found.items():
        day = end_of(product, line)
        if day:
            yield shown.get(product, product.capitalize()), line, day
