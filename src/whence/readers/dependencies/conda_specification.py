"""A conda match specification (`channel::name=version=build`) as a requirement."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.dependencies.specification import exact_version
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact.dependencies import PackageRequirement, without_credentials

_SPECIFICATION = re.compile(
    r"(?:(?P<channel>[^\s:]+)::)?(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)"
    r"\s*(?P<version>(?:[=~!<>]=?|\s)[^\[]*)?(?:\[(?P<brackets>[^\]]*)\])?\Z"
)
_BRACKET = re.compile(r"""\b(\w++)\s*+=\s*("[^"]*"|'[^']*'|[^,\s]+)""")
_LENGTH_LIMIT = 1000
_VERSION = re.compile(r"[A-Za-z0-9._!+*-]+\Z")


def requirement(
    text: str, span: Span, *, group: str = "", scope: str = "manifest", context: str = ""
) -> Iterator[PackageRequirement | Unread]:
    """The requirement in a match specification, its versions in PEP 440 form.

    `=1.2` means any 1.2, `==1.2` exactly that; `=1.2.3` leaves nothing open but rebuilds, and a
    third part names the build.
    """
    found = _SPECIFICATION.match(text.strip()) if len(text) < _LENGTH_LIMIT else None
    if not found:
        reason = f"not a conda specification: {without_credentials(text)[:80]}"
        yield Unread(span, "conda", reason)
        return
    pairs = _BRACKET.findall(found["brackets"] or "")
    brackets = {key: value.strip("\"'") for key, value in pairs}
    try:
        specifier = _specifier((found["version"] or brackets.get("version", "")).strip())
    except ValueError:
        yield Unread(span, "conda", f"{found['name'].lower()}: a version of no known form")
        return
    digests = [
        f"{algorithm}:{brackets[algorithm]}"
        for algorithm in ("sha256", "md5")
        if algorithm in brackets
    ]
    yield PackageRequirement(
        span,
        "conda",
        found["name"].lower(),
        specifier,
        exact_version(specifier),
        hashes=tuple(digests),
        group=group,
        scope=scope,
        context=context,
        index=without_credentials(found["channel"] or brackets.get("channel", "")),
    )


def _specifier(text: str) -> str:
    """Versions in PEP 440 form; alternatives (`|`) stay joined by ` || `. Raises ValueError."""
    if not text or text == "*":
        return ""
    alternatives = []
    for alternative in text.split("|"):
        clauses = [_clause(part.strip()) for part in alternative.split(",") if part.strip()]
        alternatives.append(",".join(clause for clause in clauses if clause))
    return " || ".join(alternatives) if all(alternatives) else ""


def _clause(text: str) -> str:
    found = re.match(r"(==|~=|!=|>=|<=|>|<|=)?\s*([^\s=]+)(?:[=\s]+([^\s=]+))?\Z", text)
    if not found or not _VERSION.match(found.group(2)):
        raise ValueError(text)
    operator, version, build = found.groups()
    if version == "*":
        return ""
    if operator in (None, "="):
        whole = build or operator is None or version.endswith("*") or version.count(".") >= 2
        return f"=={version}" if whole else f"=={version}.*"
    return f"{operator}{version}"
