"""The pipeline publishes models in a format that can carry code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    only_tests,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import ModelExport
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_STATE = re.compile(
    r"(?:^|[/_\-.])(?:ckpt|checkpoint|optimizer|scheduler|trainer_state|resume|epoch|(?:model|training)_state|training_args|rng_state|scaler)"
)

_ENDING = re.compile(r"\.\w+$")


def _is_named(artefact: str) -> bool:
    """Whether the code says which file or folder it is, beside the ending."""
    return len(re.sub(r"[^A-Za-z]", "", _ENDING.sub("", artefact))) > 2


def _is_resume_state(artefact: str) -> bool:
    return _STATE.search(artefact.lower()) is not None


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-502", "AML.T0010.003", "OWASP-LLM03:2025"),
)
def check(use: ModelExport, graph: SupplyGraph) -> Iterator[Observation]:
    """The pipeline publishes its model in a format that runs code when it is loaded.

    Everyone who loads the artefact must then trust every place it lay in. A store that only held data
    becomes a way into the servers.

    ## Attack
    Somebody who can write the store replaces the published pickle. Every server that loads it runs the
    attacker's commands.

    ## Fix
    Publish weights as data:
    ```python
    safetensors.torch.save_file(model.state_dict(), "model.safetensors")
    skops.io.dump(pipeline, "model.skops")
    ```

    ## Score
    - AV:N the artefact is fetched over the network
    - AC:H the store must be written first
    - PR:L an account that can write the store is needed
    - UI:N servers load by themselves
    - S:U the loading process runs the code
    - C:L what the server reads can be read
    - I:H the model and server can be changed
    - A:L the server can be ended

    ## Bad
    ```python train.py
    import joblib
    from sklearn.linear_model import LogisticRegression


    def train(features, labels):
        model = LogisticRegression().fit(features, labels)
        joblib.dump(model, "artifacts/model.joblib")  # finding
    ```
    ## Good
    ```python train.py
    import joblib
    import safetensors.torch


    def publish(model, statistics):
        safetensors.torch.save_file(model.state_dict(), "artifacts/model.safetensors")
        joblib.dump(statistics, "cache/row_counts.joblib")
    ```
    """
    if not use.executable or only_tests(use):
        return
    named = _is_named(use.artefact)
    target = f"as `{use.artefact}`" if named else "to a path that its caller chooses"
    severity, because = None, ""
    what = "the state of a run" if _is_resume_state(use.artefact) else "the model"
    if _is_resume_state(use.artefact):
        severity, because = Severity.LOW, "it is a training state to resume from"
    elif not named:
        severity, because = Severity.LOW, "the caller chooses the file, and may not publish it"
    where = use.artefact if "?" not in use.artefact else use.span.path
    yield Observation(
        subject=f"export:{where}" if named else f"exports:{use.format}",
        message=(
            f"`{use.callee.removeprefix('?.')}` writes {what} {target} ({use.format}): loading the file can run what"
            " was put into it. Right would be safetensors, ONNX or skops."
        ),
        evidence=(Evidence(use.span, f"written as {use.format} here"),),
        severity=severity,
        because=because,
    )
