"""Nothing ties the model that runs to the model that was trained."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    only_tests,
)
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import (
    Deserialization,
    ModelExport,
    ProcessLaunch,
    RouteHandler,
    ServerStart,
)
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import FlowKind, SupplyGraph, asked_once
from whence.vocabulary.rule import rule

_STATE = re.compile(
    r"(?:^|[/_\-.])(?:ckpt|checkpoint|optimizer|scheduler|trainer_state|resume|epoch|training_args|rng_state|scaler)"
)
_ANSWERS = frozenset({"request", "server"})
_CARRIED = 60
_SIGNS = re.compile(
    r"cosign|model_signing|gpg .*--(?:detach-)?sign|sha256sum (?:-c|--check)|sigstore|minisign"
)
_MODELS = frozenset(
    {
        "torch",
        "torchscript",
        "joblib",
        "pickle",
        "cloudpickle",
        "dill",
        "keras",
        "safetensors",
        "onnx",
        "skops",
    }
)


def _is_served(load: Deserialization, graph: SupplyGraph) -> bool:
    if load.format not in _MODELS:
        return False
    path = load.span.path
    return not _ANSWERS.isdisjoint(load.reached_from) or bool(
        graph.facts_in(path, RouteHandler) or graph.facts_in(path, ServerStart)
    )


@asked_once
def _served(graph: SupplyGraph) -> list[Deserialization]:
    return [load for load in graph.facts_of(Deserialization) if _is_served(load, graph)]


@asked_once
def _is_signed_somewhere(graph: SupplyGraph) -> bool:
    """Whether a command signs or verifies models, or code starts a program that verifies them."""
    return any(
        _SIGNS.search(launch.artefact) and "verify" in launch.artefact
        for launch in graph.facts_of(ProcessLaunch)
    ) or any(_SIGNS.search(" ".join(command.argv)) for command in graph.facts_of(ShellCommand))


@asked_once
def _drawn(graph: SupplyGraph) -> dict[Span, set[str]]:
    """By line of code, the models that it writes or reads, as the lineage has them."""
    found: dict[Span, set[str]] = {}
    for flow in graph.flows:
        end = {FlowKind.EXPORTS: flow.target, FlowKind.READS: flow.source}.get(flow.kind, "")
        for evidence in flow.evidence if end.startswith("model:") else ():
            found.setdefault(evidence.span, set()).add(end)
    return found


def _of_the_same(
    use: ModelExport, loads: list[Deserialization], graph: SupplyGraph
) -> list[Deserialization]:
    """The loads of what this call writes, however it is carried; all where no way is drawn."""
    drawn = _drawn(graph)
    found, waiting = set[str](), sorted(drawn.get(use.span, ()))
    while waiting and len(found) < _CARRIED:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [f.target for f in graph.out_of(name) if f.target.startswith("model:")]
    return [load for load in loads if found & drawn.get(load.span, set())] or loads


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-345", "CWE-353", "AML.T0010.003", "SLSA-L2"),
)
def check(use: ModelExport, graph: SupplyGraph) -> Iterator[Observation]:
    """Nothing ties the model that runs to the model that was trained: no digest, no signature.

    If the artefact is exchanged between training and serving, by mistake or on purpose, nobody can
    tell afterwards, and nobody can show that it was not.

    ## Attack
    Somebody with access to the store or registry puts another file under the artefact's name. What
    runs in production is then not what was trained and evaluated, and every log says that it is.

    ## Fix
    Write the digest into the release when the model is made, and compare where it is loaded:
    ```python
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    release.write_text(json.dumps({"model": path.name, "sha256": digest}))
    ```

    ## Score
    - AV:N the store is reached over the network
    - AC:H the store must be written first
    - PR:L an account that can write the store is needed
    - UI:N deployment is part of the normal run
    - S:U the model is changed
    - C:N nothing is disclosed
    - I:H the model decides what the attacker wants
    - A:N the service goes on

    ## Bad
    ```python train.py
    import joblib
    from sklearn.linear_model import LogisticRegression


    def train(features, labels):
        model = LogisticRegression().fit(features, labels)
        joblib.dump(model, "artifacts/model.joblib")  # finding
    ```
    ```python serve.py
    import joblib
    from fastapi import FastAPI

    app = FastAPI()
    model = joblib.load("artifacts/model.joblib")


    @app.get("/score")
    def score(value: float):
        return {"score": float(model.predict([[value]])[0])}
    ```
    ## Good
    ```python train.py
    import hashlib
    from pathlib import Path

    import joblib
    from sklearn.linear_model import LogisticRegression


    def train(features, labels):
        model = LogisticRegression().fit(features, labels)
        joblib.dump(model, "artifacts/model.joblib")
        digest = hashlib.sha256(Path("artifacts/model.joblib").read_bytes()).hexdigest()
        Path("artifacts/model.sha256").write_text(digest)
    ```
    ```python serve.py
    import hashlib
    import os
    from pathlib import Path

    import joblib
    from fastapi import FastAPI

    app = FastAPI()


    def checked(path):
        if hashlib.sha256(Path(path).read_bytes()).hexdigest() != os.environ["MODEL_SHA256"]:
            raise SystemExit("not the model that was trained")
        return path


    model = joblib.load(checked("artifacts/model.joblib"))


    @app.get("/score")
    def score(value: float):
        return {"score": float(model.predict([[value]])[0])}
    ```
    """
    loads = _of_the_same(use, _served(graph), graph)
    if (
        only_tests(use)
        or not use.artefact.strip("?/.")
        or not loads
        or _STATE.search(use.artefact.lower())
    ):
        return
    compared = any(
        origin.guarded_by("digest", "signature") for load in loads for origin in load.origins
    )
    if compared or _is_signed_somewhere(graph):
        return
    made = (
        "a digest is made, and nothing compares it"
        if use.signed
        else "no digest or signature is made"
    )
    yield Observation(
        subject="model-signature",
        message=(
            f"`{use.artefact}` is written by `{use.callee}` and a server loads its model, but {made}."
            " Right would be a digest or signature made in training and compared where it is loaded."
        ),
        evidence=(
            Evidence(use.span, "the model is written here"),
            *(Evidence(load.span, "a server loads its model here") for load in loads[:3]),
        ),
    )
