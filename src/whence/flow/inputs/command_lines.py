"""Command lines that start the project's Python: which file, with which options and words.

They stand in scripts, Makefiles, images, pipelines and manifests, and in Python that starts more of
it. A launcher (`torchrun`, `accelerate launch`, `poetry run`, …) in front is taken off.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from whence.flow.inputs.written_commands import Written, split, with_defaults
from whence.flow.program.project import Project, Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.program import Call, Const, Sequence
from whence.vocabulary.graph import SupplyGraph

_PYTHON = re.compile(r"(?:.*/)?(?:i?python[\d.]*|pypy3?|torchrun|deepspeed|accelerate|horovodrun)")
_MODULE = re.compile(r"[A-Za-z_][\w.]*")
_SCRIPT = re.compile(r"(?:project\.scripts|tool\.poetry\.scripts)\.(.+)")
_ENTRY = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_]\w*")
_STARTERS = frozenset(
    {"BashOperator", "run", "call", "check_call", "check_output", "Popen", "system", "sh",
     "ContainerOp", "KubernetesPodOperator", "DockerOperator", "ContainerSpec", "execute_command"}
)  # fmt: skip
_TEXTS = ("bash_command", "args", "command", "cmd", "arguments", 0)
WORDS = 200


class CommandLine(msgspec.Struct, frozen=True, dict=True):
    """The file that is started, the words after it, and where someone wrote them."""

    program: str
    words: tuple[str, ...]
    span: Span

    @cached_property
    def options(self) -> dict[str, list[str]]:
        """What is given for each option, by its name; `True` for one without a value."""
        found: dict[str, list[str]] = {}
        for number, word in enumerate(self.words):
            if not word.startswith("-") or not word.strip("-"):
                continue
            flag, _, value = word.partition("=")
            after = self.words[number + 1 : number + 2]
            if not value and after and not after[0].startswith("-"):
                value = after[0]
            found.setdefault(flag.lstrip("-").replace("-", "_"), []).append(value or "True")
        return found

    def plain(self, switches: frozenset[str]) -> list[str]:
        """The words that belong to no option; `switches` are the options that take no value."""
        found: list[str] = []
        taken = False
        for word in self.words:
            if taken:
                taken = False
            elif word.startswith("-") and word.strip("-"):
                name = word.lstrip("-").replace("-", "_")
                taken = "=" not in word and name not in switches
            else:
                found.append(word)
        return found


class CommandLines:
    """All command lines, by the file that they start and by the options that they give.

    Those that start what is not in the project stand behind all others.
    """

    def __init__(
        self, scripts: dict[str, str], project: Project, commands: Iterable[Written]
    ) -> None:
        self.scripts = scripts
        self.by_parts: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for module in project.modules:
            if module.parts:
                parts = tuple(module.parts)
                self.by_parts[parts[-1]].append((parts, module.path))
        self.of: dict[str, list[CommandLine]] = defaultdict(list)
        self.unresolved: list[CommandLine] = []
        for words, span in (*commands, *_in_python(project)):
            self._take_in(tuple(with_defaults(word) for word in words[:WORDS]), span)
        self.with_option: dict[str, list[CommandLine]] = defaultdict(list)
        for _, lines in (*sorted(self.of.items()), ("", self.unresolved)):
            for line in lines:
                for name in line.options:
                    self.with_option[name].append(line)

    def _take_in(self, words: tuple[str, ...], span: Span) -> None:
        for start, word in enumerate(words):
            program, rest = "", words[start + 1 :]
            if word.endswith(".py") and not word.startswith("-"):
                program = self._file(word)
            elif word == "-m" and start and _PYTHON.fullmatch(words[start - 1]) and rest:
                program, rest = self._module(rest[0]), rest[1:]
            elif word in self.scripts:
                program = self._module(self.scripts[word])
            elif _ENTRY.fullmatch(word) and start:
                program = self._module(word.partition(":")[0])
            if program:
                self.of[program].append(CommandLine(program, tuple(rest), span))
                return
            if word.endswith(".py"):
                self.unresolved.append(CommandLine(word, tuple(rest), span))
                return

    def _file(self, word: str) -> str:
        plain = posixpath.normpath(word.replace("\\", "/")).lstrip("/")
        while plain.startswith("../"):
            plain = plain[3:]
        parts = tuple(plain.removesuffix(".py").split("/"))
        return self._best(parts)

    def _module(self, dotted: str) -> str:
        parts = tuple(dotted.split("."))
        if not _MODULE.fullmatch(dotted):
            return ""
        return self._best((*parts, "__main__")) or self._best(parts)

    def _best(self, parts: tuple[str, ...]) -> str:
        """The shortest path that ends like this; an absolute one may begin with folders of an image."""
        for skip in range(len(parts)):
            wanted = parts[skip:]
            found = [
                path
                for have, path in self.by_parts.get(wanted[-1], ())
                if have[len(have) - len(wanted) :] == wanted
            ]
            if found:
                return min(found, key=lambda path: (path.count("/"), path))
            if skip >= 3:
                break
        return ""


def entry_points(graph: SupplyGraph) -> dict[str, str]:
    """Commands that an installed project has, and the modules that they start."""
    found: dict[str, str] = {}
    for value in graph.facts_of(ConfigValue):
        script = _SCRIPT.fullmatch(value.key)
        if script and ":" in value.value and value.span.path.endswith("pyproject.toml"):
            found[script[1]] = value.value.partition(":")[0].strip()
    return found


def subcommands(project: Project) -> Iterator[tuple[str, str]]:
    """(file, word) for the words that choose one of several commands of a program."""
    for scope, _, call in project.calls_spelled(("command", "add_parser", "add_command")):
        for arg in call.positional[:1]:
            held = scope.values[arg]
            if isinstance(held, Const) and isinstance(held.value, str):
                yield scope.module.path, held.value
    for scope in project.scopes:
        if any(name.endswith(".command") for name in scope.decorator_names):
            yield scope.module.path, scope.code.name.rpartition(".")[2]


def _in_python(project: Project) -> Iterator[Written]:
    """Constant command lines that Python hands to a shell, a process or a task of a pipeline."""
    for scope, index, call in project.calls_spelled(_STARTERS):
        for words in _given(scope, call):
            yield words, scope.place(index)


def _given(scope: Scope, call: Call) -> Iterator[tuple[str, ...]]:
    plain = call.args[: len(call.args) - len(call.keywords)]
    named = dict(call.named)
    for where in _TEXTS:
        at = named.get(where) if isinstance(where, str) else (plain[0] if plain else None)
        value = scope.values[at] if at is not None else None
        if isinstance(value, Const) and isinstance(value.value, str):
            text = value.value
            yield from split(text) if "python" in text or ".py" in text else ()
        elif isinstance(value, Sequence):
            yield _words(scope, value.items[:WORDS])
    if len(plain) > 2 and last_name(scope.values, call.callee) == "run":
        yield _words(scope, plain[:WORDS])


def _words(scope: Scope, items: tuple[int, ...]) -> tuple[str, ...]:
    held = [scope.values[item] for item in items]
    return tuple(
        str(each.value) if isinstance(each, Const) and each.value is not None else "?"
        for each in held
    )
