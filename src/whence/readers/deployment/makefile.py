"""Makefiles: the shell commands of their recipes, with make's own variables filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from whence.readers.contract import Source, Unreadable
from whence.readers.shell import commands
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.deployment import ShellCommand

VERSION = 4
MAX_LINES = 50_000
MAX_LINE = 20_000
MAX_CALLS = 200
MAX_DEPTH = 8

_NAME = re.compile(r"(?:GNU)?[Mm]akefile(?:\.[\w.-]+)?|.+\.(?:mk|mak)")
_ASSIGNMENT = re.compile(
    r"\s*(?:export\s+|override\s+)*([\w.-]+)\s*(\?=|::?:?=|\+=|!=|=)\s*(.*)", re.S
)
_REFERENCE = re.compile(r"\$(\$|\(([\w.-]+)\)|\{([\w.-]+)\})")
_AUTOMATIC = re.compile(r"(\$\$)|\$(?:[@<^*?+|%]|[({][@<^*?+|%][DF]?[)}])")
_CALL = re.compile(
    r"(?<!\$)\$[({](if|or|and|foreach|call|wildcard|patsubst|subst|strip|filter(?:-out)?|sort|word"
    r"|words|wordlist|firstword|lastword|dir|notdir|suffix|basename|addsuffix|addprefix|join"
    r"|realpath|abspath|error|warning|info|eval|value|file|origin|flavor|shell)\s+"
)


def claims(path: str, head: bytes) -> bool:
    """Makefile, GNUmakefile, `*.mk`."""
    return bool(_NAME.fullmatch(path.rpartition("/")[2])) and not path.endswith((".am", ".in"))


def read(source: Source) -> Iterator[Fact | Unread]:
    """The commands of every recipe."""
    lines = source.text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES or any(len(line) > MAX_LINE for line in lines):
        raise Unreadable("a Makefile with too many or too long lines")
    known = dict(_variables(lines))
    flags = known.get(".SHELLFLAGS", "")
    errexit, pipefail = bool(re.search(r"-\w*e", flags)), "pipefail" in flags
    for number, text, tolerated in _recipes(lines):
        script = _as_shell(text, known)
        for fact in commands(
            script, number, source.path, "make", errexit=errexit, pipefail=pipefail
        ):
            if tolerated and isinstance(fact, ShellCommand):
                fact = msgspec.structs.replace(fact, tolerated=True, tolerance="make -")
            yield fact


def _joined(lines: list[str], at: int) -> int:
    """The index after the last line that continues the line at an index."""
    while at < len(lines) and lines[at].endswith("\\"):
        at += 1
    return at + 1


def _variables(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Variables that are given one plain value, once."""
    values: dict[str, list[str]] = {}
    at = 0
    while at < len(lines):
        end = _joined(lines, at)
        text = " ".join(line.rstrip("\\").strip() for line in lines[at:end])
        match = None if lines[at].startswith("\t") else _ASSIGNMENT.fullmatch(text[:10_000])
        if match:
            value = re.sub(r"\s+#.*$", "", match[3])
            values.setdefault(match[1], []).append(value if match[2] not in ("+=", "!=") else "$")
        at = end
    known: dict[str, str] = {}
    for name, given in values.items():
        if len(given) == 1:
            value = _filled(given[0], known)
            if "$" not in value:
                known[name] = value
    return iter(known.items())


def _filled(text: str, known: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[2] or match[3]
        return known.get(name, match.group()) if name else match.group()

    return _REFERENCE.sub(value, text)


def _recipes(lines: list[str]) -> Iterator[tuple[int, str, bool]]:
    """Line number, text and whether its failure is ignored, of each line of a recipe."""
    at = 0
    while at < len(lines):
        end = _joined(lines, at)
        line = lines[at]
        rule = re.match(r"[^\t#=][^=#:]*::?[^=;]*;(.*)", line)
        if line.startswith("\t") and line.strip():
            pieces = [re.sub(r"^\t", "", each) for each in lines[at:end]]
            prefix = re.match(r"\s*[@+-]*", pieces[0])
            marks = prefix.group() if prefix else ""
            pieces[0] = pieces[0][len(marks) :]
            yield at + 1, "\n".join(pieces), "-" in marks
        elif rule:
            yield at + 1, rule[1], False
        at = end


def _as_shell(text: str, known: dict[str, str]) -> str:
    """A recipe as the shell gets it; what make would have to compute becomes a variable."""

    def reference(match: re.Match[str]) -> str:
        if match[1] == "$":
            return "\0"
        name = match[2] or match[3]
        return known.get(name, "${" + re.sub(r"[^\w]", "_", name) + "}")

    text = _AUTOMATIC.sub(lambda match: match[1] or "${_automatic}", _without_calls(text))
    return _REFERENCE.sub(reference, text).replace("\0", "$")


def _without_calls(text: str, depth: int = 0) -> str:
    """A recipe with `$(shell …)` as the shell writes it, and other functions as a variable."""
    found, at, calls = "", 0, 0
    while calls < MAX_CALLS and (match := _CALL.search(text, at)):
        end = _closing(text, match.start() + 1)
        made = "${_computed}"
        if match[1] == "shell" and depth < MAX_DEPTH:
            made = f"\0({_without_calls(text[match.end() : end], depth + 1)})"
        found, at, calls = found + text[at : match.start()] + made, end + 1, calls + 1
    return found + text[at:]


def _closing(text: str, start: int) -> int:
    """Where the bracket that opens at an index is closed, or the text's end."""
    level = 0
    for at in range(start, min(len(text), start + MAX_LINE)):
        level += (text[at] in "({") - (text[at] in ")}")
        if level == 0:
            return at
    return len(text)
