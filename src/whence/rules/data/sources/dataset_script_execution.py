"""Loading a data set runs the data set's own code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from whence.rules.data.sources.programs import Site, is_showcase, is_test, programs_of
from whence.rules.data.sources.words import Words
from whence.rules.models.hub_names import is_commit
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import ConfigValue, DatasetLoad, OriginKind
from whence.vocabulary.fact.containers import ComposeService, ImageInstruction
from whence.vocabulary.fact.deployment import (
    ManifestContainer,
    ShellAssignment,
    ShellCommand,
    Workflow,
    WorkflowJob,
    WorkflowStep,
)
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph, asked_once
from whence.vocabulary.rule import rule

_BUILDERS = frozenset(
    {"csv", "json", "parquet", "text", "arrow", "imagefolder", "audiofolder", "webdataset"}
)
_VARIABLE = "HF_DATASETS_TRUST_REMOTE_CODE"
_TRUE = ("1", "true", "yes", "on")
_DATASETS = re.compile(r"(?:^|\.)\w{0,80}data\w*+(?:\.[\w-]+)*\.trust_remote_code$", re.IGNORECASE)
_OTHERS = ("get_dataset_config_names", "get_dataset_split_names", "get_dataset_infos",
           "get_dataset_config_info", "load_metric", "load_dataset_builder",
           "get_dataset_default_config_name")  # fmt: skip


@rule(
    severity=Severity.HIGH,
    references=("CWE-829", "CWE-94", "AML.T0010.002", "AML.T0011", "OWASP-LLM03:2025"),
)
def check(
    part: DatasetLoad
    | PythonModule
    | ConfigValue
    | ImageInstruction
    | ComposeService
    | ManifestContainer
    | Workflow
    | WorkflowJob
    | WorkflowStep
    | ShellAssignment
    | ShellCommand,
    graph: SupplyGraph,
) -> Iterator[Observation]:
    """Loading a data set runs code that its publisher wrote.

    A loading script is an ordinary Python program in the data set's repository. With
    `trust_remote_code=True` it runs in the process that asks for rows, with that process's
    credentials and network. Who can push to the data set commands the training machine.

    ## Attack
    1. The adversary publishes a useful data set, or takes over the account behind one.
    2. A line in the loading script reads the environment and sends it away, or changes the rows.
    3. The next `load_dataset` runs it on the training machine.

    ## Fix
    Leave the flag off and use data-only files (Parquet, CSV, JSON). The hub converts most data sets:
    ```python
    load_dataset("acme/reviews", revision="refs/convert/parquet")
    ```
    Where a script is really needed, read it, keep a copy in the repository and load that.

    ## Score
    - AV:N the data set stands on a public hub
    - AC:H its publisher's account must be taken first, or its users deceived
    - PR:N no account of this project is needed
    - UI:N loading is part of the run
    - S:U the training process is taken
    - C:H credentials of the training job are read
    - I:H rows and model are changed
    - A:H the job can be stopped

    ## Bad
    ```python prepare.py
    from datasets import load_dataset

    OPTIONS = {"split": "train", "trust_remote_code": True}
    rows = load_dataset("acme/speech-commands", **OPTIONS)  # finding
    ```
    ## Bad: for every data set of the image
    ```dockerfile Dockerfile
    FROM python:3.11-slim
    ENV HF_DATASETS_TRUST_REMOTE_CODE=1  # finding
    ```
    ```python prepare.py
    import datasets

    datasets.config.HF_DATASETS_TRUST_REMOTE_CODE = True  # finding
    rows = datasets.load_dataset("acme/speech-commands")
    ```
    ## Good
    ```python prepare.py
    from datasets import load_dataset

    rows = load_dataset("acme/speech-commands", trust_remote_code=False)
    own = load_dataset("parquet", data_files="data/train.parquet", trust_remote_code=True)
    ```
    """
    path = part.span.path
    if is_test(path) or _never_runs(graph):
        return
    if isinstance(part, DatasetLoad):
        yield from _loaded(part, graph)
    elif isinstance(part, PythonModule):
        yield from _in_code(part, graph)
    elif isinstance(part, ConfigValue):
        if _DATASETS.search(part.key) and part.value.lower() in _TRUE:
            yield _everywhere(f"{path}#{part.key}", f"`{part.key}: {part.value}`", part.span)
    else:
        if isinstance(part, ShellCommand) and _lets_tasks_run_code(part):
            yield _everywhere(f"{path}:tasks", "`--trust_remote_code`", part.span)
        for value, span in _variable(part):
            if value.strip("\"'").lower() in _TRUE:
                yield _everywhere(f"{_VARIABLE}:{path}", f"`{_VARIABLE}={value}`", span)


def _lets_tasks_run_code(command: ShellCommand) -> bool:
    """Whether an evaluation harness is told to run the loading scripts of its tasks' data sets."""
    words = command.argv
    if "--trust_remote_code" not in words and "--trust-remote-code" not in words:
        return False
    return any(re.fullmatch(r"(?:.*/)?lm[-_]eval|lighteval", word) for word in words[:6])


@asked_once
def _never_runs(graph: SupplyGraph) -> bool:
    """Whether every installed `datasets` is 4 or later, which runs no loading scripts at all."""
    versions = {
        v
        for load in graph.facts_of(DatasetLoad)
        for v in load.versions
        if load.library == "datasets"
    }
    return bool(versions) and all(_release(version) >= 4 for version in versions)


def _release(version: str) -> int:
    try:
        return Version(version).major
    except InvalidVersion:
        return 0


def _trusts(load: DatasetLoad, graph: SupplyGraph) -> bool:
    """Whether the flag is on, also as the default of a parameter that nobody overrides."""
    if load.remote_code != "?":
        return load.remote_code == "True"
    programs = programs_of(graph)
    code = programs.by_path.get(load.span.path)
    sites = programs.calls_of(code, load.callee.rpartition(".")[2]) if code else ()
    words = Words(programs)
    return any(s.span == load.span and "True" in words.of(s, "trust_remote_code") for s in sites)


def _loaded(load: DatasetLoad, graph: SupplyGraph) -> Iterator[Observation]:
    name = load.artefact
    if name in _BUILDERS:
        return
    shown = f"`{name}`" if name.strip("?") else "a data set whose name is decided elsewhere"
    pinned = load.local or is_commit(load.revision)
    if _trusts(load, graph):
        yield _trusted(load, shown)
    elif load.pinned and all(_script_default(version) for version in load.versions):
        if not pinned and "/" in name and load.arguments.get("trust_remote_code") != "False":
            yield _unasked(load, shown)


def _trusted(load: DatasetLoad, shown: str) -> Observation:
    severity: Severity | None = None
    because = ""
    if is_commit(load.revision):
        severity = Severity.MEDIUM
        because = "the commit is fixed, so that the script is the one of that day"
    elif load.local:
        severity, because = Severity.LOW, "the script is a local one"
    elif is_showcase(load.span.path):
        severity, because = Severity.LOW, "it is an example, not what the project runs"
    decided = [
        origin.decision
        for origin in load.origins
        if origin.kind is not OriginKind.UNKNOWN
        and origin.decision.path
        and origin.decision != load.span
    ]
    return Observation(
        subject=f"dataset-code:{load.artefact or load.span.path}",
        message=(
            f"Loading {shown} runs the code in its repository (`trust_remote_code=True`): whoever"
            " can push there runs commands on this machine. Right would be data-only files and the"
            " flag off."
        ),
        evidence=(
            Evidence(load.span, "runs the loading script"),
            *(Evidence(span, "decided here") for span in decided[:1]),
        ),
        severity=severity,
        because=because,
    )


def _unasked(load: DatasetLoad, shown: str) -> Observation:
    return Observation(
        subject=f"dataset-code:{load.artefact}",
        message=(
            f"datasets {load.versions[0]} runs the loading script of {shown} without being asked (the"
            " flag is off by default since 2.20). Right would be datasets 4, which runs none, or a commit that was"
            " reviewed."
        ),
        evidence=(Evidence(load.span, "may run a loading script"),),
        severity=Severity.MEDIUM,
        because="it is not known whether this data set has a script",
        confidence=Confidence.LOW,
    )


def _script_default(version: str) -> bool:
    try:
        return Version(version) < Version("2.20")
    except InvalidVersion:
        return False


def _in_code(part: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    programs = programs_of(graph)
    words = Words(programs)
    code = programs.by_path[part.span.path]
    for function in part.functions:
        for store in function.stores:
            if store.name == _VARIABLE and "True" in words.texts(code, function, store.value):
                yield _everywhere(
                    f"{_VARIABLE}:{code.path}", f"`{_VARIABLE} = True`", part.place(store.line)
                )
            if store.key >= 0 and _VARIABLE in words.texts(code, function, store.key):
                if set(words.texts(code, function, store.value)) & set(_TRUE):
                    yield _everywhere(
                        f"{_VARIABLE}:{code.path}", f"`{_VARIABLE}`", part.place(store.line)
                    )
    for site in programs.calls_of(code, *_OTHERS):
        if site.name.startswith("datasets.") and site.tail != "load_dataset_builder":
            if "True" in words.of(site, "trust_remote_code"):
                yield _call(site)


def _call(site: Site) -> Observation:
    return Observation(
        subject=f"dataset-code:{site.path}:{site.tail}",
        message=(
            f"`{site.name}` with `trust_remote_code=True` runs the code in the data set's repository."
            " Right would be the flag off."
        ),
        evidence=(Evidence(site.span, "runs the loading script"),),
    )


def _variable(
    part: ImageInstruction
    | ComposeService
    | ManifestContainer
    | Workflow
    | WorkflowJob
    | WorkflowStep
    | ShellAssignment
    | ShellCommand,
) -> Iterator[tuple[str, Span]]:
    if isinstance(part, ShellAssignment):
        if part.name == _VARIABLE:
            yield part.value, part.span
    elif isinstance(part, ShellCommand):
        for word in part.argv:
            if word.startswith(f"{_VARIABLE}="):
                yield word.partition("=")[2], part.span
    elif isinstance(part, ImageInstruction):
        found = re.search(rf"{_VARIABLE}[= ](\S+)", part.value) if part.keyword == "ENV" else None
        if found:
            yield found[1], part.span
    elif _VARIABLE in part.env:
        line = part.lines.get(f"env.{_VARIABLE}", part.span.first)
        yield part.env[_VARIABLE], Span(part.span.path, line, line)


def _everywhere(subject: str, what: str, span: Span) -> Observation:
    return Observation(
        subject=f"dataset-code:{subject}",
        message=(
            f"{what} lets every data set that is loaded here run its own code. Right would be to leave it"
            " off and to load data-only files."
        ),
        evidence=(Evidence(span, "allows loading scripts"),),
    )
