"""Settings of installers in the tree: pip.conf, uv.toml, poetry.toml, .condarc, .npmrc."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.readers import yaml_nodes
from whence.readers.contract import Source
from whence.readers.dependencies import uv_tables
from whence.readers.dependencies.ini_lines import Entry, entries, numbered
from whence.readers.dependencies.requirements import index_option
from whence.readers.dependencies.toml_lines import Document, text_of
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageIndex,
    is_public_index,
    without_credentials,
)

VERSION = 2

_PIP = ("pip.conf", "pip.ini", ".pip.conf", "pydistutils.cfg", ".pydistutils.cfg")
_OPTIONS = {
    "index-url": "--index-url",
    "index": "--index-url",
    "extra-index-url": "--extra-index-url",
    "find-links": "--find-links",
    "trusted-host": "--trusted-host",
    "no-index": "--no-index",
}
_NPM_REGISTRY = re.compile(r"(?:(@[^:\s]+):)?registry\Z")


def claims(path: str, head: bytes) -> bool:
    """Files of the installers' own names."""
    name = posixpath.basename(path)
    return name in (*_PIP, "uv.toml", "poetry.toml", ".condarc", "condarc", ".npmrc", ".pypirc")


def read(source: Source) -> Iterator[Fact | Unread]:
    """The indexes that the file sets, and whether certificates are checked."""
    name = posixpath.basename(source.path)
    if name in _PIP:
        yield from _pip(source)
    elif name == "uv.toml":
        document = Document(source)
        yield from document.bad_lines
        yield from uv_tables.facts(document, ())
    elif name == "poetry.toml":
        yield from _poetry(source)
    elif name.endswith("condarc"):
        yield from _conda(source)
    elif name == ".npmrc":
        yield from _npm(source)
    else:
        yield from _uploads(source)


def _pip(source: Source) -> Iterator[Fact | Unread]:
    for found in entries(source):
        if isinstance(found, Unread):
            yield found
            continue
        key = found.key.lower().replace("_", "-")
        option = _OPTIONS.get(key)
        if not option or (key == "no-index" and found.text.lower() in ("", "0", "false", "no")):
            continue
        for span, word in found.words(source):
            yield index_option(option, "" if option == "--no-index" else word, span, "pip")


def _poetry(source: Source) -> Iterator[Fact | Unread]:
    """Repositories by name, and certificates that are not checked."""
    document = Document(source)
    yield from document.bad_lines
    for name, entry in document.table("repositories").items():
        url = text_of(entry, "url") if isinstance(entry, dict) else str(entry)
        bare = without_credentials(url)
        yield PackageIndex(
            document.span("repositories", name),
            "poetry",
            "explicit",
            bare,
            name,
            public=is_public_index(bare),
        )
    for name, entry in document.table("certificates").items():
        if isinstance(entry, dict) and entry.get("cert") is False:
            span = document.span("certificates", name)
            yield PackageIndex(span, "poetry", "trusted", name, name, verify=False)


def _conda(source: Source) -> Iterator[Fact | Unread]:
    for document in yaml_nodes.documents(source.text):
        verify = document.get("ssl_verify")
        off = bool(verify.text) and verify.text.lower() in ("false", "no", "off", "<false>")
        if off:
            span = source.span(verify.first)
            yield PackageIndex(span, "conda", "trusted", "every channel", verify=False)
        priority = document.get("channel_priority").text.lower()
        for key in ("channels", "default_channels"):
            for number, channel in enumerate(document.get(key).items):
                role = "extra" if number else "primary"
                url = without_credentials(channel.text)
                yield PackageIndex(
                    source.span(channel.first), "conda", role, url, strategy=priority
                )
        if priority and not document.get("channels").items:
            # Nothing but how others' channels are chosen between.
            span = source.span(document.get("channel_priority").first)
            yield PackageIndex(span, "conda", "explicit", "every channel", strategy=priority)


def _npm(source: Source) -> Iterator[Fact | Unread]:
    for number, line in numbered(source):
        key, _, value = (part.strip() for part in line.partition("="))
        span = source.span(number)
        registry = _NPM_REGISTRY.match(key)
        if registry:
            role = "explicit" if registry.group(1) else "primary"
            name = registry.group(1) or ""
            yield PackageIndex(span, "npm", role, without_credentials(value), name)
        elif key == "strict-ssl" and value.lower() == "false":
            yield PackageIndex(span, "npm", "trusted", "every registry", verify=False)


def _uploads(source: Source) -> Iterator[Fact | Unread]:
    """Where releases are uploaded to: an index that only publishing uses."""
    for found in entries(source):
        if isinstance(found, Entry) and found.key.lower() == "repository":
            for span, word in found.words(source):
                url = without_credentials(word)
                public = is_public_index(url)
                yield PackageIndex(span, "twine", "explicit", url, found.section, public=public)
