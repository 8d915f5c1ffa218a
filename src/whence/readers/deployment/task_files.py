"""Files that name a project's commands: justfile, Procfile, tox.ini, and the scripts of package.json.

Sources: the manuals of just, Heroku's Procfile, tox and npm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from whence.readers.contract import Source, Unreadable
from whence.readers.shell import commands
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.deployment import ShellAssignment, ShellCommand

VERSION = 1
SIZE_LIMIT = 1024 * 1024
SCRIPTS = 500

_JUST = re.compile(r"\.?justfile|.+\.just", re.IGNORECASE)
_RECIPE = re.compile(r"@?[A-Za-z_][\w-]*(?:[ \t][^:=\n]*)?:(?!=)")
_GIVEN = re.compile(r"(export\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.+)")
_FILLED = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
_COMPUTED = re.compile(r"\{\{[^{}]*\}\}")
_PROCESS = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")
_SECTION = re.compile(r"\[([^\]]+)\]")
_KEY = re.compile(r"([A-Za-z_]\w*)\s*=(.*)")
_POSITIONAL = re.compile(r"\{posargs:([^{}]*)\}")
_BRACES = re.compile(r"\{([A-Za-z_][\w:]*)\}")
_VARIABLE = re.compile(r"([A-Za-z_]\w*)\s*=\s*(.*)")


def claims(path: str, head: bytes) -> bool:
    """By the name of the file."""
    name = path.rpartition("/")[2]
    return name in ("Procfile", "tox.ini", "package.json") or bool(_JUST.fullmatch(name))


def read(source: Source) -> Iterator[Fact | Unread]:
    """The commands, each on its line."""
    if source.size > SIZE_LIMIT:
        raise Unreadable(f"larger than {SIZE_LIMIT // 1024} KiB of commands")
    name = source.path.rpartition("/")[2]
    if name == "Procfile":
        yield from _processes(source)
    elif name == "tox.ini":
        yield from _environments(source)
    elif name == "package.json":
        yield from _scripts(source)
    else:
        yield from _recipes(source)


def _recipes(source: Source) -> Iterator[Fact | Unread]:
    """The bodies of recipes; one that begins with `#!` is a script as a whole."""
    known: dict[str, str] = {}
    lines = source.text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        given = _GIVEN.fullmatch(line.strip()) if line[:1].strip() else None
        if given:
            value = given[3].strip().strip("\"'")
            known[given[2]] = value
            if given[1]:
                yield ShellAssignment(source.span(at), given[2], value, "make", True)
        elif line[:1].strip() and not line.startswith("#") and _RECIPE.match(line):
            end = at
            while end < len(lines) and (lines[end][:1] in " \t" or not lines[end].strip()):
                end += 1
            yield from _body(source, lines[at:end], at + 1, known)
            at = end


def _body(
    source: Source, lines: list[str], first: int, known: dict[str, str]
) -> Iterator[Fact | Unread]:
    text = [
        _COMPUTED.sub("${VALUE}", _FILLED.sub(lambda m: known.get(m[1], m[0]), line)).strip()
        for line in lines
    ]
    if text and text[0].startswith("#!"):
        if re.search(r"\b(?:ba|da|z)?sh\b", text[0]):
            yield from commands("\n".join(text), first, source.path, "make")
        return
    at = 0
    while at < len(text):
        end = at
        while text[end].endswith("\\") and end + 1 < len(text):
            end += 1
        marks = re.match(r"[@-]*", text[at])
        length = marks.end() if marks else 0
        script = "\n".join([text[at][length:], *text[at + 1 : end + 1]])
        yield from _told(source, script, first + at, "-" in text[at][:length], "just -")
        at = end + 1


def _processes(source: Source) -> Iterator[Fact | Unread]:
    for number, line in enumerate(source.text.split("\n"), 1):
        found = _PROCESS.fullmatch(line.strip())
        if found:
            yield from commands(found[2], number, source.path, "make")


def _environments(source: Source) -> Iterator[Fact | Unread]:
    """`commands` and `setenv` of tox; a key's value goes on over indented lines."""
    section = key = ""
    waiting: list[tuple[int, str]] = []
    for number, line in enumerate([*source.text.split("\n"), ""], 1):
        bare = line.strip()
        if line[:1] in (" ", "\t") and bare and key:
            waiting.append((number, bare))
            continue
        yield from _of_key(source, section, key, waiting)
        key, waiting = "", []
        head, pair = _SECTION.fullmatch(bare), _KEY.fullmatch(bare)
        if head:
            section = head[1]
        elif pair and section.startswith(("testenv", "env_run_base")):
            key = pair[1]
            waiting = [(number, pair[2].strip())] if pair[2].strip() else []
    yield from _of_key(source, section, key, waiting)


def _of_key(
    source: Source, section: str, key: str, lines: list[tuple[int, str]]
) -> Iterator[Fact | Unread]:
    if key in ("setenv", "set_env"):
        for number, text in lines:
            pair = _VARIABLE.fullmatch(text)
            if pair:
                yield ShellAssignment(source.span(number), pair[1], pair[2], "make", True)
    elif key in ("commands", "commands_pre", "commands_post"):
        joined = ""
        for number, text in lines:
            text = re.sub(r"^[\w!,-]+:[ \t]+", "", text)
            joined = f"{joined} {text.removesuffix(chr(92))}".strip()
            if not text.endswith("\\"):
                plain = _BRACES.sub("${VALUE}", _POSITIONAL.sub(r"\1", joined))
                tolerated = plain.startswith("-")
                yield from _told(source, plain.lstrip("- "), number, tolerated, "tox -")
                joined = ""


def _scripts(source: Source) -> Iterator[Fact | Unread]:
    try:
        document = msgspec.json.decode(source.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    scripts = document.get("scripts") if isinstance(document, dict) else None
    if not isinstance(scripts, dict):
        return
    lines = source.text.split("\n")
    at = next((n for n, line in enumerate(lines) if '"scripts"' in line), 0)
    for name, text in list(scripts.items())[:SCRIPTS]:
        if isinstance(text, str):
            quoted = msgspec.json.encode(name).decode()
            number = next((n for n in range(at, len(lines)) if quoted in lines[n]), at)
            last = number + 1
            yield from commands(text, last, source.path, "make", last_line=last)


def _told(
    source: Source, script: str, line: int, tolerated: bool, why: str
) -> Iterator[Fact | Unread]:
    for fact in commands(script, line, source.path, "make"):
        if tolerated and isinstance(fact, ShellCommand):
            fact = msgspec.structs.replace(fact, tolerated=True, tolerance=why)
        yield fact
