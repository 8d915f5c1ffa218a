"""conda's environment files and locks: environment.yml, conda-lock.yml, explicit lists."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.readers import yaml_nodes
from whence.readers.contract import Source
from whence.readers.dependencies import conda_specification
from whence.readers.dependencies.ini_lines import numbered
from whence.readers.dependencies.requirement_lines import divided
from whence.readers.dependencies.requirements import declared, option_facts
from whence.readers.dependencies.specification import normalised
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageIndex,
    PackageManifest,
    PackageRequirement,
    without_credentials,
)

VERSION = 1

_DEPENDENCIES = re.compile(rb"(?m)^dependencies:[ \t]*(?:#.*)?\r?$")
_NAMED = re.compile(r"(?i)(?:.*[-_.])?(?:environment|conda|env)(?:[-_.].*)?\.ya?ml\Z")
_CHANNELS = re.compile(rb"(?m)^channels:")
_CHART = re.compile(rb"(?m)^apiVersion:")
_LOCK = re.compile(r"(?i)(?:.*[-_.])?conda-lock(?:[-_.].*)?\.ya?ml\Z")
_ARCHIVE = re.compile(r"(.+)-([^-]+)-([^-]+)\.(?:conda|tar\.bz2)\Z")
_DIGEST = re.compile(r"#(?:(sha256):)?([0-9a-f]{64}|[0-9a-f]{32})\Z")


def claims(path: str, head: bytes) -> bool:
    """Environment files by name or channels, locks by name, explicit lists by their mark."""
    file = posixpath.basename(path)
    if _LOCK.match(file):
        return True
    if file.endswith((".yml", ".yaml")):
        named = _NAMED.match(file) or _CHANNELS.search(head)
        return bool(named and _DEPENDENCIES.search(head)) and not _CHART.search(head)
    return file.endswith((".txt", ".lock")) and re.search(rb"(?m)^@EXPLICIT\s*$", head) is not None


def read(source: Source) -> Iterator[Fact | Unread]:
    """The packages, channels and pip requirements of the file."""
    file = posixpath.basename(source.path)
    if not file.endswith((".yml", ".yaml")):
        yield from _explicit(source)
    elif _LOCK.match(file):
        yield from _lock(source)
    else:
        yield from _environment(source)


def _environment(source: Source) -> Iterator[Fact | Unread]:
    yield PackageManifest(source.span(), "conda", "conda")
    for document in yaml_nodes.documents(source.text):
        for number, channel in enumerate(document.get("channels").items):
            yield PackageIndex(
                source.span(channel.first),
                "conda",
                "extra" if number else "primary",
                without_credentials(channel.text),
            )
        if document.get("python").text:
            for name in ("build_dependencies", "dependencies"):
                yield from _pip(source, document.get(name))
            continue
        for entry in document.get("dependencies").items:
            for key, value in entry.pairs:
                if key.text == "pip":
                    yield from _pip(source, value)
            if entry.text:
                yield from conda_specification.requirement(entry.text, source.span(entry.first))


def _pip(source: Source, entries: yaml_nodes.Node) -> Iterator[Fact | Unread]:
    """The lines below `pip:`, or of MLflow's python_env.yaml: those of a requirements file."""
    for entry in entries.items:
        span = source.span(entry.first, entry.last)
        try:
            text, options = divided(entry.text)
        except ValueError as error:
            yield Unread(span, "conda", f"an option that pip refuses: {error}")
            continue
        if not text:
            yield from option_facts(options, span, "manifest", "")
            continue
        hashes = tuple(option.value.lower() for option in options if option.name == "--hash")
        yield from declared(text, span, "manifest", hashes=hashes)


def _lock(source: Source) -> Iterator[Fact | Unread]:
    yield PackageManifest(source.span(), "conda-lock", "conda", locks=True)
    for document in yaml_nodes.documents(source.text):
        for entry in document.get("package").items:
            span = source.span(entry.first, entry.last)
            name, version = entry.get("name").text, entry.get("version").text
            if not name or not version:
                yield Unread(span, "conda", "a locked package without name or version")
                continue
            pip = entry.get("manager").text == "pip"
            digest = entry.get("hash")
            found = [
                f"{algorithm}:{digest.get(algorithm).text}"
                for algorithm in ("sha256", "md5")
                if digest.get(algorithm).text
            ]
            category = entry.get("category").text
            yield PackageRequirement(
                span,
                "pypi" if pip else "conda",
                normalised(name) if pip else name.lower(),
                f"=={version}",
                version,
                hashes=tuple(found),
                group="" if category in ("", "main") else normalised(category),
                scope="lock",
            )


def _explicit(source: Source) -> Iterator[Fact | Unread]:
    yield PackageManifest(source.span(), "conda-lock", "conda", locks=True)
    for number, line in numbered(source):
        address = line.strip()
        if not address or address.startswith(("#", "@")):
            continue
        digest = _DIGEST.search(address)
        bare = without_credentials(address.partition("#")[0])
        found = _ARCHIVE.match(posixpath.basename(bare))
        if not found:
            yield Unread(source.span(number), "conda", "not the address of a conda package")
            continue
        algorithm = "sha256" if digest and len(digest.group(2)) == 64 else "md5"
        yield PackageRequirement(
            source.span(number),
            "conda",
            found.group(1).lower(),
            f"=={found.group(2)}",
            found.group(2),
            hashes=(f"{algorithm}:{digest.group(2)}",) if digest else (),
            scope="lock",
            index=posixpath.dirname(posixpath.dirname(bare)),
        )
