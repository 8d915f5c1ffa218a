"""Configuration names the code that runs."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from whence.rules.data.sources.programs import is_showcase, is_test
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import ConfigValue, DynamicImport, Origin, OriginKind
from whence.vocabulary.fact.repository import OwnerRule
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_INSTANTIATES = ("instantiate", "call", "get_class", "get_method", "get_object")
_OUTSIDE = (OriginKind.NETWORK, OriginKind.STORE, OriginKind.SHARED_PATH, OriginKind.REQUEST, OriginKind.MESSAGE,
            OriginKind.HUB, OriginKind.DATA_ROW, OriginKind.ARCHIVE, OriginKind.CHECKPOINT)  # fmt: skip


@rule(
    severity=Severity.HIGH,
    references=("CWE-470", "CWE-913", "AML.T0011", "AML.T0010.001"),
)
def check(use: DynamicImport, graph: SupplyGraph) -> Iterator[Observation]:
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
    tail = use.callee.rpartition(".")[2]
    if use.callee == "getattr" or is_test(use.span.path) or is_showcase(use.span.path):
        return
    if use.reached_from == ("test",):
        return
    for origin in sorted(use.origins):
        if origin.guarded_by("allow-list", "digest", "signature"):
            continue
        if origin.kind is OriginKind.CONFIG:
            yield _configured(use, origin, tail in _INSTANTIATES, graph)
        elif origin.kind in _OUTSIDE:
            severity = Severity.CRITICAL if origin.kind in (OriginKind.REQUEST, OriginKind.MESSAGE) else None
            yield _observation(use, origin, severity, "anyone who can send it decides" if severity else "")
        elif origin.kind is OriginKind.ENVIRONMENT:
            yield _observation(use, origin, Severity.LOW, "whoever sets the environment starts the program anyway")


def _configured(use: DynamicImport, origin: Origin, by_library: bool, graph: SupplyGraph) -> Observation:
    path = origin.decision.path
    inside = path in graph.files and bool(graph.facts_in(path, ConfigValue)) and not path.endswith(".py")
    if by_library:
        return _observation(use, origin, Severity.LOW, "the configuration lies in the repository, as the library means it to")
    if inside and _owned(path, graph):
        return _observation(use, origin, Severity.MEDIUM, "changes of this file need a named reviewer")
    return _observation(use, origin, None, "")


def _owned(path: str, graph: SupplyGraph) -> bool:
    """Whether the last rule of CODEOWNERS that matches a file names somebody."""
    owners: tuple[str, ...] = ()
    for rule_line in graph.facts_of(OwnerRule):
        pattern = rule_line.pattern.lstrip("/")
        if pattern == "*" or path.startswith(pattern.rstrip("*").rstrip("/") + "/") or fnmatch.fnmatch(path, pattern):
            owners = rule_line.owners
    return bool(owners)


def _observation(use: DynamicImport, origin: Origin, severity: Severity | None, because: str) -> Observation:
    name = origin.setting or origin.detail.strip("?/") or "a value from outside"
    places = [Evidence(use.span, f"`{use.callee}` runs what is named")]
    if origin.decision != use.span and origin.decision.path:
        places.append(Evidence(origin.decision, "named here"))
    return Observation(
        subject=f"named-code:{name}:{use.span.path}",
        message=(
            f"`{use.callee}` imports what `{name}` names ({origin.kind}): who can write that value chooses the code"
            " that runs. Right would be a table of allowed names in the code."
        ),
        evidence=tuple(places),
        severity=severity,
        because=because,
    )
