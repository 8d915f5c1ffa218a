"""What an installer's command line installs, from where, and how it is held."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

import msgspec

from whence.readers.dependencies import conda_specification
from whence.readers.dependencies.command_options import Command, divided
from whence.readers.dependencies.requirements import declared, index_option
from whence.readers.dependencies.setting_commands import settings
from whence.readers.dependencies.specification import is_address
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.dependencies import (
    Include,
    Installation,
    PackageIndex,
    PackageRequirement,
    without_credentials,
)
from whence.vocabulary.fact.deployment import ShellCommand

Found = PackageRequirement | PackageIndex | Include | Installation | Unread

_PYTHON = re.compile(
    r"(?i)(?:python|pypy)[0-9.]*\Z|\$[({]?\w*PYTHON\w*[)}]?\Z|\$\{sys_executable\}\Z"
)
_PIP = re.compile(r"pip[0-9.]*\Z|\$[({]?\w*PIP3?[)}]?\Z")
_RUNNERS = ("conda", "mamba", "micromamba", "poetry", "pdm", "pipenv", "uv", "hatch")
_VARIABLE = re.compile(r"\$\{?\w|\$\{\{|\$\(")
_ARCHIVES = (".whl", ".tar.gz")
_INDEX_OPTIONS = (
    "--index-url",
    "--extra-index-url",
    "--find-links",
    "--trusted-host",
    "--no-index",
)
_SYNC = {
    "poetry": ("install", "sync"),
    "pdm": ("install", "sync"),
    "uv": ("sync",),
    "pipenv": ("install", "sync"),
    "pixi": ("install", "run", "shell"),
}
_ADDING = ("add",)
_LOCKED = {
    "pdm": ("--frozen-lockfile", "--frozen", "--no-lock"),
    "uv": ("--locked", "--frozen"),
    "pipenv": ("--deploy", "--ignore-pipfile"),
}


def requirements(command: ShellCommand) -> Iterator[Found]:
    """What a command installs: packages, manifests, indexes, constraints.

    Understands pip, uv, pipx, poetry, pdm, pipenv, conda and its kin, and npm, also their commands
    that change settings. Nothing comes of any other command.
    """
    argv = list(command.argv)
    program = _program(argv)
    if _PYTHON.match(program):
        at = argv.index("-m") + 1 if "-m" in argv[1:4] else 0
        if argv[1:2] == ["setup.py"] and {"install", "develop"} & set(argv[2:]):
            yield Installation(command.span, "pip", (".",), command.context)
        argv = argv[at:] if at else []
        program = _program(argv)
    if program in _RUNNERS and "run" in argv[1:3]:
        yield from _within_environment(command, argv)
    tool = "pip" if _PIP.match(program) else program
    reader = _READERS.get(tool)
    if reader:
        yield from settings(command, argv[1:], tool)
        yield from reader(command, argv[1:], tool)


def _within_environment(command: ShellCommand, argv: list[str]) -> Iterator[Found]:
    """`conda run -n base pip install …`: the command that runs inside an environment."""
    for at, word in enumerate(argv[2:], 2):
        if _PIP.match(_program([word])) or _PYTHON.match(_program([word])):
            yield from requirements(msgspec.structs.replace(command, argv=tuple(argv[at:])))
            return


def _program(argv: list[str]) -> str:
    name = posixpath.basename(argv[0]).removesuffix(".exe") if argv else ""
    return name[1:] if name.startswith(("!", "%")) else name


def _pip(command: ShellCommand, words: list[str], tool: str) -> Iterator[Found]:
    read = divided(words)
    verb = read.words[0] if read.words else ""
    if verb not in ("install", "download", "wheel", "sync"):
        return
    yield from _indexes(command, read, tool)
    for target in read.values("--constraint"):
        yield Include(command.span, without_credentials(target), "constraint")
    files = [*read.values("--requirement"), *(read.words[1:] if verb == "sync" else ())]
    for target in files:
        yield Include(command.span, target, "requirement")
    named = read.words[1:] if verb != "sync" else ()
    packages = [word for word in named if not _is_project(word)]
    for word in packages:
        yield from _required(command, word)
    editable = [word for word in read.values("--editable") if is_address(word)]
    for word in editable:
        yield from _required(command, word, True)
    projects = [word for word in (*named, *read.values("--editable")) if word not in packages]
    projects = [word for word in projects if word not in editable]
    archives = [word for word in packages if word.endswith(_ARCHIVES) and not is_address(word)]
    targets = tuple(_bare(target) for target in [*files, *projects, *archives])
    if targets:
        hashed = bool(read.values("--require-hashes"))
        yield Installation(
            command.span,
            tool,
            targets,
            command.context,
            locked=hashed,
            require_hashes=hashed,
            without_dependencies=bool(read.values("--no-deps"))
            or (bool(read.values("--no-index")) and not read.values("--find-links")),
        )


def _indexes(command: ShellCommand, read: Command, tool: str) -> Iterator[PackageIndex | Unread]:
    for name in _INDEX_OPTIONS:
        for value in read.values(name):
            yield from _index(command, name, value, tool, read)
    for value in read.values("--index"):
        yield from _index(command, "--extra-index-url", value.rpartition("=")[2], tool, read)
    for value in read.values("--default-index"):
        yield from _index(command, "--index-url", value, tool, read)


def _index(
    command: ShellCommand, name: str, value: str, tool: str, read: Command
) -> Iterator[PackageIndex | Unread]:
    if _VARIABLE.search(value) and not is_address(value):
        reason = f"the address of {name} comes from {value}, known only at run time"
        yield Unread(command.span, "install commands", reason)
    address = "" if name == "--no-index" else value
    found = index_option(name, address, command.span, tool, command.context)
    strategy = next(iter(read.values("--index-strategy")), "")
    default = "first-index" if tool == "uv" else ""
    yield msgspec.structs.replace(found, strategy=strategy or default)


def _is_project(word: str) -> bool:
    """Whether a word is a directory of the tree rather than a package, URL or archive."""
    if is_address(word) or word.endswith((".whl", ".tar.gz", ".zip")):
        return False
    bare = _bare(word)
    return bare in (".", "..") or bare.startswith(("./", "../", "/")) or bare.endswith("/")


def _bare(target: str) -> str:
    """A path without the extras that stand behind it."""
    found = re.fullmatch(r"(.+?)\[[A-Za-z0-9._, -]*\]", target)
    return without_credentials(found.group(1) if found else target)


def _required(command: ShellCommand, word: str, editable: bool = False) -> Iterator[Found]:
    if re.fullmatch(r"[\"']?\$[\w{(@*].*", word):
        reason = f"the packages to install come from {word}, known only at run time"
        yield Unread(command.span, "install commands", reason)
        return
    for found in declared(word, command.span, "command", editable=editable):
        if isinstance(found, PackageRequirement):
            found = msgspec.structs.replace(found, context=command.context)
        yield found


def _uv(command: ShellCommand, words: list[str], tool: str) -> Iterator[Found]:
    read = divided(words)
    verb = read.words[0] if read.words else ""
    if verb == "pip":
        at = words.index("pip")
        yield from _pip(command, words[at + 1 :], "uv")
    elif verb == "tool" and read.words[1:2] in (("install",), ("run",)):
        first = read.words[2:3]
        for word in first:
            yield from _required(command, word)
    elif verb == "run":
        for word in read.values("--with"):
            for part in word.split(","):
                yield from _required(command, part)
        yield _synced(command, "uv", read)
    else:
        yield from _project(command, words, "uv")


def _tool(command: ShellCommand, words: list[str], tool: str) -> Iterator[Found]:
    """pipx and uvx: the first word is the package, what follows is its own command line."""
    read = divided(words)
    named = read.values("--from") or read.values("--spec")
    positional = list(read.words)
    if tool == "pipx" and positional[:1] in (["install"], ["run"], ["inject"]):
        positional = positional[1:] if positional[0] != "inject" else positional[2:]
    elif tool == "pipx":
        return
    beside = [part for value in read.values("--with") for part in value.split(",")]
    for word in [*([*named] or positional[:1]), *beside]:
        word = re.sub(r"^([A-Za-z0-9._-]+)@([0-9][^/]*)$", r"\1==\2", word)
        yield from _required(command, word.removesuffix("@latest"))


def _project(command: ShellCommand, words: list[str], tool: str) -> Iterator[Found]:
    """Tools that install what the project's manifest and lock file say."""
    read = divided(words)
    verb = read.words[0] if read.words else ""
    if verb in _SYNC[tool] and not (tool == "pipenv" and len(read.words) > 1):
        yield _synced(command, tool, read)
        for target in read.values("--requirement"):
            yield Include(command.span, target, "requirement")
    elif verb in _ADDING or (tool == "pipenv" and verb == "install"):
        for word in read.words[1:]:
            word = re.sub(r"^([A-Za-z0-9._-]+)@([0-9^~<>=].*)$", r"\1==\2", word)
            yield from _required(command, word.removesuffix("@latest").replace("==^", ">="))


def _synced(command: ShellCommand, tool: str, read: Command) -> Installation:
    """A run that installs the project. Poetry and `sync` never leave the lock that exists."""
    folder = read.values("--directory") or read.values("--project") or (".",)
    follows = tool in ("poetry", "uv", "pdm", "pixi") or (
        read.words[:1] == ("sync",) or any(read.values(name) for name in _LOCKED["pipenv"])
    )
    return Installation(
        command.span, tool, (folder[0],), command.context, locked=follows, require_hashes=follows
    )


def _conda(command: ShellCommand, words: list[str], tool: str) -> Iterator[Found]:
    read = divided(words, "conda")
    verb = read.words[0] if read.words else ""
    if verb not in ("env", "create", "install", "update"):
        return
    for number, channel in enumerate(read.values("--channel")):
        role = "extra" if number else "primary"
        url = without_credentials(channel)
        yield PackageIndex(command.span, "conda", role, url, context=command.context)
    for word in read.words[1:] if verb != "env" else ():
        yield from conda_specification.requirement(
            word, command.span, scope="command", context=command.context
        )
    files = read.values("--file")
    if files or verb == "env":
        named = files or ("environment.yml",)
        locked = all("lock" in posixpath.basename(name) for name in named)
        yield Installation(command.span, "conda", named, command.context, locked=locked)


def _npm(command: ShellCommand, words: list[str], tool: str) -> Iterator[Found]:
    read = divided(words)
    verb = read.words[0] if read.words else ("install" if tool == "yarn" else "")
    if verb == "ci" or (verb in ("install", "i", "add") and len(read.words) <= 1):
        frozen = verb == "ci" or any(
            read.values(name) for name in ("--frozen-lockfile", "--immutable")
        )
        yield Installation(command.span, tool, (".",), command.context, locked=frozen)
        return
    if verb not in ("install", "i", "add", "exec", "dlx"):
        return
    for word in read.words[1:] if verb in ("install", "i", "add") else read.words[1:2]:
        found = re.fullmatch(r"((?:@[\w.-]+/)?[\w.-]+)(?:@(.+))?", word)
        if found and not word.startswith((".", "/")):
            version = found.group(2) or ""
            exact = version if re.fullmatch(r"\d+\.\d+\.\d+[\w.+-]*", version) else ""
            yield PackageRequirement(
                command.span, "npm", found.group(1).lower(), version, exact,
                scope="command", context=command.context,
            )  # fmt: skip


_READERS = {
    "pip": _pip,
    "uv": _uv,
    "uvx": _tool,
    "pipx": _tool,
    "poetry": _project,
    "pdm": _project,
    "pipenv": _project,
    "pixi": _project,
    "conda": _conda,
    "mamba": _conda,
    "micromamba": _conda,
    "npm": _npm,
    "pnpm": _npm,
    "yarn": _npm,
}
