"""Lines and cells that IPython and Databricks understand and Python does not.

They are taken out of the code, and what they run in a shell is read as shell. Sources: the reference
of IPython's magics, and of Databricks notebooks kept as source files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from whence.readers.shell import commands
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.deployment import ShellAssignment

_FILLED_IN = re.compile(r"(?<!\$)\{([A-Za-z_][\w.]*)\}")
_CELL_MAGIC = re.compile(r"^%%(!|\w++)(.*)")
_SHELL_CELLS = frozenset({"bash", "sh", "script", "system", "sx", "!"})
_SHELL_LINES = frozenset({"sx", "system", "sh", "cd"})
_INSTALLERS = frozenset({"pip", "conda", "mamba", "uv", "micromamba"})
_PYTHON = frozenset(
    {
        "time",
        "timeit",
        "capture",
        "prun",
        "python",
        "python3",
        "memit",
        "mprun",
        "lprun",
        "snakeviz",
    }
)
_FILES = frozenset({"writefile", "file"})
_MARKUP = frozenset(
    {"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG", "sql", "md"}
)
_OPTIONS = re.compile(r"^(?:-[a-zA-Z]+(?:[ \t]*\d+)?[ \t]+)*")
_ASSIGNED = re.compile(r"^(\s*+)(\w[\w, ]*+)=\s*+([!%])(.*)$")
_VARIABLE = re.compile(r"([A-Za-z_]\w*)(?:[ \t]*=[ \t]*|[ \t]+)(\S.*)")
_CONSTANT = re.compile(
    r"([A-Za-z_]\w*)[ \t]*=[ \t]*(?:'([^'\"\\\n]*)'|\"([^'\"\\\n]*)\")[ \t]*(?:#.*)?"
)
_NOTED = re.compile(r"#\s?MAGIC(?: (.*)|)$")


def constants(texts: list[str]) -> dict[str, str]:
    """The names that cells give one text, which shell lines may fill in."""
    found: dict[str, list[str]] = {}
    for text in texts:
        for line in text.split("\n"):
            given = _CONSTANT.fullmatch(line)
            if given:
                found.setdefault(given[1], []).append(given[2] or given[3] or "")
    return {name: values[0] for name, values in found.items() if len(set(values)) == 1}


def without_magics(
    path: str, code: list[str], lines: list[int], first: int, known: Mapping[str, str]
) -> Iterator[Fact | Unread]:
    """Takes magics out of the last cell of `code`; yields what they run and set."""
    if first >= len(code):
        return
    whole = _CELL_MAGIC.match(code[first])
    if whole and whole[1] not in _PYTHON:
        yield from _cell(path, code, lines, first, whole, known)
        return
    if whole:
        code[first] = "pass"
    for index in range(first + bool(whole), len(code)):
        yield from _line(path, code, lines, index, known)


def _cell(
    path: str,
    code: list[str],
    lines: list[int],
    first: int,
    whole: re.Match[str],
    known: Mapping[str, str],
) -> Iterator[Fact | Unread]:
    """A cell that is not Python as a whole, or that is written to a file."""
    name, rest = whole[1], whole[2].strip()
    start = lines[min(first + 1, len(lines) - 1)]
    body = "\n".join(code[first + 1 :])
    target = rest.removeprefix("-a ").strip("\"' ")
    shell = name in _SHELL_CELLS and not rest.endswith(("python", "python3"))
    if name in _FILES and target.endswith(".py"):
        code[first] = ""
        return
    if shell or (name in _FILES and target.endswith((".sh", ".bash"))):
        yield from commands(body, start, path, "notebook", known=known)
    elif name not in _FILES | _MARKUP | _SHELL_CELLS:
        yield Unread(Span(path, lines[first], lines[first]), "notebook", f"a cell of %%{name}")
    for index in range(first, len(code)):
        code[index] = ""


def _line(
    path: str, code: list[str], lines: list[int], index: int, known: Mapping[str, str]
) -> Iterator[Fact | Unread]:
    line = code[index]
    bare = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    assigned = _ASSIGNED.match(line)
    if bare.startswith(("!", "%")):
        bare = _continued(bare, code, index)
    if bare.startswith("!"):
        yield from _commands(bare.lstrip("!"), lines[index], path, known)
        code[index] = indent + _shell_call(bare.lstrip("!"))
    elif bare.startswith("%"):
        name, _, rest = bare.lstrip("%").partition(" ")
        yield from _magic(path, name, rest.strip(), lines[index], known)
        statement = _OPTIONS.sub("", rest.strip(), count=1)
        code[index] = indent + (statement if name in _PYTHON and statement else "pass")
    elif assigned:
        name, _, rest = assigned[4].partition(" ")
        shell = assigned[4] if assigned[3] == "!" else rest if name in _SHELL_LINES else ""
        if shell:
            yield from _commands(shell.lstrip("!"), lines[index], path, known)
        made = f"get_ipython().getoutput({shell.strip()!r})" if shell else "None"
        code[index] = f"{assigned[1]}{assigned[2]}= {made}"
    elif (bare.endswith("?") or bare.startswith("?")) and not bare.startswith("#"):
        code[index] = indent + "pass"


def _magic(
    path: str, name: str, rest: str, line: int, known: Mapping[str, str]
) -> Iterator[Fact | Unread]:
    """What a line magic runs in a shell, starts, or sets."""
    if name in _INSTALLERS:
        yield from _commands(f"{name} {rest}", line, path, known)
    elif name in _SHELL_LINES and rest:
        yield from _commands(f"cd {rest}" if name == "cd" else rest, line, path, known)
    elif name == "run" and rest:
        yield from commands(f"python {rest.removeprefix('-i ').strip()}", line, path, "notebook")
    elif name in ("env", "set_env"):
        pair = _VARIABLE.fullmatch(rest)
        if pair:
            value = known.get(pair[2].strip("{}$"), pair[2]).strip("\"'")
            yield ShellAssignment(Span(path, line, line), pair[1], value, "notebook", True)


def _commands(text: str, line: int, path: str, known: Mapping[str, str]) -> Iterator[Fact | Unread]:
    """The commands of a shell line, where what IPython fills in is a variable."""
    script = _FILLED_IN.sub(lambda m: "${" + re.sub(r"\W", "_", m[1]) + "}", text)
    yield from commands(script, line, path, "notebook", known=known)


def _continued(bare: str, code: list[str], index: int) -> str:
    """A shell line with those that it is continued on, which are taken out of the cell."""
    while bare.endswith("\\") and index + 1 < len(code):
        index += 1
        bare = f"{bare}\n{code[index].strip()}"
        code[index] = ""
    return bare


def _shell_call(command: str) -> str:
    """A shell line as the call that IPython makes of it: `{name}` and `$name` are filled in."""
    names = re.findall(r"\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)", command)
    used = [one or other for one, other in names]
    if not used:
        return "pass"
    literal = repr(re.sub(r"[{}%]", "", command))
    parts = " + ".join([literal, *(f"str({name})" for name in used)])
    return f"get_ipython().system({parts})"


def noted_magics(path: str, lines: list[str]) -> Iterator[Fact | Unread]:
    """The shell of `# MAGIC` lines, which Databricks keeps in files of Python."""
    number = 0
    while number < len(lines):
        noted = _NOTED.match(lines[number])
        number += 1
        if not noted:
            continue
        first = number
        text = [noted[1] or ""]
        while number < len(lines) and (more := _NOTED.match(lines[number])):
            text.append(more[1] or "")
            number += 1
        name, _, rest = text[0].strip().lstrip("%").partition(" ")
        if name in ("sh", "bash"):
            yield from commands("\n".join([rest, *text[1:]]), first, path, "notebook")
        else:
            yield from _noted_lines(path, text, first)


def _noted_lines(path: str, text: list[str], first: int) -> Iterator[Fact | Unread]:
    for offset, line in enumerate(text):
        if line.strip().startswith(("%pip", "%conda", "%run", "%cd", "%env")):
            name, _, rest = line.strip().lstrip("%").partition(" ")
            rest = f"{rest.strip().strip(chr(34))}.py" if name == "run" else rest.strip()
            yield from _magic(path, name, rest, first + offset, {})
