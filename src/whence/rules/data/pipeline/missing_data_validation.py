"""Rows from outside reach the training set untested."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.pipeline.fallback_labels import fallback_labels
from whence.rules.data.pipeline.provenance import (
    evidence,
    exposed,
    only_tests,
    subject,
    told,
    who_decides,
)
from whence.rules.data.sources.programs import is_showcase, is_test, programs_of
from whence.rules.models.training.training_code import training_reach
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import DataRead, Exposure, Origin, OriginKind, TrainingRun
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SETTINGS = re.compile(r"(?i)config|settings?|metadata|manifest|vocab|params|tokenizer")
_ROWS = (OriginKind.NETWORK, OriginKind.STORE, OriginKind.MESSAGE, OriginKind.REQUEST)


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-20", "AML.T0020", "OWASP-ML02:2023", "OWASP-LLM04:2025"),
)
def check(use: DataRead | TrainingRun | PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """Rows from an outside source go into the training set and nothing tests them.

    Whoever can add rows there teaches the model: wrong labels, a rare word that decides the label,
    a flood of copies. Without a test that can reject, nobody notices before the model is in use.

    ## Attack
    Someone contributes a few hundred rows that carry a harmless-looking phrase and the label of their
    choice. The next training run takes them in, and the phrase decides from then on.

    ## Fix
    Let a schema and simple statistics reject the batch before it is trained on:
    ```python
    rows = schema.validate(rows)
    rows = rows.drop_duplicates("text")
    if not rows["label"].isin(LABELS).all():
        raise ValueError("unknown label")
    ```

    ## Score
    - AV:N the source is written over the network
    - AC:H the rows must be picked up and weigh enough
    - PR:N contributing rows needs no account on this system
    - UI:N training is part of the normal run
    - S:U the model is changed
    - C:N nothing is disclosed
    - I:H the model decides what the attacker wants
    - A:N the service goes on

    ## Bad
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    rows = pd.read_csv("https://feedback.example.com/export.csv")  # finding
    model = LogisticRegression().fit(rows[["length", "stars"]], rows["label"])
    ```
    ## Good
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    LABELS = {0, 1}


    def validated(rows):
        rows = rows.drop_duplicates("text")
        if not set(rows["label"]) <= LABELS:
            raise ValueError("unknown label")
        return rows


    rows = validated(pd.read_csv("https://feedback.example.com/export.csv"))
    model = LogisticRegression().fit(rows[["length", "stars"]], rows["label"])
    ```
    """
    if isinstance(use, PythonModule):
        yield from _labels_made_up(use, graph)
        return
    if use.validated or only_tests(use) or (isinstance(use, DataRead) and not _is_rows(use)):
        return
    for origin in exposed(use, Exposure.INSIDER):
        if isinstance(use, TrainingRun) and not _is_own(origin, graph):
            continue
        yield Observation(
            subject=subject(use, origin),
            message=(
                f"{told(origin)[:1].upper()}{told(origin)[1:]} goes into training with no schema, range, label or"
                f" duplicate check: {who_decides(origin)}. Right would be a step that can reject rows."
            ),
            evidence=evidence(use, origin, "rows are read for training here"),
        )


def _is_rows(read: DataRead) -> bool:
    """Whether a read gets to training and is no configuration."""
    spoken = f"{read.span.path} {read.artefact} {read.function}"
    return read.trains and not (read.format == "json" and _SETTINGS.search(spoken))


def _is_own(origin: Origin, graph: SupplyGraph) -> bool:
    """Whether rows come to a training run by no reader that is asked about them itself."""
    if origin.kind not in _ROWS:
        return False
    return not any(
        origin.detail == other.detail
        for read in graph.facts_of(DataRead)
        if read.trains
        for other in read.origins
    )


def _labels_made_up(module: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """Rows from outside whose unknown labels become known ones on the way into training."""
    path = module.span.path
    if path not in training_reach(graph) or is_test(path) or is_showcase(path):
        return
    reads = [
        read
        for read in graph.facts_in(path, DataRead)
        if any(origin.exposure >= Exposure.OPERATOR for origin in read.origins)
    ]
    for function, span, label in fallback_labels(programs_of(graph).by_path[path]):
        for read in reads:
            if read.function == function.name:
                yield Observation(
                    subject=f"labels:{path}:{function.name}",
                    message=(
                        f"`{function.name}` reads rows from outside and gives each with an unknown label the label"
                        f" `{label}`, so that whatever comes in is trained on. Right would be to refuse rows whose"
                        " columns, lengths or labels are not the known ones."
                    ),
                    evidence=(
                        Evidence(span, f"an unknown label becomes `{label}`"),
                        Evidence(read.span, "rows are read here"),
                    ),
                )
                return
