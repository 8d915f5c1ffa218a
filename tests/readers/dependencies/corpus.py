"""Dependency files as teams write them, each with what the readers are to make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from whence.readers.contract import Source, Unreadable
from whence.readers.reading import every_reader
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    Include,
    Installation,
    InstallHook,
    PackageIndex,
    PackageManifest,
    PackageRequirement,
)
from whence.vocabulary.fact.deployment import ShellCommand

FOLDER = Path(__file__).parent / "corpus"
_CASE = re.compile(
    r"^## (.+?)\n\n````text (\S+)( escaped)?\n(.*?)````\n````expected\n(.*?)````$",
    re.MULTILINE | re.DOTALL,
)
_ESCAPES = {"\\r\\n\n": "\r\n", "\\r\n": "\r", "\\u2028": "\u2028", "\\\\": "\\"}


def cases() -> Iterator[tuple[str, str, bytes, str]]:
    """Title, path, content and expectation of every file in the corpus."""
    for document in sorted(FOLDER.glob("*.md")):
        for title, path, escaped, body, expected in _CASE.findall(document.read_text("utf-8")):
            text = body
            if escaped:
                for written, meant in _ESCAPES.items():
                    text = text.replace(written, meant)
            yield f"{document.stem}: {title}", path, text.encode(), expected


def facts(path: str, content: bytes) -> list[Fact | Unread]:
    """What the readers of dependencies say about a file."""
    found: list[Fact | Unread] = []
    for name, reader in every_reader().items():
        if name.startswith("dependencies.") and reader.claims(path, content[:4096]):
            try:
                found.extend(reader.read(Source.of_bytes(path, content)))
            except Unreadable as error:
                found.append(
                    Unread(Source.of_bytes(path, b"").span(error.line), name, error.reason)
                )
    return found


def rendered(path: str, content: bytes) -> str:
    """The facts of a file, one a line, each after its own line number."""
    lines = [f"{fact.span.first:3} {_shown(fact)}" for fact in facts(path, content)]
    return "".join(line.rstrip() + "\n" for line in lines)


def _shown(fact: Fact | Unread) -> str:
    match fact:
        case PackageManifest():
            marks = [
                word
                for word in ("locks", "library", "require_hashes", "dynamic")
                if getattr(fact, word)
            ]
            told = [fact.name, fact.requires_python, *fact.made_from]
            return " ".join([f"{fact.kind} of {fact.tool}", *marks, *filter(None, told)])
        case PackageRequirement():
            return _requirement(fact)
        case PackageIndex():
            marks = "" if fact.verify else " unverified"
            return f"{fact.role} index {fact.url} {fact.name} {fact.strategy}{marks}"
        case Include():
            return f"takes in {fact.role} {fact.target}"
        case InstallHook():
            return f"installing runs: {fact.does} {fact.what} in {fact.where}"
        case ShellCommand():
            return f"runs {' '.join(fact.argv)}"
        case Installation():
            return f"{fact.tool} installs {' '.join(fact.targets)}"
        case Unread():
            return "not audited"
    raise AssertionError(fact)


def _requirement(fact: PackageRequirement) -> str:
    extras = f"[{','.join(fact.extras)}]" if fact.extras else ""
    parts = [f"{fact.ecosystem}/{fact.name}{extras}{fact.specifier}"]
    parts += [f"= {fact.version}"] if fact.version else []
    parts += [f"@ {fact.url}"] if fact.url else []
    parts += [f"commit {fact.commit[:7]}"] if fact.commit else []
    parts += [f"; {fact.marker}"] if fact.marker else []
    parts += [f"({fact.group})"] if fact.group else []
    parts += [fact.scope] if fact.scope != "manifest" else []
    parts += ["override"] if fact.override else []
    parts += ["editable"] if fact.editable else []
    parts += [f"from {fact.index}"] if fact.index else []
    parts += [f"{len(fact.hashes)} digests"] if fact.hashes else []
    parts += [fact.licence] if fact.licence else []
    return " ".join(parts)
