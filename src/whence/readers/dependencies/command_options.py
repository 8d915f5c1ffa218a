"""An installer's command line, divided into words and options with their values."""

from __future__ import annotations

import re

import msgspec

_ALIASES = {
    "-r": "--requirement",
    "--requirements": "--requirement",
    "-c": "--constraint",
    "--constraints": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
    "--allow-insecure-host": "--trusted-host",
    "-C": "--directory",
    "-P": "--project",
}
# Letters that conda and its kin mean otherwise.
_CONDA_ALIASES = {"-f": "--file", "-c": "--channel"}
_FLAGS = frozenset(
    (
        "--require-hashes", "--no-deps", "--no-index", "--locked", "--frozen", "--deploy",
        "--ignore-pipfile", "--frozen-lockfile", "--immutable", "--upgrade", "-U", "--quiet", "-q",
        "--verbose", "-v", "--yes", "-y", "--user", "--pre", "--no-cache-dir", "--no-cache",
        "--system", "--no-root", "--no-dev", "--no-interaction", "--no-ansi", "--dev", "-D",
        "--force-reinstall", "--ignore-installed", "-I", "--no-build-isolation", "--prefer-binary",
        "--break-system-packages", "--disable-pip-version-check", "--no-warn-script-location",
        "--isolated", "--compile", "--no-compile", "--no-input", "--use-pep517", "--global", "-g",
        "--save", "--save-dev", "--save-exact", "-E", "--production", "--legacy-peer-deps",
        "--no-audit", "--no-fund", "--force", "--all-extras", "--all-groups", "--no-install-project",
        "--all-packages", "--no-editable", "--compile-bytecode", "--sync", "--without-hashes",
        "--override-channels", "--freeze-installed", "--no-pin", "--copy", "--offline", "--only-deps",
        "--no-self", "--skip-lock", "--clear", "--prune", "--root-user-action", "--exact",
        "--strict", "--reinstall", "--no-sync", "--isolated", "--dry-run", "--silent", "-s", "-f=",
    )
)  # fmt: skip
# Flags of one letter written together, of which the last may take a value: `-qr`, `-yc`.
_BUNDLE = re.compile(r"-[qvyUIEDgs]+[A-Za-z]\Z")


class Command(msgspec.Struct, frozen=True):
    """`words` are what is no option, `options` name and value of the others, by long name."""

    words: tuple[str, ...]
    options: tuple[tuple[str, str], ...]

    def values(self, name: str) -> tuple[str, ...]:
        """What an option was given, in order; `yes` where it takes nothing."""
        return tuple(value for option, value in self.options if option == name)


def divided(words: list[str], tool: str = "pip") -> Command:
    """The words and options of a command line of an installer.

    An option that is not known to be a flag takes the next word where that is no option: no
    package is ever installed under the name of an option's value.
    """
    aliases = _ALIASES | _CONDA_ALIASES if tool == "conda" else _ALIASES
    plain: list[str] = []
    options: list[tuple[str, str]] = []
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        if word == "--":
            plain.extend(reversed(waiting))
            break
        if not word.startswith("-") or word == "-":
            plain.append(word)
            continue
        name, equals, value = word.partition("=")
        if _BUNDLE.match(word) and name not in _FLAGS:
            name = f"-{word[-1]}"
        elif (
            not word.startswith("--")
            and len(word) > 2
            and word[:2] in _ALIASES
            and word not in _FLAGS
        ):
            name, equals, value = word[:2], "=", word[2:].lstrip("=")
        long = aliases.get(name, name)
        if not equals and _takes_value(name) and waiting and not waiting[-1].startswith("-"):
            value = waiting.pop()
        options.append((long, value if equals or value else "yes"))
    return Command(tuple(plain), tuple(options))


def _takes_value(name: str) -> bool:
    return name not in _FLAGS and not name.startswith("--no-")
