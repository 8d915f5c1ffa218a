"""Poetry's tables of a pyproject.toml: constraints with carets, groups, sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from whence.readers.dependencies.specification import (
    exact_version,
    hash_in_fragment,
    named_by_address,
    normalised,
)
from whence.readers.dependencies.toml_lines import Document, text_of
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageIndex,
    PackageRequirement,
    is_public_index,
    without_credentials,
)

_CLAUSE = re.compile(r"(\^|~=|~|===|==|!=|>=|<=|>|<|=)?\s*v?([0-9][A-Za-z0-9.!+_*-]*|\*)\Z")
_RELEASE = re.compile(r"(?:\d+!)?(\d+(?:\.\d+)*)")
_ROLES = {
    "default": "primary",
    "primary": "primary",
    "secondary": "extra",
    "supplemental": "extra",
    "explicit": "explicit",
}


def facts(document: Document) -> Iterator[Fact | Unread]:
    """Requirements and sources below `[tool.poetry]`."""
    poetry = document.table("tool", "poetry")
    optional = _optional(poetry)
    yield from _table(document, ("tool", "poetry", "dependencies"), "", optional)
    yield from _table(document, ("tool", "poetry", "dev-dependencies"), "dev", {})
    for name in document.table("tool", "poetry", "group"):
        path = ("tool", "poetry", "group", name, "dependencies")
        group = normalised(name)
        yield from _table(document, path, "" if group == "main" else group, {})
    for place, entry in document.tables("tool", "poetry", "source"):
        yield _source(document.span(*place), entry)


def python_versions(document: Document) -> str:
    """The versions of Python that the project supports, as a specifier; empty if not said."""
    found = document.table("tool", "poetry", "dependencies").get("python")
    try:
        return specifier(found) if isinstance(found, str) else ""
    except ValueError:
        return ""


def specifier(constraint: str) -> str:
    """A Poetry constraint in PEP 440 form; alternatives stay joined by ` || `.

    `^1.2` allows all below the next change of the first digit that is not zero, `~1.2` all below
    the next change of the second. Raises ValueError.
    """
    alternatives = [_all_of(part.strip()) for part in constraint.split("||")]
    return " || ".join(alternatives) if all(alternatives) else ""


def _all_of(text: str) -> str:
    text = re.sub(r"(\^|~=|~|===|==|!=|>=|<=|>|<|=)\s+", r"\1", text)
    clauses = [_clause(part) for part in re.split(r"[,\s]+", text) if part]
    return ",".join(clause for clause in clauses if clause)


def _clause(text: str) -> str:
    found = _CLAUSE.match(text)
    if not found:
        raise ValueError(f"not a version constraint: {text}")
    operator, version = found.groups()
    if version == "*":
        return ""
    if operator in ("^", "~"):
        return f">={version},<{_ceiling(version, operator)}"
    if operator in (None, "="):
        return f"=={version}"
    return f"{operator}{version}"


def _ceiling(version: str, operator: str) -> str:
    found = _RELEASE.match(version)
    parts = [int(part) for part in found.group(1).split(".")] if found else [0]
    if operator == "~":
        place = min(1, len(parts) - 1)
    else:
        place = next((at for at, part in enumerate(parts) if part), len(parts) - 1)
    return ".".join(str(part) for part in [*parts[:place], parts[place] + 1])


def _optional(poetry: dict[str, Any]) -> dict[str, str]:
    """Which extra asks for an optional dependency."""
    extras = poetry.get("extras")
    found: dict[str, str] = {}
    for extra, names in sorted(extras.items()) if isinstance(extras, dict) else ():
        for name in names if isinstance(names, list) else ():
            found.setdefault(normalised(str(name)), normalised(extra))
    return found


def _table(
    document: Document, path: tuple[str, ...], group: str, optional: dict[str, str]
) -> Iterator[PackageRequirement | Unread]:
    for name, value in document.table(*path).items():
        if name == "python":
            continue
        entries = value if isinstance(value, list) else [value]
        for entry in entries:
            yield from _dependency(name, entry, document.span(*path, name), group, optional)


def _dependency(
    name: str, entry: Any, span: Span, group: str, optional: dict[str, str]
) -> Iterator[PackageRequirement | Unread]:
    table = {"version": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict):
        yield Unread(span, "poetry", f"{normalised(name)}: a dependency of no known form")
        return
    if table.get("optional") is True:
        group = group or optional.get(normalised(name), "optional")
    yield from table_requirement(name, table, span, group)


def table_requirement(
    name: str, table: dict[str, Any], span: Span, group: str
) -> Iterator[PackageRequirement | Unread]:
    """The requirement in a table of version, git, url or path, as Poetry and Pipenv write it."""
    url = _url(table)
    try:
        versions = specifier(text_of(table, "version") or "*")
    except ValueError as error:
        yield Unread(span, "poetry", f"{normalised(name)}: {without_credentials(str(error))}")
        return
    extras = table.get("extras")
    yield PackageRequirement(
        span,
        "pypi",
        normalised(name),
        versions,
        exact_version(versions) or (named_by_address(url)[1] if url else ""),
        marker=_marker(table),
        extras=tuple(sorted(map(str, extras))) if isinstance(extras, list) else (),
        hashes=hash_in_fragment(url),
        url=url,
        group=group,
        editable=table.get("develop") is True or table.get("editable") is True,
        index=text_of(table, "source") or text_of(table, "index"),
    )


def _url(table: dict[str, Any]) -> str:
    repository = text_of(table, "git")
    if repository:
        revision = next(
            (text_of(table, key) for key in ("rev", "ref", "tag", "branch") if text_of(table, key)),
            "",
        )
        scheme = "" if repository.startswith(("git+", "git@")) else "git+"
        return without_credentials(f"{scheme}{repository}" + (f"@{revision}" if revision else ""))
    for key in ("url", "path", "file"):
        if text_of(table, key):
            return without_credentials(text_of(table, key))
    return ""


def _marker(table: dict[str, Any]) -> str:
    markers = [text_of(table, "markers")]
    python = text_of(table, "python")
    try:
        versions = specifier(python) if python else ""
    except ValueError:
        versions = ""
    if versions and "||" not in versions:
        markers += [
            f"python_full_version {found.group(1)} '{found.group(2)}'"
            for clause in versions.split(",")
            if (found := re.match(r"([=~!<>]+)(.+)", clause))
        ]
    if text_of(table, "platform"):
        markers.append(f"sys_platform == '{text_of(table, 'platform')}'")
    said = [marker for marker in markers if marker]
    return said[0] if len(said) == 1 else " and ".join(f"({marker})" for marker in said)


def _source(span: Span, entry: dict[str, Any]) -> PackageIndex:
    name = text_of(entry, "name")
    url = without_credentials(text_of(entry, "url"))
    priority = text_of(entry, "priority").lower()
    if not priority:
        priority = "secondary" if entry.get("secondary") is True else "primary"
    public = is_public_index(url) or (name.lower() == "pypi" and not url)
    return PackageIndex(
        span,
        "poetry",
        _ROLES.get(priority, "primary"),
        url,
        name,
        strategy=priority,
        public=public,
    )
