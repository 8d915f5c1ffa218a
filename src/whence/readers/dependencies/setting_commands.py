"""Commands that change an installer's settings: its index, its trust in certificates."""

from __future__ import annotations

from collections.abc import Iterator

from whence.readers.dependencies.requirements import index_option
from whence.vocabulary.fact.dependencies import (
    PackageIndex,
    is_public_index,
    without_credentials,
)
from whence.vocabulary.fact.deployment import ShellCommand

_PIP = {
    "index-url": "--index-url",
    "extra-index-url": "--extra-index-url",
    "find-links": "--find-links",
    "trusted-host": "--trusted-host",
}
_OFF = ("false", "no", "0", "off")


def settings(command: ShellCommand, words: list[str], tool: str) -> Iterator[PackageIndex]:
    """The indexes that `pip config set` and its kin in other installers set."""
    if tool == "pip" and words[:2] == ["config", "set"]:
        yield from _pip(command, words[2:])
    elif tool in ("npm", "pnpm", "yarn") and words[:2] == ["config", "set"]:
        yield from _npm(command, words[2:], tool)
    elif tool in ("conda", "mamba") and words[:1] == ["config"]:
        yield from _conda(command, words[1:])
    elif tool == "poetry" and words[:2] == ["source", "add"]:
        yield from _poetry_source(command, words[2:])
    elif tool == "poetry" and words[:1] == ["config"]:
        yield from _poetry_certificate(command, words[1:])


def _pip(command: ShellCommand, words: list[str]) -> Iterator[PackageIndex]:
    plain = [word for word in words if not word.startswith("-")]
    option = _PIP.get(plain[0].rpartition(".")[2].replace("_", "-")) if plain else None
    for value in " ".join(plain[1:]).split() if option else ():
        yield index_option(option or "", value, command.span, "pip", command.context)


def _npm(command: ShellCommand, words: list[str], tool: str) -> Iterator[PackageIndex]:
    plain = [part for word in words if not word.startswith("-") for part in word.split("=", 1)]
    if len(plain) < 2:
        return
    key, value = plain[:2]
    scope, _, name = key.rpartition(":")
    if name == "registry":
        role = "explicit" if scope else "primary"
        url = without_credentials(value)
        yield PackageIndex(command.span, tool, role, url, scope, context=command.context)
    elif key == "strict-ssl" and value.lower() in _OFF:
        yield _unverified(command, tool, "every registry")


def _conda(command: ShellCommand, words: list[str]) -> Iterator[PackageIndex]:
    if words[:2] == ["--set", "ssl_verify"] and words[2:3] and words[2].lower() in _OFF:
        yield _unverified(command, "conda", "every channel")


def _poetry_source(command: ShellCommand, words: list[str]) -> Iterator[PackageIndex]:
    priority = next(
        (word.partition("=")[2] for word in words if word.startswith("--priority=")), ""
    )
    plain = [word for word in words if not word.startswith("-")]
    if len(plain) < 2:
        return
    url = without_credentials(plain[1])
    role = {"explicit": "explicit", "supplemental": "extra", "secondary": "extra"}.get(
        priority, "primary"
    )
    yield PackageIndex(
        command.span,
        "poetry",
        role,
        url,
        plain[0],
        priority or "primary",
        public=is_public_index(url),
        context=command.context,
    )


def _poetry_certificate(command: ShellCommand, words: list[str]) -> Iterator[PackageIndex]:
    if len(words) >= 2 and words[0].startswith("certificates.") and words[1].lower() in _OFF:
        name = words[0].split(".")[1]
        yield _unverified(command, "poetry", name)


def _unverified(command: ShellCommand, tool: str, what: str) -> PackageIndex:
    return PackageIndex(command.span, tool, "trusted", what, verify=False, context=command.context)
