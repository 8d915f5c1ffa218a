"""What tools that pack models into images install: bentofile.yaml, cog.yaml, Truss's config.yaml."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.readers import yaml_nodes
from whence.readers.contract import Source
from whence.readers.dependencies.requirement_lines import divided
from whence.readers.dependencies.requirements import declared, index_option, option_facts
from whence.readers.shell import commands
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import Include, PackageManifest

VERSION = 1

_NAMES = {"bentofile.yaml": "bentofile", "bentofile.yml": "bentofile", "cog.yaml": "cog"}
_TRUSS = re.compile(rb"(?m)^model_(?:name|class_name|class_filename|module_dir)[ \t]*:")
_INDEXES = (
    ("index_url", "--index-url"),
    ("extra_index_url", "--extra-index-url"),
    ("find_links", "--find-links"),
    ("trusted_host", "--trusted-host"),
)


def claims(path: str, head: bytes) -> bool:
    """Files of the tools' names; config.yaml where it describes a model of Truss."""
    name = posixpath.basename(path)
    return name in _NAMES or (name == "config.yaml" and _TRUSS.search(head) is not None)


def read(source: Source) -> Iterator[Fact | Unread]:
    """The requirements, the files that list more, the indexes and the commands of the build."""
    kind = _NAMES.get(posixpath.basename(source.path), "truss")
    yield PackageManifest(source.span(), kind, "pip")
    for document in yaml_nodes.documents(source.text):
        if kind == "bentofile":
            yield from _bento(source, document.get("python"))
        elif kind == "cog":
            yield from _cog(source, document.get("build"))
        else:
            yield from _listed(source, document.get("requirements"))
            yield from _taken_in(source, document.get("requirements_file"))


def _bento(source: Source, python: yaml_nodes.Node) -> Iterator[Fact | Unread]:
    yield from _listed(source, python.get("packages"))
    yield from _taken_in(source, python.get("requirements_txt"))
    for key, option in _INDEXES:
        for entry in python.get(key).items:
            yield index_option(option, entry.text, source.span(entry.first), "pip")
    if python.get("no_index").truthy:
        yield index_option("--no-index", "", source.span(python.get("no_index").first), "pip")


def _cog(source: Source, build: yaml_nodes.Node) -> Iterator[Fact | Unread]:
    yield from _listed(source, build.get("python_packages"))
    yield from _taken_in(source, build.get("python_requirements"))
    for key in ("pre_install", "run"):
        for entry in build.get(key).items:
            command = entry if entry.text else entry.get("command")
            if command.text:
                yield from commands(
                    command.text, command.first, source.path, "image", last_line=command.last
                )


def _listed(source: Source, entries: yaml_nodes.Node) -> Iterator[Fact | Unread]:
    """Entries that are lines of a requirements file."""
    for entry in entries.items:
        yield from _line(entry.text, source.span(entry.first, entry.last))


def _line(line: str, span: Span) -> Iterator[Fact | Unread]:
    try:
        text, options = divided(line)
    except ValueError as error:
        yield Unread(span, "model packages", f"an option that pip refuses: {error}")
        return
    if not text:
        yield from option_facts(options, span, "manifest", "")
        return
    hashes = tuple(option.value.lower() for option in options if option.name == "--hash")
    yield from declared(text, span, "manifest", hashes=hashes)


def _taken_in(source: Source, entry: yaml_nodes.Node) -> Iterator[Include]:
    if entry.text:
        target = posixpath.join(posixpath.dirname(source.path), entry.text)
        yield Include(source.span(entry.first), posixpath.normpath(target), "requirement")
