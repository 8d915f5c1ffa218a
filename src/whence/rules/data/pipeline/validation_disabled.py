"""A check stands in the code and does not take effect."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    only_tests,
)
from whence.rules.models.training.evaluation_gates import switches_an_evaluation
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import DisabledCheck, Validation
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.HIGH,
    references=("CWE-693", "CWE-390", "AML.T0020"),
)
def check(use: DisabledCheck | Validation, graph: SupplyGraph) -> Iterator[Observation]:
    """A check of data or files stands in the code and does not take effect.

    Everybody who reads the code believes that bad input is refused. It is not: the failure is caught
    and forgotten, a flag that the pipeline passes turns the check off, or Python removes it.

    ## Attack
    Someone sends rows or files that the check was written to refuse. They pass, and the log, if there
    is one, says so in a line that nobody reads.

    ## Fix
    Let the failure end the run, and leave no switch that production can throw:
    ```python
    validate(rows)  # raises; nothing catches it
    ```

    ## Score
    - AV:N the input comes over the network
    - AC:L the input only has to arrive
    - PR:N sending input needs no account on this system
    - UI:N the run goes on by itself
    - S:U what the check protects is changed
    - C:N nothing is disclosed
    - I:H bad input is taken in
    - A:N the run goes on

    ## Bad
    ```python ingest.py
    import logging

    import pandas as pd


    def validate_rows(rows):
        if rows["label"].isna().any():
            raise ValueError("rows without a label")


    def ingest(path):
        rows = pd.read_csv(path)
        try:
            validate_rows(rows)  # finding
        except ValueError:
            logging.warning("validation failed")
        return rows
    ```
    ## Bad: switched off in the configuration
    ```yaml config.yaml
    data:
      validate: false  # finding
    ```
    ```python ingest.py
    import pandas as pd
    import yaml

    with open("config.yaml") as stream:
        CONFIG = yaml.safe_load(stream)


    def validate_rows(rows):
        if rows["label"].isna().any():
            raise ValueError("rows without a label")


    def ingest(path):
        rows = pd.read_csv(path)
        if CONFIG["data"]["validate"]:
            validate_rows(rows)  # finding
        return rows
    ```
    ## Good
    ```yaml config.yaml
    data:
      validate: false
    ```
    ```python tests/test_ingest.py
    import pandas as pd


    def validate_rows(rows):
        if rows["label"].isna().any():
            raise ValueError("rows without a label")


    def test_bad_rows():
        try:
            validate_rows(pd.DataFrame({"label": [None]}))
        except ValueError:
            pass
    ```
    ```python ingest.py
    def validate_rows(rows):
        if rows["label"].isna().any():
            raise ValueError("rows without a label")


    def ingest(rows):
        try:
            validate_rows(rows)
        except ValueError as error:
            raise SystemExit(str(error))
        return rows


    def report(rows):
        try:
            check_label_rows(rows)
        except ValueError:
            return "bad"
        return "good"


    def check_label_rows(rows, strict=True):
        if rows.empty:
            raise ValueError("no rows")
        try:
            ingest(rows)
        except OSError:
            pass
    ```
    """
    if isinstance(use, Validation) or only_tests(use):
        return
    if switches_an_evaluation(use):
        return  # evaluation-bypassed says so
    places = [Evidence(use.decision, "this turns the check off")]
    if use.span != use.decision:
        at_call = Evidence(use.span, "the check stands here")
        places = [at_call, *places] if use.how == "swallowed" else [*places, at_call]
    yield Observation(
        subject=_subject(use),
        message=f"{use.why}. Right would be {_right(use)}.",
        evidence=tuple(places),
        severity=Severity.MEDIUM if use.how == "optional" else None,
        because="who runs it may set the variable" if use.how == "optional" else "",
        confidence=Confidence.LOW if use.how == "optional" else None,
    )


def _right(use: DisabledCheck) -> str:
    return "that it always runs" if use.how == "optional" else "that its failure ends the run"


def _subject(use: DisabledCheck) -> str:
    """What was decided: that assertions go, that a setting switches checks off, or one place."""
    if use.how == "assert":
        return f"assertions:{use.decision.path}"
    if use.setting:
        return f"setting:{use.setting}"
    return f"check:{use.span.path}:{use.callee}"
