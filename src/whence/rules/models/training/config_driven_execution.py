"""Configuration names the code that runs."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import told
from whence.rules.data.sources.fetches import closure
from whence.rules.data.sources.programs import (
    Code,
    Programs,
    Site,
    is_showcase,
    is_test,
    programs_of,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import ConfigValue, DynamicImport, Origin, OriginKind
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Compare,
    Const,
    Dict,
    Function,
    Item,
    Name,
    Param,
    PythonModule,
    Sequence,
    Text,
)
from whence.vocabulary.fact.repository import OwnerRule
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_IMPORTERS = {
    "import_module": "importlib.import_module", "__import__": "__import__", "locate": "pydoc.locate",
    "resolve_name": "pkgutil.resolve_name", "import_string": "django.utils.module_loading.import_string",
}  # fmt: skip
_READS = re.compile(
    r"(?:yaml\.(?:safe_load|load|full_load)|json\.loads?|tomllib\.loads?|tomli\.loads?|toml\.loads?|omegaconf\.OmegaConf\.load"
    r"|configparser\.ConfigParser\(\)\.get)\(\)"
)
_NAMED = (OriginKind.COMMAND_LINE, OriginKind.ENVIRONMENT, OriginKind.FILE)
# Where code stands says nothing that a configuration holds.
_OF_A_CLASS = frozenset({"__class__", "__module__", "__name__", "__package__", "__qualname__"})
_CONFIGURATIONS = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg")
_INSTANTIATES = ("instantiate", "call", "get_class", "get_method", "get_object")
_OUTSIDE = (OriginKind.NETWORK, OriginKind.STORE, OriginKind.SHARED_PATH, OriginKind.HUB, OriginKind.DATA_ROW, OriginKind.ARCHIVE, OriginKind.CHECKPOINT)  # fmt: skip


@rule(
    severity=Severity.HIGH,
    references=("CWE-470", "CWE-913", "AML.T0011", "AML.T0010.001"),
)
def check(use: DynamicImport | PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """Configuration names the module, class or function that training imports and runs.

    Who can write the configuration then writes code: any installed module will do, and many of them
    start processes or evaluate text when they are called with the right arguments. Configuration is
    usually reviewed less than code, and often lies in a bucket, a config map or an experiment's form.

    ## Attack
    1. The adversary changes one value of the configuration: `optimizer: os.system`.
    2. The loader imports the module, takes the attribute and calls it with the next value.
    3. The command runs in the training job, with its credentials.

    ## Fix
    Let configuration choose among names that the code lists:
    ```python
    OPTIMIZERS = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}
    optimizer = OPTIMIZERS[config["optimizer"]](model.parameters())
    ```

    ## Score
    - AV:N configuration is delivered over the network
    - AC:L one value is enough
    - PR:L write access to the configuration is needed
    - UI:N the job reads it by itself
    - S:U the training process is taken
    - C:H credentials of the job are read
    - I:H model and data are changed
    - A:H the job can be stopped

    ## Bad
    ```yaml config/train.yaml
    trainer:
      module: acme.trainers.default  # finding
    ```
    ```python train.py
    import importlib

    import yaml

    with open("config/train.yaml") as stream:
        config = yaml.safe_load(stream)
    module = importlib.import_module(config["trainer"]["module"])  # finding
    module.run()
    ```
    ## Bad: from a bucket
    ```python job.py
    import json
    import pydoc

    import boto3

    body = boto3.client("s3").get_object(Bucket="acme-jobs", Key="jobs/next.json")["Body"].read()
    job = json.loads(body)
    pydoc.locate(job["callable"])(**job["arguments"])  # finding
    ```
    ## Good
    ```python train.py
    import importlib

    import yaml

    TRAINERS = ("acme.trainers.default", "acme.trainers.fast")

    with open("config/train.yaml") as stream:
        config = yaml.safe_load(stream)
    name = config["trainer"]["module"]
    if name not in TRAINERS:
        raise ValueError(f"{name} is no trainer of ours")
    module = importlib.import_module(name)
    module.run()
    ```
    """
    if isinstance(use, PythonModule):
        yield from _read_here(use, graph)
        return
    tail = use.callee.rpartition(".")[2]
    if is_test(use.span.path) or is_showcase(use.span.path):
        return
    if use.reached_from == ("test",):
        return
    judged = [
        found
        for origin in sorted(use.origins)
        if not origin.guarded_by("allow-list", "heads", "digest", "signature", "opt-in")
        and (found := _judged(use, origin, tail in _INSTANTIATES, graph)) is not None
    ]
    if judged and not _is_looked_up(use, graph):
        yield max(judged, key=lambda found: (found.severity or Severity.HIGH).rank)


def _stays_at_home(function: Function, index: int, graph: SupplyGraph) -> bool:
    """Whether the written head of a name holds it in a package of the project itself."""
    head = _head(function, index)
    if "." not in head:
        return False
    package = head.partition(".")[0]
    return not package or any(
        path.endswith(".py") and (path.startswith(f"{package}/") or f"/{package}/" in path)
        for path in graph.files
    )


def _head(function: Function, index: int) -> str:
    """What a text begins with as it is written: `f"acme.{name}"`, `".".join(["acme", name])`."""
    value = function.values[index]
    if isinstance(value, Text) and value.parts:
        head = function.values[value.parts[0]]
        return str(head.value) if isinstance(head, Const) else ""
    if not isinstance(value, Call) or not value.args:
        return ""
    callee = function.values[value.callee]
    if not isinstance(callee, Attribute) or callee.name != "join":
        return ""
    dot, listed = function.values[callee.base], function.values[value.args[0]]
    items = listed.items if isinstance(listed, Sequence) else ()
    first = function.values[items[0]] if items else None
    between = isinstance(dot, Const) and dot.value == "."
    return f"{first.value}." if between and isinstance(first, Const) else ""


def _judged(
    use: DynamicImport, origin: Origin, by_library: bool, graph: SupplyGraph
) -> Observation | None:
    named_file = origin.kind in _NAMED and origin.detail.endswith(_CONFIGURATIONS)
    if origin.kind is OriginKind.CONFIG or named_file:
        return _configured(use, origin, by_library, graph)
    if origin.kind in (OriginKind.REQUEST, OriginKind.MESSAGE):
        return _observation(use, origin, Severity.CRITICAL, "anyone who can send it decides")
    if origin.kind in _OUTSIDE:
        return _observation(use, origin, None, "")
    if origin.kind is OriginKind.ENVIRONMENT:
        why = "whoever sets the environment starts the program anyway"
        return _observation(use, origin, Severity.LOW, why)
    return None


def _read_here(module: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """Imports of what the same function reads from a configuration whose path only callers know."""
    path = module.span.path
    if is_test(path) or is_showcase(path):
        return
    known = {
        use.span
        for use in graph.facts_in(path, DynamicImport)
        if any(origin.kind is not OriginKind.UNKNOWN for origin in use.origins)
    }
    programs = programs_of(graph)
    for site in programs.calls_of(programs.by_path[path], *_IMPORTERS):
        index = site.argument("name", "path", "dotted_path", 0)
        if site.name not in _IMPORTERS.values() or site.span in known or index is None:
            continue
        if _stays_at_home(site.function, index, graph):
            continue
        parts = closure(site.function, index)
        reader = _reader_of(programs, site.code, site.function, index)
        if reader and not _is_listed(site.function, parts):
            yield Observation(
                subject=f"named-code:{site.function.name}:{path}",
                message=(
                    f"`{site.name}` imports what a configuration names that `{reader.partition('(')[0]}` reads: who can"
                    " write that file chooses the code that runs. Right would be a table of allowed names in the code."
                ),
                evidence=(Evidence(site.span, f"`{site.name}` runs what is named"),),
                severity=Severity.MEDIUM,
                because="nothing here says where the configuration lies",
            )


def _is_looked_up(use: DynamicImport, graph: SupplyGraph) -> bool:
    """Whether the name that is imported is an entry of a dictionary of the code, or stays in it."""
    programs = programs_of(graph)
    code = programs.by_path[use.span.path]
    for site in programs.calls_of(code, use.callee.rpartition(".")[2]):
        index = site.argument("name", "path", "dotted_path", 0)
        if site.span == use.span and index is not None:
            return _stays_at_home(site.function, index, graph) or _is_entry_of_table(
                programs, code, site.function, index
            )
    return False


def _reader_of(
    programs: Programs, code: Code, function: Function, index: int, depth: int = 0
) -> str:
    """The call that reads the configuration which a name is taken from, also by callers."""
    if _is_entry_of_table(programs, code, function, index):
        return ""
    parts = sorted(closure(function, index))
    if any(getattr(function.values[at], "name", "") in _OF_A_CLASS for at in parts):
        return ""
    for at in parts:
        value = function.values[at]
        name = programs.dotted(code, function, at)
        if _READS.match(name):
            return name
        if isinstance(value, Param) and depth < 3:
            for where, given in _given(programs, code, function, value.name):
                found = _reader_of(programs, where.code, where.function, given, depth + 1)
                if found:
                    return found
    return ""


def _given(
    programs: Programs, code: Code, function: Function, name: str
) -> Iterator[tuple[Site, int]]:
    """The values that callers give for a parameter."""
    names = [parameter.name for parameter in function.parameters]
    for site in programs.callers(code, function) if name in names else ():
        index = site.argument(name, names.index(name))
        if index is not None and not site.code.is_test:
            yield site, index


def _is_entry_of_table(programs: Programs, code: Code, function: Function, index: int) -> bool:
    """Whether a name is looked up in a dictionary that the code writes out."""
    value = function.values[index]
    base = function.values[value.base] if isinstance(value, Item) else None
    if not isinstance(base, Name):
        return isinstance(base, Dict)
    if not base.imported:
        held = code.resolved(function, base.dotted)
        return held is not None and isinstance(held[0].values[held[1]], Dict)
    name = base.dotted.rpartition(".")[2]
    return any(
        isinstance(other.body.values[other.body.names[name]], Dict)
        for other in programs.imported_by(code)
        if name in other.body.names
    )


def _is_listed(function: Function, parts: set[int]) -> bool:
    """Whether the name is looked up in a list of names, and the function leaves where it is missing."""
    for context in function.contexts:
        if context.kind in ("exit", "if", "assert") and context.value >= 0:
            for at in closure(function, context.value):
                value = function.values[at]
                if isinstance(value, Compare) and value.operator in ("in", "not in"):
                    if not parts.isdisjoint(closure(function, value.left)):
                        return True
    return False


def _configured(
    use: DynamicImport, origin: Origin, by_library: bool, graph: SupplyGraph
) -> Observation:
    path = origin.detail if origin.detail in graph.files else origin.decision.path
    inside = (
        path in graph.files and bool(graph.facts_in(path, ConfigValue)) and not path.endswith(".py")
    )
    if by_library:
        return _observation(
            use,
            origin,
            Severity.LOW,
            "the configuration lies in the repository, as the library means it to",
        )
    if inside and _owned(path, graph):
        return _observation(
            use, origin, Severity.MEDIUM, "changes of this file need a named reviewer"
        )
    return _observation(use, origin, None, "")


def _owned(path: str, graph: SupplyGraph) -> bool:
    """Whether the last rule of CODEOWNERS that matches a file names somebody."""
    owners: tuple[str, ...] = ()
    for rule_line in graph.facts_of(OwnerRule):
        pattern = rule_line.pattern.lstrip("/")
        if (
            pattern == "*"
            or path.startswith(pattern.rstrip("*").rstrip("/") + "/")
            or fnmatch.fnmatch(path, pattern)
        ):
            owners = rule_line.owners
    return bool(owners)


def _observation(
    use: DynamicImport, origin: Origin, severity: Severity | None, because: str
) -> Observation:
    known = origin.setting or origin.detail.strip("?/") or origin.kind in _OUTSIDE
    name = told(origin) if known else "a value from outside"
    places = [Evidence(use.span, f"`{use.callee}` runs what is named")]
    if origin.decision != use.span and origin.decision.path:
        places.append(Evidence(origin.decision, "named here"))
    variable = origin.setting if origin.kind is OriginKind.ENVIRONMENT else ""
    return Observation(
        subject=f"named-code:{variable or use.function}:{use.span.path}",
        message=(
            f"`{use.callee}` imports the code that {name} names: who can write that value chooses what runs. Right"
            " would be a table of allowed names in the code."
        ),
        evidence=tuple(places),
        severity=severity,
        because=because,
    )
