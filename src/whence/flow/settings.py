"""Values that cross languages: what configuration files, pipelines and manifests decide."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict

import msgspec

from whence.flow.field_variables import FieldVariables
from whence.flow.project import Project, Scope, calls_in, last_name
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue, OriginKind
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand, WorkflowStep
from whence.vocabulary.fact.program import Const
from whence.vocabulary.graph import SupplyGraph

_ASSIGNMENT = re.compile(r"^([A-Za-z_]\w*)=(.*)$", re.DOTALL)
_ENV_PAIR = re.compile(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S*)")
_ENV_NAME = re.compile(r"(?:^|\.)env\.(\d+)\.(name|value)$")
_ENV_MAP = re.compile(r"(?:^|\.)(?:env|environment|variables|data|stringData)\.([A-Za-z_]\w*)$")


class Setting(msgspec.Struct, frozen=True):
    """A value that something outside the code decides, and where."""

    value: str
    span: Span


class Settings:
    """What the project sets: configuration keys, environment variables, command line options."""

    def __init__(self, graph: SupplyGraph, project: Project) -> None:
        self.config: dict[str, list[Setting]] = defaultdict(list)
        self.by_key: dict[str, list[Setting]] = defaultdict(list)
        self.environment: dict[str, list[Setting]] = defaultdict(list)
        self.options: dict[str, list[Setting]] = defaultdict(list)
        self.defaults: dict[tuple[str, str], list[tuple[Scope, int]]] = defaultdict(list)
        self._read_config(graph)
        self.commands = graph.facts_of(ShellCommand)
        self.unasserted: list[Span] = []
        for command in self.commands:
            self._read_command(command)
        for step in graph.facts_of(WorkflowStep):
            for name, value in sorted(step.env.items()):
                self.environment[name].append(Setting(value, step.span))
        for instruction in graph.facts_of(ImageInstruction):
            if instruction.keyword == "ENV":
                for name, value in _ENV_PAIR.findall(instruction.value):
                    self.environment[name].append(Setting(value.strip("\"'"), instruction.span))
            if instruction.keyword in ("CMD", "ENTRYPOINT"):
                words = re.findall(r"[^\s,\[\]\"']+", instruction.value)
                self._read_words(words, instruction.span)
        self.fields = FieldVariables(project)
        for scope in project.scopes:
            self._read_options(scope)

    def _read_config(self, graph: SupplyGraph) -> None:
        names: dict[tuple[str, str], str] = {}
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

    def _read_command(self, command: ShellCommand) -> None:
        words = list(command.argv)
        while words and (pair := _ASSIGNMENT.match(words[0])):
            self.environment[pair.group(1)].append(Setting(pair.group(2), command.span))
            words.pop(0)
        if words and words[0] in ("export", "env"):
            for word in words[1:]:
                pair = _ASSIGNMENT.match(word)
                if pair:
                    self.environment[pair.group(1)].append(Setting(pair.group(2), command.span))
        self._read_words(words, command.span)

    def _read_words(self, words: list[str], span: Span) -> None:
        if not any("python" in word or word.endswith(".py") for word in words[:4]):
            return
        starts = next(n for n, word in enumerate(words) if "python" in word or ".py" in word)
        for word in words[starts + 1 :]:
            if not word.startswith("-") or word in ("-m", "-c"):
                break
            if re.fullmatch(r"-[bBdEiIqsuvxP]*O{1,2}[bBdEiIqsuvxP]*", word):
                self.unasserted.append(span)
        for number, word in enumerate(words):
            if not word.startswith("-"):
                pair = re.match(r"^\+{0,2}([A-Za-z_][\w.]*)=(.*)$", word)
                if pair:
                    self.by_key[pair.group(1)].append(Setting(pair.group(2), span))
                continue
            name, _, value = word.partition("=")
            if not value and number + 1 < len(words) and not words[number + 1].startswith("-"):
                value = words[number + 1]
            self.options[name.lstrip("-").replace("-", "_")].append(Setting(value or "True", span))

    def _read_options(self, scope: Scope) -> None:
        """Defaults of argparse, click and typer options, by module and destination."""
        for _index, call in calls_in(scope):
            if last_name(scope.values, call.callee) not in ("add_argument", "option"):
                continue
            plain = len(call.args) - len(call.keywords)
            flags = [
                str(held.value)
                for held in (scope.values[arg] for arg in call.args[:plain])
                if held.__class__ is Const
            ]
            given = dict(call.named)
            named = scope.values[given["dest"]] if "dest" in given else None
            long = [flag for flag in flags if flag.startswith("--")] or flags
            if named.__class__ is Const:
                destination = str(named.value)
            elif long:
                destination = long[0].split("/")[0].lstrip("-").replace("-", "_")
            else:
                continue
            if "default" in given:
                self.defaults[(scope.module.path, destination)].append((scope, given["default"]))

    def of_config(self, detail: str, reader: str) -> list[Setting]:
        """The settings of `file#key`; the file as the code spells it, wherever it stands."""
        path, _, key = detail.partition("#")
        wanted = posixpath.basename(path)
        found = [
            setting
            for setting in self.by_key.get(key, ())
            if posixpath.basename(setting.span.path) == wanted
        ]
        exact = [setting for setting in found if setting.span.path.endswith(path.lstrip("./"))]
        return exact or found

    def files_of(self, kind: OriginKind | None, name: str, key: str) -> list[str]:
        """The configuration files with that key that an option or variable is set to."""
        if kind is OriginKind.COMMAND_LINE:
            decided = self.of_option(name)
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

    def of_option(self, name: str) -> list[Setting]:
        """What command lines of the project give for an option."""
        return self.options.get(name.replace("-", "_"), [])

    def of_environment(self, name: str) -> list[Setting]:
        """What the project sets an environment variable to."""
        return self.environment.get(name, [])
