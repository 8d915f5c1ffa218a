"""Image references (`registry/name:tag@digest`) and the variables in them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.containers import BaseImage

_VARIABLE = re.compile(
    r"\\(?P<escaped>\$)|\$(?P<bare>\w+)|\$\{(?P<name>\w+)(?:(?P<operator>:?[-+?])(?P<word>[^{}]*))?\}"
)


class Parts(msgspec.Struct, frozen=True):
    """The parts of a reference; each is empty where not given."""

    registry: str
    name: str
    tag: str
    digest: str


def parts(reference: str) -> Parts:
    """Splits a reference as the registries' own client does."""
    rest, _, digest = reference.partition("@")
    head, slash, tail = rest.partition("/")
    registry = ""
    if slash and ("." in head or ":" in head or head == "localhost" or "$" in head):
        registry, rest = head, tail
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag or "}" in tag.split("$")[0]:
        name, tag = rest, ""
    return Parts(registry, name, tag, digest)


def filled(text: str, known: Mapping[str, str]) -> tuple[str, tuple[str, ...], bool]:
    """Text with its variables filled in, their names, and whether all had a value.

    Understands `$A`, `${A}`, `${A:-word}`, `${A:+word}` and `${A:?word}`; a variable without a value
    stays as written.
    """
    names: list[str] = []
    complete = True

    def value(match: re.Match[str]) -> str:
        nonlocal complete
        if match["escaped"]:
            return "$"
        name = match["bare"] or match["name"]
        operator, word = match["operator"] or "", match["word"] or ""
        names.append(name)
        if operator.endswith("+"):
            return word if known.get(name) else ""
        if known.get(name) or (name in known and not operator.startswith(":")):
            return known[name]
        if operator.endswith("-"):
            return word
        complete = False
        return match.group()

    return _VARIABLE.sub(value, text), tuple(names), complete


def image(
    span: Span, text: str, used_for: str, known: Mapping[str, str] | None = None
) -> BaseImage:
    """The fact for a reference as written, with its variables filled in."""
    reference, names, complete = filled(text.strip(), known or {})
    found = parts(reference)
    unknown = not complete or "${{" in reference or "{{" in reference
    return BaseImage(
        span,
        reference,
        found.registry,
        found.name,
        found.tag,
        found.digest,
        used_for=used_for,
        unknown=unknown,
        arguments=names,
    )
