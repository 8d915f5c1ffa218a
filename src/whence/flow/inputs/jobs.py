"""Jobs of orchestrators that are written as configuration: what they start, with which inputs.

Facts: the schemas of Argo Workflows (`templates`, `artifacts`) and of Azure Machine Learning's
jobs and deployments (`command`, `inputs`, `outputs`, `code_configuration`).
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.deployment import ManifestObject
from whence.vocabulary.graph import SupplyGraph, asked_once

_TEMPLATE = re.compile(r"(?<![^.])spec\.templates\.(\d+)\.")
_ARTEFACT = re.compile(r"(inputs|outputs)\.artifacts\.(\d+)\.(name|path|from|(?:s3|gcs|oss)\.(?:bucket|key)|http\.url)")  # fmt: skip
_TASK = re.compile(r"(?:dag\.tasks\.(\d+)|steps\.(\d+\.\d+))\.(name|template|arguments\.artifacts\.(\d+)\.(name|from))")  # fmt: skip
_FROM = re.compile(r"\{\{\s*(?:tasks|steps)\.([\w-]+)\.outputs\.artifacts\.([\w-]+)\s*\}\}")
_FILLED = re.compile(r"\$\{\{\s*(inputs|outputs)\.([\w-]+)\s*\}\}")
_JOB = re.compile(r"((?:jobs\.[\w-]+\.)?)command")
SCHEMES = {"s3": "s3", "gcs": "gs", "oss": "oss"}


class Job(msgspec.Struct, frozen=True):
    """What is started: its words, where they stand, and the places that it sees: inside, outside."""

    words: tuple[str, ...]
    span: Span
    mounts: tuple[tuple[str, str], ...] = ()
    by: str = ""


@asked_once
def jobs(graph: SupplyGraph) -> list[Job]:
    """The jobs of all files, in their order."""
    by_file: dict[str, list[ConfigValue]] = defaultdict(list)
    for value in graph.facts_of(ConfigValue):
        by_file[value.span.path].append(value)
    workflows = {
        held.span.path: held
        for held in graph.facts_of(ManifestObject)
        if held.api.startswith("argoproj.io/")
    }
    found: list[Job] = []
    for path, values in by_file.items():
        if path in workflows:
            found.extend(_of_argo(values))
        elif any("azuremlschemas" in value.value for value in values[:4]):
            found.extend(_of_azure(values))
    return found


def _of_azure(values: list[ConfigValue]) -> Iterator[Job]:
    held = {value.key: value for value in values}
    for value in values:
        job = _JOB.fullmatch(value.key)
        if job is None:
            continue
        text = filled(value.value, partial(_azure_path, held, job[1]))
        try:
            words = shlex.split(text)
        except ValueError:
            continue
        yield Job(tuple(words), value.span)
    script, model = held.get("code_configuration.scoring_script"), held.get("model")
    path = held.get("model.path") or held.get("model.name")
    if script is not None and (model or path):
        named = model or path
        assert named is not None
        span = Span(script.span.path, 1, max(value.span.last for value in values))
        outside = named_by_azure(named.value, True)
        started = ("python", script.value)
        yield Job(started, span, (("$AZUREML_MODEL_DIR", outside),), "the deployment's model")


def filled(text: str, path_of: Callable[[str], str]) -> str:
    """A command of Azure with the paths of the inputs and outputs that it names (`inputs.data`)."""
    return _FILLED.sub(lambda found: path_of(f"{found[1]}.{found[2]}"), text)


def _azure_path(held: dict[str, ConfigValue], job: str, name: str) -> str:
    key = f"{job}{name}"
    named = held.get(f"{key}.path") or held.get(key)
    kind = held.get(f"{key}.type")
    model = kind is not None and "model" in kind.value
    return named_by_azure(named.value, model) if named is not None else "?"


def named_by_azure(name: str, model: bool) -> str:
    """A path, the URI of a store, or a registered name (`azureml:churn:4`, `azureml:churn@latest`)."""
    if "://" in name or not name.startswith("azureml:"):
        return name
    registered = re.split("[:@]", name.removeprefix("azureml:"))[0]
    return f"azureml://{'models' if model else 'data'}/{registered}"


def _of_argo(values: list[ConfigValue]) -> Iterator[Job]:
    templates: dict[str, dict[str, ConfigValue]] = defaultdict(dict)
    for value in values:
        found = _TEMPLATE.search(value.key)
        if found:
            templates[found[1]][value.key[found.end() :]] = value
    names = {number: held["name"].value for number, held in templates.items() if "name" in held}
    given, used = _tasks(templates)
    outputs = {
        (names[number], artefact["name"]): _uri(artefact) or f"argo://{names[number]}/{artefact['name']}"
        for number in names
        for artefact in _artefacts(templates[number], "outputs")
        if "name" in artefact
    }  # fmt: skip
    for number, held in templates.items():
        words = _words(held)
        if not words or number not in names:
            continue
        mounts: list[tuple[str, str]] = []
        for way in ("inputs", "outputs"):
            for artefact in _artefacts(held, way):
                where = (names[number], artefact.get("name", ""))
                handed = given.get(where)
                came = outputs.get((used.get(handed[0], ""), handed[1]), "") if handed else ""
                outside = _uri(artefact) or (came if way == "inputs" else outputs.get(where, ""))
                if artefact.get("path") and outside:
                    mounts.append((artefact["path"], outside))
        lines = [value.span for value in held.values()]
        span = Span(lines[0].path, min(s.first for s in lines), max(s.last for s in lines))
        yield Job(words, span, tuple(mounts), "an artefact of the workflow")


def _words(held: dict[str, ConfigValue]) -> tuple[str, ...]:
    found: list[tuple[int, int, str]] = []
    for key, value in held.items():
        part = re.fullmatch(r"(?:container|script)\.(command|args)\.(\d+)", key)
        if part:
            found.append((part[1] == "args", int(part[2]), value.value))
    return tuple(word for _, _, word in sorted(found))


def _artefacts(held: dict[str, ConfigValue], way: str) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for key, value in held.items():
        part = _ARTEFACT.fullmatch(key)
        if part and part[1] == way:
            found[part[2]][part[3]] = value.value
    return [found[number] for number in sorted(found)]


def _uri(artefact: dict[str, str]) -> str:
    for store, scheme in SCHEMES.items():
        key = artefact.get(f"{store}.key", "")
        bucket = artefact.get(f"{store}.bucket", "")
        if key and bucket and "{{" not in key + bucket:
            return f"{scheme}://{bucket}/{key}"
    return artefact.get("http.url", "")


def _tasks(
    templates: dict[str, dict[str, ConfigValue]],
) -> tuple[dict[tuple[str, str], tuple[str, str]], dict[str, str]]:
    """By template and input, the task and output that it comes from; and each task's template."""
    parts: dict[str, dict[str, str]] = defaultdict(dict)
    for number, held in templates.items():
        for key, value in held.items():
            part = _TASK.fullmatch(key)
            if part:
                parts[f"{number}/{part[1] or part[2]}"][part[3]] = value.value
    given: dict[tuple[str, str], tuple[str, str]] = {}
    used: dict[str, str] = {}
    for task in parts.values():
        used[task.get("name", "")] = task.get("template", "")
        for key, told in task.items():
            came = _FROM.search(told) if key.endswith(".from") else None
            name = task.get(f"{key.removesuffix('.from')}.name", "")
            if came and name:
                given[task.get("template", ""), name] = (came[1], came[2])
    return given, used
