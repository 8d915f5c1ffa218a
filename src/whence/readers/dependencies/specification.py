"""PEP 508 text as a requirement: names, versions, markers, and addresses without credentials."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from urllib.parse import unquote

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.dependencies import PackageRequirement, without_credentials

_SEPARATORS = re.compile(r"[-_.]+")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\Z")
# The version scheme of PEP 440: epoch, release, pre, post and development parts, local label.
_VERSION = (
    r"v?(?:\d+!)?\d+(?:\.\d+)*(?:[-_.]?(?:alpha|beta|preview|pre|rc|a|b|c)[-_.]?\d*)?"
    r"(?:-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?(?:[-_.]?dev[-_.]?\d*)?"
    r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?"
)
_NAMES = r"(?:[a-z0-9][a-z0-9._-]*(?<![._-]))(?:,(?:[a-z0-9][a-z0-9._-]*(?<![._-])))*"
_PIN = re.compile(
    r"([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)\s*"
    rf"(?:\[({_NAMES})\])?\s*==\s*({_VERSION})\Z",
    re.IGNORECASE | re.ASCII,
)
_EXACT = re.compile(r"={2,3}\s*([^\s,*;$]+)\Z")
_SCHEME = re.compile(r"(?i)(?:git|hg|svn|bzr)\+[a-z+.-]+:|[a-z][a-z0-9+.-]*://|git@|file:")
_WHEEL = re.compile(r"([A-Za-z0-9_.]+?)-([A-Za-z0-9_.!+]+?)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl\Z")
_SDIST = re.compile(r"(.+?)-(\d[A-Za-z0-9_.!+]*)\.(?:tar\.(?:gz|bz2|xz)|zip|tgz)\Z")
_LENGTH_LIMIT = 8192
_PIN_LENGTH = 400


class Malformed(ValueError):
    """A requirement that no installer accepts. The message says why."""


@lru_cache(maxsize=8192)
def normalised(name: str) -> str:
    """The name as indexes compare it (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def is_name(text: str) -> bool:
    """Whether a distribution may have this name."""
    return _NAME.match(text) is not None


def exact_version(specifier: str) -> str:
    """The one version that a specifier allows, or nothing. `==2.1.*` allows many."""
    found = _EXACT.match(specifier.strip())
    return found.group(1) if found else ""


def is_address(text: str) -> bool:
    """Whether text is a URL or version control address rather than a name or path."""
    return _SCHEME.match(text) is not None


def pinned(text: str, span: Span) -> PackageRequirement | None:
    """The requirement in `name==version`, or None where the text says more than that."""
    found = _PIN.match(text) if len(text) < _PIN_LENGTH else None
    if not found:
        return None
    name, extras, version = found.groups()
    return PackageRequirement(
        span,
        "pypi",
        normalised(name),
        f"=={version}",
        version,
        extras=tuple(sorted(filter(None, map(str.strip, (extras or "").split(","))))),
    )


def requirement(text: str, span: Span) -> PackageRequirement:
    """The requirement in a PEP 508 string. Raises Malformed."""
    simple = pinned(text, span)
    if simple:
        return simple
    if len(text) > _LENGTH_LIMIT:
        raise Malformed(f"a requirement of {len(text)} characters")
    return _parsed(text, span)


def _parsed(text: str, span: Span) -> PackageRequirement:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        parsed = Requirement(text)
    except (InvalidRequirement, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else "nested too deeply"
        raise Malformed(f"not a requirement: {without_credentials(reason)}") from None
    specifier = _specifier_as_written(text, str(parsed.specifier))
    return PackageRequirement(
        span,
        "pypi",
        normalised(parsed.name),
        specifier,
        exact_version(specifier),
        marker=str(parsed.marker) if parsed.marker else "",
        extras=tuple(sorted(parsed.extras)),
        url=without_credentials(parsed.url) if parsed.url else "",
    )


def _specifier_as_written(text: str, canonical: str) -> str:
    """Specifier clauses in the order of the text: packaging gives them in an order of its own."""
    clauses = canonical.split(",") if canonical else []
    squeezed = text.replace(" ", "")
    return ",".join(sorted(clauses, key=lambda clause: (squeezed.find(clause), clause)))


def named_by_address(url: str) -> tuple[str, str]:
    """The name and version that a direct address tells by `#egg=` or its file name."""
    path, _, fragment = url.partition("#")
    if path.startswith("git+") and not fragment:
        return "", ""
    egg = re.search(r"(?:^|&)egg=([A-Za-z0-9._-]+)", fragment)
    if egg:
        return normalised(egg.group(1)), ""
    file = unquote(posixpath.basename(path.partition("?")[0]))
    found = _WHEEL.match(file) or _SDIST.match(file)
    if found:
        return normalised(found.group(1)), found.group(2)
    return "", ""


def hash_in_fragment(url: str) -> tuple[str, ...]:
    """The digest that an address carries for what it points at, as `algorithm:digest`."""
    fragment = url.partition("#")[2]
    found = re.search(r"(sha256|sha384|sha512)=([0-9a-fA-F]{64,128})(?:&|\Z)", fragment)
    return (f"{found.group(1)}:{found.group(2).lower()}",) if found else ()
