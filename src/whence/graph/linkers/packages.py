"""Packages, the indexes and repositories that supply them, and the manifests that install them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import (
    Installation,
    PackageIndex,
    PackageManifest,
    PackageRequirement,
)
from whence.vocabulary.graph import (
    Asset,
    AssetKind,
    Certainty,
    Flow,
    FlowKind,
    Pin,
    SupplyGraph,
    Writers,
)

_PUBLIC = {"pypi": "the public Python index", "npm": "the public npm registry"}
_TOOLS = {"npm": ("npm", "yarn", "pnpm"), "conda": ("conda",)}
_COMMIT = re.compile(r"@[0-9a-f]{40}(?:#|\Z)")


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """Every package with its supplier and with the file that installs it, by how it is pinned."""
    for manifest in graph.facts_of(PackageManifest):
        yield _config(manifest.span.path, Evidence(manifest.span, f"{manifest.kind} file"))
    indexes = _indexes(graph)
    for required in graph.facts_of(PackageRequirement):
        if required.scope != "constraint" and (required.name or required.url):
            yield from _package(required, indexes)
    for install in graph.facts_of(Installation):
        yield from _installation(install, graph)


def _config(path: str, evidence: Evidence) -> Asset:
    return Asset(f"config:{path}", AssetKind.CONFIG, path, evidence=(evidence,))


def _indexes(graph: SupplyGraph) -> dict[str, list[PackageIndex]]:
    """The indexes that each file sets for what it installs."""
    found: dict[str, list[PackageIndex]] = {}
    for index in graph.facts_of(PackageIndex):
        if index.role in ("primary", "extra", "explicit", "links"):
            found.setdefault(index.span.path, []).append(index)
    return found


def _package(
    required: PackageRequirement, indexes: dict[str, list[PackageIndex]]
) -> Iterator[Asset | Flow]:
    name = required.name or posixpath.basename(required.url.partition("#")[0])
    package = f"package:{required.ecosystem}/{name}"
    evidence = (Evidence(required.span, f"requires {name} {required.specifier}".rstrip()),)
    path = required.span.path
    yield Asset(
        package, AssetKind.PACKAGE, name, writers=Writers(("publisher",)), evidence=evidence
    )
    yield _config(path, evidence[0])
    pin = pin_of(required)
    yield Flow(package, f"config:{path}", FlowKind.INSTALLS, pin, evidence=evidence)
    for source in _suppliers(required, indexes):
        yield source
        yield Flow(source.id, package, FlowKind.FETCHES, pin, evidence=evidence)


def pin_of(required: PackageRequirement) -> Pin:
    """What fixes the files of a requirement: a digest or commit, a version, or only a name."""
    if required.hashes or required.commit or _COMMIT.search(required.url):
        return Pin.DIGEST
    if required.url:
        return Pin.NAME if "://" in required.url else Pin.DIGEST
    return Pin.VERSION if required.version else Pin.NAME


def _suppliers(
    required: PackageRequirement, indexes: dict[str, list[PackageIndex]]
) -> Iterator[Asset]:
    """The indexes that may answer for a requirement, or the address that it names."""
    if required.url:
        if "://" in required.url:
            yield _source(_repository(required.url), "publisher")
        return
    tools = _TOOLS.get(required.ecosystem, ())
    known = [
        index for index in indexes.get(required.span.path, []) if not tools or index.tool in tools
    ]
    if required.index:
        named = next((index.url for index in known if index.name == required.index), "")
        yield _source(named or required.index, "provider")
        return
    asked = [index for index in known if index.role != "explicit"]
    for index in asked:
        yield _source(index.url, "anyone" if index.public else "provider", index)
    if not any(index.role == "primary" for index in asked) and required.ecosystem in _PUBLIC:
        yield _source(_PUBLIC[required.ecosystem], "anyone")


def _source(name: str, writer: str, index: PackageIndex | None = None) -> Asset:
    evidence = (Evidence(index.span, f"{index.role} index"),) if index else ()
    return Asset(
        f"source:{name}", AssetKind.SOURCE, name, writers=Writers((writer,)), evidence=evidence
    )


def _repository(url: str) -> str:
    """An address without scheme prefix, revision and fragment."""
    bare = url.partition("#")[0].removeprefix("git+")
    scheme, _, rest = bare.partition("://")
    return f"{scheme}://{rest.partition('@')[0]}" if "@" in rest else bare


def _installation(install: Installation, graph: SupplyGraph) -> Iterator[Flow]:
    """What an image or pipeline takes in by installing a manifest."""
    folder = posixpath.dirname(install.span.path)
    evidence = (Evidence(install.span, f"{install.tool} installs it"),)
    kind = "image" if install.context == "image" else "pipeline"
    for target in install.targets:
        for tried in (posixpath.join(folder, target), target):
            path = posixpath.normpath(tried)
            if path in graph.files:
                yield Flow(
                    f"config:{path}",
                    f"{kind}:{install.span.path}",
                    FlowKind.INSTALLS,
                    Pin.DIGEST if install.locked else Pin.NAME,
                    certainty=Certainty.DECLARED,
                    evidence=evidence,
                )
                break
