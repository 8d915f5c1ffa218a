"""Rows from outside reach the training set untested."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    evidence,
    exposed,
    only_tests,
    subject,
    told,
    who_decides,
)
from whence.vocabulary.fact.code import DataRead, Exposure
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-20", "AML.T0020", "OWASP-ML02:2023", "OWASP-LLM04:2025"),
)
def check(use: DataRead, graph: SupplyGraph) -> Iterator[Observation]:
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
    if not use.trains or use.validated or only_tests(use):
        return
    for origin in exposed(use, Exposure.INSIDER):
        yield Observation(
            subject=subject(use, origin),
            message=(
                f"{told(origin).capitalize()} goes into training with no schema, range, label or"
                f" duplicate check: {who_decides(origin)}. Right would be a step that can reject rows."
            ),
            evidence=evidence(use, origin, "rows are read for training here"),
        )
