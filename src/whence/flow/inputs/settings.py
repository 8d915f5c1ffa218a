"""Values that cross languages: what configuration files, pipelines and manifests decide."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from whence.flow.inputs.command_lines import CommandLine, CommandLines, entry_points, subcommands
from whence.flow.inputs.compositions import Compositions, parts_of, points_to, variables_in
from whence.flow.inputs.field_variables import FieldVariables
from whence.flow.inputs.job_commands import of_jobs
from whence.flow.inputs.written_commands import in_configuration, of_images, with_defaults
from whence.flow.program.project import Project, Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue, OriginKind
from whence.vocabulary.fact.containers import ComposeService, ImageInstruction
from whence.vocabulary.fact.deployment import (
    ManifestContainer,
    ShellAssignment,
    ShellCommand,
    WorkflowStep,
)
from whence.vocabulary.fact.program import Call, Const, Sequence
from whence.vocabulary.graph import SupplyGraph

REFERENCES = 4
_ASSIGNMENT = re.compile(r"^([A-Za-z_]\w*)=(.*)$", re.DOTALL)
_ENV_PAIR = re.compile(r"\b([A-Za-z_]\w*+)=(\"[^\"]*\"|'[^']*'|\S*)")
_OVERRIDE = re.compile(r"\+{0,2}([A-Za-z_][\w.]*)=(.*)", re.DOTALL)
_ENV_NAME = re.compile(r"(?:^|\.)env\.(\d+)\.(name|value)$")
# Files of which pipelines take the variables of later steps.
_KEPT = re.compile(r"GITHUB_ENV|BASH_ENV|(?:^|/)[\w-]*\.env$")
_ENV_REFERENCE = re.compile(r"(?:^|\.)env\.(\d+)\.valueFrom\.configMapKeyRef\.key$")
_ENV_MAP = re.compile(r"(?:^|\.)(?:env|environment|variables|data|stringData)\.([A-Za-z_]\w*)$")
_CLOSED = frozenset({"int", "float", "Choice", "IntRange", "FloatRange"})
_DECLARES = ("add_argument", "option", "argument")


class Setting(msgspec.Struct, frozen=True):
    """A value that something outside the code decides, and where."""

    value: str
    span: Span


class Settings:
    """What the project sets: configuration keys, environment variables, command line options."""

    def __init__(self, graph: SupplyGraph, project: Project) -> None:
        self.files = frozenset(graph.files)
        self.config: dict[str, list[Setting]] = defaultdict(list)
        self.by_key: dict[str, list[Setting]] = defaultdict(list)
        self.environment: dict[str, list[Setting]] = defaultdict(list)
        self.overrides: dict[str, list[Setting]] = defaultdict(list)
        self.defaults: dict[tuple[str, str], list[tuple[Scope, int]]] = defaultdict(list)
        self.flags: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.positionals: dict[str, list[str]] = defaultdict(list)
        self.switches: dict[str, set[str]] = defaultdict(set)
        self.variables: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.subcommands: dict[str, set[str]] = defaultdict(set)
        self.closed: set[tuple[str, str]] = set()
        self.compositions = Compositions(graph)
        self._read_config(graph)
        self.unasserted: list[Span] = []
        written = [(self._read_command(c), c.span) for c in graph.facts_of(ShellCommand)]
        for step in graph.facts_of(WorkflowStep):
            for name, value in sorted(step.env.items()):
                self.environment[name].append(Setting(value, step.span))
        self._read_variables(graph)
        scripts = entry_points(graph)
        for words, span in (*of_images(graph), *in_configuration(graph, frozenset(scripts))):
            self._read_words(list(words), span)
            written.append((words, span))
        written += of_jobs(graph, project)
        self.lines = CommandLines(scripts, project, dict.fromkeys(written))
        self.fields = FieldVariables(project)
        for scope, _, call in project.calls_spelled(_DECLARES):
            self._read_option(scope, call)
        for path, name in subcommands(project):
            self.subcommands[path].update((name, name.replace("_", "-")))

    def _read_variables(self, graph: SupplyGraph) -> None:
        """Environment variables that scripts export, and that services and containers are given."""
        later = {
            (command.span.path, word)
            for command in graph.facts_of(ShellCommand)
            if command.argv[0] in ("export", "declare", "typeset")
            for word in command.argv[1:]
        }
        for assigned in graph.facts_of(ShellAssignment):
            if assigned.exported or (assigned.span.path, assigned.name) in later:
                value = with_defaults(assigned.value)
                self.environment[assigned.name].append(Setting(value, assigned.span))
        for instruction in graph.facts_of(ImageInstruction):
            if instruction.keyword == "ENV":
                for name, value in _ENV_PAIR.findall(_with_equals(instruction.value)):
                    self.environment[name].append(Setting(value.strip("\"'"), instruction.span))
        holders: list[ComposeService | ManifestContainer] = [
            *graph.facts_of(ComposeService),
            *graph.facts_of(ManifestContainer),
        ]
        for holder in holders:
            for name, value in sorted(holder.env.items()):
                line = holder.lines.get(f"env.{name}", holder.span.first)
                place = Span(holder.span.path, line, line)
                self.environment[name].append(Setting(value, place))

    def _read_config(self, graph: SupplyGraph) -> None:
        names: dict[tuple[str, str], str] = {}
        references: list[tuple[str, str]] = []
        for fact in graph.facts_of(ConfigValue):
            setting = Setting(fact.value, fact.span)
            self.config[f"{fact.span.path}#{fact.key}"].append(setting)
            self.by_key[fact.key].append(setting)
            listed = _ENV_NAME.search(fact.key)
            if listed:
                at = (fact.span.path, fact.key[: listed.start(2)])
                if listed.group(2) == "name":
                    names[at] = fact.value
                elif at in names:
                    self.environment[names[at]].append(setting)
                continue
            mapped = _ENV_MAP.search(fact.key)
            if mapped:
                self.environment[mapped.group(1)].append(setting)
            referred = _ENV_REFERENCE.search(fact.key)
            at = (fact.span.path, fact.key.partition("valueFrom")[0])
            if referred and at in names:
                references.append((names[at], fact.value))
        for variable, key in references:
            self.environment[variable].extend(self.by_key.get(f"data.{key}", ())[:REFERENCES])

    def _read_command(self, command: ShellCommand) -> tuple[str, ...]:
        """Takes in what a command sets; gives its words without assignments."""
        words = list(command.argv)
        while words and (pair := _ASSIGNMENT.match(words[0])):
            self.environment[pair.group(1)].append(Setting(pair.group(2), command.span))
            words.pop(0)
        if words and words[0] in ("echo", "printf") and _KEPT.search(command.writes):
            words = ["export", *(word.removeprefix("export ") for word in words[1:])]
        if words and words[0] in ("export", "env"):
            for word in words[1:]:
                pair = _ASSIGNMENT.match(word)
                if pair:
                    self.environment[pair.group(1)].append(Setting(pair.group(2), command.span))
        self._read_words(words, command.span)
        return tuple(words)

    def _read_words(self, words: list[str], span: Span) -> None:
        if not any("python" in word or word.endswith(".py") for word in words[:4]):
            return
        starts = next(n for n, word in enumerate(words) if "python" in word or ".py" in word)
        for word in words[starts + 1 :]:
            if not word.startswith("-") or word in ("-m", "-c"):
                break
            if re.fullmatch(r"-[bBdEiIqsuvxP]*O{1,2}[bBdEiIqsuvxP]*", word):
                self.unasserted.append(span)
        for word in words:
            pair = _OVERRIDE.fullmatch(word)
            if pair:
                self.by_key[pair.group(1)].append(Setting(pair.group(2), span))
                self.overrides[pair.group(1)].append(Setting(pair.group(2), span))

    def _read_option(self, scope: Scope, call: Call) -> None:
        """The default of an option of argparse, click or typer, by module and destination."""
        kind = last_name(scope.values, call.callee)
        plain = len(call.args) - len(call.keywords)
        flags = [
            str(held.value)
            for held in (scope.values[arg] for arg in call.args[:plain])
            if held.__class__ is Const
        ]
        given = dict(call.named)
        bare = [flag for flag in flags if not flag.startswith("-")]
        long = [flag for flag in flags if flag.startswith("--")] or flags
        named = scope.values[given["dest"]] if "dest" in given else None
        if named.__class__ is Const:
            destination = str(named.value)
        elif kind != "add_argument" and bare:
            destination = bare[-1]
        elif long:
            destination = _normal(long[0].split("/")[0])
        else:
            return
        self._declare(scope, destination, flags, given, kind)

    def _declare(
        self, scope: Scope, name: str, flags: list[str], given: dict[str, int], kind: str
    ) -> None:
        path = scope.module.path
        dashed = [_normal(flag) for each in flags for flag in each.split("/") if each[:1] == "-"]
        self.flags[(path, name)].update(dashed)
        if not dashed:
            self.positionals[path].append(name)
        held = scope.values[given["action"]] if "action" in given else None
        if (isinstance(held, Const) and str(held.value).startswith("store_")) or "is_flag" in given:
            self.switches[path].update(dashed)
        if "envvar" in given:
            self.variables[(path, name)].extend(_texts(scope, given["envvar"]))
        if "default" in given:
            self.defaults[(path, name)].append((scope, given["default"]))
        if "choices" in given or ("type" in given and _is_closed(scope, given["type"])):
            self.closed.add((path, name))

    def is_left_off(self, option: str, module: str) -> bool:
        """Whether an option is a switch that no command line of the project throws."""
        name = _normal(option.rpartition(".")[2])
        return name in self.switches.get(module, ()) and not self.of_option(name, module)

    def is_closed(self, option: str, module: str) -> bool:
        """Whether an option takes only what its program lists, or numbers."""
        return (module, _normal(option.rpartition(".")[2])) in self.closed

    def of_config(self, detail: str, reader: str) -> list[Setting]:
        """The settings of `file#key`; the file as the code spells it, wherever it stands."""
        file, _, key = detail.partition("#")
        found = dict.fromkeys(self._resolved(file, key, REFERENCES))
        return list(found or self._written(file, f"{key}._target_".lstrip(".")))

    def _resolved(self, file: str, key: str, depth: int) -> Iterator[Setting]:
        """The settings of a key, with those of the keys and variables that they refer to."""
        for setting in self._written(file, key):
            if not depth or "${" not in setting.value:
                yield setting
                continue
            other = points_to(setting.value, key)
            decided = list(self._resolved(file, other, depth - 1)) if other else []
            if decided:
                yield from decided
                continue
            text = setting.value
            for written, name in parts_of(text, key):
                for held in itertools.islice(self._resolved(file, name, depth - 1), 1):
                    text = text.replace(written, held.value)
            for written, name, default in variables_in(text):
                for value in [one.value for one in self.of_environment(name)][:1] or [default]:
                    text = text.replace(written, value) if value else text
            yield Setting(text, setting.span)

    def _written(self, path: str, key: str) -> list[Setting]:
        """What the file and command lines give for a key, else the files that it is composed of."""
        wanted = posixpath.basename(path)
        if "." not in wanted:
            wanted, path = f"{wanted}.yaml", f"{path}.yaml"
        found = [
            setting
            for setting in self.by_key.get(key, ())
            if posixpath.basename(setting.span.path) == wanted
        ]
        given = self.overrides.get(key, [])
        exact = [setting for setting in found if setting.span.path.endswith(path.lstrip("./"))]
        composed = [Setting(fact.value, fact.span) for fact in self.compositions.of(path, key)]
        return given + (exact or composed or found)

    def files_of(self, kind: OriginKind | None, name: str, key: str, reader: str) -> list[str]:
        """The configuration files with that key that an option or variable is set to."""
        if kind is OriginKind.COMMAND_LINE:
            decided = self.of_option(name, reader) or [
                Setting(text, scope.place(index))
                for scope, index in self.defaults.get((reader, _normal(name)), ())
                for text in _texts(scope, index)
            ]
        elif kind is OriginKind.ENVIRONMENT:
            decided = self.of_environment(name)
        else:
            return []
        files = (setting.value for setting in decided if "." in setting.value)
        return [
            file for file in dict.fromkeys(files) if key and self.of_config(f"{file}#{key}", "")
        ]

    def variables_of(self, klass: Scope, field: str) -> list[str]:
        """The environment variables that fill a field of a class of settings."""
        return self.fields.of(klass, field)

    def of_option(self, name: str, module: str = "") -> list[Setting]:
        """What command lines of the project give for an option, argument or word of `sys.argv`.

        `module` is the file that asks; command lines of programs that have an option of that name
        of their own are left out.
        """
        name = _normal(name.rpartition(".")[2])
        spellings = self.flags.get((module, name)) or {name}
        found: dict[Setting, None] = {}
        own = self.lines.of.get(module, [])
        if name.isdigit() and name != "0":
            texts = [(line, line.words[int(name) - 1 : int(name)]) for line in own]
            return [Setting(each, line.span) for line, given in texts for each in given]
        if name in self.positionals.get(module, ()):
            at = self.positionals[module].index(name)
            switches = frozenset(self.switches.get(module, ()))
            for line in own:
                words = line.plain(switches)
                while words and words[0] in self.subcommands.get(module, ()):
                    words = words[1:]
                for word in words[at : at + 1]:
                    found[Setting(word, line.span)] = None
            return list(found)
        variables = self.variables.get((module, name), ())
        return (
            list(dict.fromkeys(self._given_by_own(spellings, own, module)))
            or [setting for each in variables for setting in self.of_environment(each)]
            or list(dict.fromkeys(self._given_elsewhere(spellings, name, module)))
        )

    def _given_by_own(
        self, spellings: Iterable[str], own: list[CommandLine], module: str
    ) -> Iterator[Setting]:
        """What a file's own command lines give; the word after a switch is none of its own."""
        switches = self.switches.get(module, ())
        for spelling in sorted(spellings):
            for line in own:
                for value in line.options.get(spelling, ()):
                    yield Setting("True" if spelling in switches else value, line.span)

    def _given_elsewhere(
        self, spellings: Iterable[str], name: str, module: str
    ) -> Iterator[Setting]:
        for spelling in sorted(spellings):
            for line in self.lines.with_option.get(spelling, ()):
                if line.program != module and (line.program, name) not in self.flags:
                    for value in line.options[spelling]:
                        yield Setting(value, line.span)

    def of_environment(self, name: str) -> list[Setting]:
        """What the project sets an environment variable to."""
        return list(dict.fromkeys(self.environment.get(name, [])))


def _is_closed(scope: Scope, index: int) -> bool:
    """Whether the type of an option lets nothing through but numbers or listed words."""
    value = scope.values[index]
    at = value.callee if isinstance(value, Call) else index
    return last_name(scope.values, at) in _CLOSED


def _texts(scope: Scope, index: int) -> list[str]:
    """A constant text, or those in a list."""
    held = scope.values[index]
    parts = held.items if isinstance(held, Sequence) else (index,)
    found = [scope.values[part] for part in parts]
    return [each.value for each in found if isinstance(each, Const) and isinstance(each.value, str)]


def _normal(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")


def _with_equals(text: str) -> str:
    """`ENV NAME value`, the older form, as `NAME=value`."""
    older = re.fullmatch(r"([A-Za-z_]\w*)[ \t]+([^=]\S*)", text.strip())
    return f"{older[1]}={older[2]}" if older else text
