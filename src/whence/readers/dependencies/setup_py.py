"""setup.py and build hooks, read without running them: requirements, and what installing runs."""

from __future__ import annotations

import ast
import posixpath
import re
import warnings
from collections.abc import Iterator

import msgspec

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies.install_hooks import hooks
from whence.readers.dependencies.setup_values import Constants
from whence.readers.dependencies.specification import (
    Malformed,
    hash_in_fragment,
    normalised,
    requirement,
)
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    Include,
    PackageManifest,
    PackageRequirement,
    without_credentials,
)

VERSION = 5

_SIZE_LIMIT = 2 * 1024 * 1024
_HOOK_FILES = frozenset(("hatch_build.py", "build_hooks.py", "pdm_build.py", "sitecustomize.py"))
_BUILD_SCRIPT = re.compile(
    rb"(?m)^def build\((?:setup_kwargs|self)?\b|^from setuptools|^import setuptools"
)
_BACKEND = re.compile(
    rb"(?m)^def (?:build_(?:wheel|editable)|prepare_metadata_for_build_wheel|pdm_build_\w+)\(|"
    rb"^class \w+\((?:\w+\.)*BuildHookInterface\b"
)
_GROUPS = {"install_requires": "", "setup_requires": "build-system", "tests_require": "test"}


def claims(path: str, head: bytes) -> bool:
    """setup.py, build hooks and backends by name or content, build.py where it builds."""
    name = posixpath.basename(path)
    if name == "setup.py" or name in _HOOK_FILES:
        return True
    if name == "build.py" and _BUILD_SCRIPT.search(head):
        return True
    return name.endswith(".py") and _BACKEND.search(head) is not None


def read(source: Source) -> Iterator[Fact | Unread]:
    """The requirements that constants give, files that they are read from, and install hooks."""
    tree = _parsed(source)
    constants = Constants(tree)
    setup = _setup_call(tree)
    if posixpath.basename(source.path) == "setup.py":
        yield _manifest(source, setup, constants)
        if setup:
            yield from _requirements(source, setup, constants)
    else:
        yield PackageManifest(source.span(), "build-hook", "pip")
    yield from hooks(source, tree, constants)


def _parsed(source: Source) -> ast.Module:
    if source.size > _SIZE_LIMIT:
        raise Unreadable("a build script larger than 2 MiB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.data)
    except SyntaxError as error:
        raise Unreadable(f"not Python 3: {error.msg}", error.lineno or 0) from None
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable("not Python source, or nested too deeply") from None


def _setup_call(tree: ast.Module) -> ast.Call | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            if isinstance(node.func, ast.Name):
                name = node.func.id
            if name == "setup":
                return node
    return None


def _keywords(setup: ast.Call, constants: Constants) -> dict[str, ast.expr]:
    """The arguments of setup(), those of `**name` dictionaries included."""
    found: dict[str, ast.expr] = {}
    for keyword in setup.keywords:
        if keyword.arg:
            found[keyword.arg] = keyword.value
            continue
        for key, value in constants.entries(keyword.value):
            found.setdefault(key, value)
    return found


def _manifest(source: Source, setup: ast.Call | None, constants: Constants) -> PackageManifest:
    if setup is None:
        return PackageManifest(source.span(), "setup.py", "pip")
    keywords = _keywords(setup, constants)
    classifiers = [text for text, _ in constants.texts(keywords.get("classifiers"))]
    python = constants.text(keywords.get("python_requires"))
    described = bool(classifiers) or bool(
        {"url", "project_urls", "keywords", "download_url"} & set(keywords)
    )
    return PackageManifest(
        source.span(),
        "setup.py",
        "pip",
        library=described and not any(text.startswith("Private ::") for text in classifiers),
        requires_python=python if re.fullmatch(r"[0-9.,<>=!~* ]+", python) else "",
        name=normalised(constants.text(keywords.get("name"))),
        dynamic="install_requires" in keywords
        and not constants.is_complete(keywords["install_requires"]),
    )


def _requirements(source: Source, setup: ast.Call, constants: Constants) -> Iterator[Fact | Unread]:
    keywords = _keywords(setup, constants)
    for key, group in _GROUPS.items():
        if key in keywords:
            yield from _listed(source, keywords[key], group, constants, key)
    if "extras_require" in keywords:
        value = keywords["extras_require"]
        entries = constants.entries(value)
        for extra, entry in entries:
            yield from _listed(source, entry, normalised(extra), constants, "extras_require")
        if not entries:
            yield from _included(source, value, constants)
    for text, line in constants.texts(keywords.get("dependency_links")):
        yield PackageRequirement(
            source.span(line), "pypi", "", url=without_credentials(text), group="build-system"
        )


def _listed(
    source: Source, value: ast.expr, group: str, constants: Constants, key: str
) -> Iterator[Fact | Unread]:
    span = source.span(value.lineno, value.end_lineno or value.lineno)
    found = constants.texts(value)
    for text, line in found:
        yield from _declared(text, source.span(line), group)
    if constants.is_complete(value):
        return
    included = list(_included(source, value, constants))
    yield from included
    if not included:
        yield Unread(span, "setup.py", f"code computes {key}")


def _included(source: Source, value: ast.expr, constants: Constants) -> Iterator[Include]:
    """The files that an expression reads requirements from."""
    span = source.span(value.lineno, value.end_lineno or value.lineno)
    for name in constants.files_read(value):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), name))
        yield Include(span, target, "requirement")


def _declared(text: str, span: Span, group: str) -> Iterator[PackageRequirement | Unread]:
    try:
        found = requirement(text, span)
    except Malformed as error:
        yield Unread(span, "setup.py", str(error))
        return
    yield msgspec.structs.replace(found, group=group, hashes=hash_in_fragment(found.url))
