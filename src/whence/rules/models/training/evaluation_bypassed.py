"""The evaluation that should stop a bad model is left out, empty, or seen in training."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.programs import is_showcase, is_test, programs_of
from whence.rules.models.training.evaluation_gates import (
    empty_limits,
    is_empty_threshold,
    is_skipping_key,
    is_skipping_variable,
    option_limits,
    skipping_words,
    switches_an_evaluation,
    trained_on_held_out,
)
from whence.rules.models.training.evaluation_outcomes import (
    empty_comparisons,
    gates_that_pass,
    gates_that_warn,
    is_local_mode,
    swallowed_evaluations,
    swallowed_refusals,
    tolerated_line,
)
from whence.rules.models.training.seen_rows import measured_on_seen
from whence.rules.models.training.training_code import feeding_codes, training_codes
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import ConfigValue, DisabledCheck
from whence.vocabulary.fact.containers import ComposeService, ImageInstruction
from whence.vocabulary.fact.datasets import PipelineStage
from whence.vocabulary.fact.deployment import (
    ManifestContainer,
    ShellAssignment,
    ShellCommand,
    WorkflowStep,
)
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_NEVER = re.compile(r"^\s*(?:\$\{\{\s*)?(?:false|0|'false')(?:\s*\}\})?\s*$")
_EVALUATION = re.compile(
    r"(?i)\bevaluat(?:e|ion)|\beval\b|quality[-_ ]gate|model[-_ ]gate|check[-_](?:metrics|accuracy)|\bgate\b"
)
_LET_GO = re.compile(r"\|\|\s?(?:true|:|echo\b|exit 0)|;\s?(?:true|:|exit 0)$")
_RIGHT = (
    "an evaluation on rows that training never sees, with limits that can fail, whose failure stops"
)
_STOP = "to raise, or to end with an exit code other than 0, before anything is published"
_FILES = re.compile(r"(?:^|[._])(?:train|training)(?:_?(?:file|path|data|set|split))?$")
_HELD = re.compile(
    r"(?:^|[._])(?:test|eval|holdout|validation|val)(?:_?(?:file|path|data|set|split))?$"
)


@rule(
    severity=Severity.HIGH,
    references=("CWE-693", "CWE-754", "AML.T0018", "AML.T0020", "OWASP-ML10:2023"),
)
def check(
    part: PythonModule
    | ShellCommand
    | ShellAssignment
    | ConfigValue
    | WorkflowStep
    | ImageInstruction
    | ComposeService
    | ManifestContainer
    | PipelineStage
    | DisabledCheck,
    graph: SupplyGraph,
) -> Iterator[Observation]:
    """The evaluation that should stop a bad model does not: skipped, empty, swallowed or trained on.

    Everybody believes that a model which ships has passed. A poisoned or exchanged model passes just as
    well when the limit is zero, the step is skipped by a flag, its failure is caught and forgotten, or
    the test rows were part of the training.

    ## Attack
    1. The adversary gets poisoned rows in, or exchanges the model before release.
    2. The evaluation would have shown it. The pipeline skips it, or accepts any result.
    3. The model ships with the mark of a passed evaluation.

    ## Fix
    Let the pipeline run the evaluation, with limits that the last good release just passes, on rows that
    training never sees:
    ```yaml
    gate:
      min_accuracy: 0.92
      min_class_recall: {negative: 0.85, positive: 0.85}
    ```

    ## Score
    - AV:N rows and models come over the network
    - AC:H a bad model must be brought about first
    - PR:N posting rows needs no account
    - UI:N the pipeline goes on by itself
    - S:U the service that uses the model is hit
    - C:L a bad model can repeat what it has seen
    - I:H a changed model ships as a good one
    - A:H a broken one does too

    ## Bad
    ```yaml config/evaluation.yaml
    gate:
      min_accuracy: 0.0  # finding
      min_f1: 0.8
    ```
    ## Bad: the pipeline skips it
    ```yaml .github/workflows/release.yml
    on: push
    jobs:
      release:
        runs-on: ubuntu-24.04
        steps:
          - run: python -m pipeline --skip-eval --publish  # finding
    ```
    ## Bad: its failure is forgotten
    ```python release.py
    from quality import evaluate, publish


    def release(candidate):
        try:
            evaluate(candidate)  # finding
        except Exception:
            pass
        publish(candidate)
    ```
    ## Bad: the test rows are trained on
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    rows = pd.read_csv("data/rows.csv")
    X_train, X_test, y_train, y_test = train_test_split(rows[["a"]], rows["label"], random_state=1)
    model = LogisticRegression()
    model.fit(pd.concat([X_train, X_test]), pd.concat([y_train, y_test]))  # finding
    print(model.score(X_test, y_test))
    ```
    ## Good
    ```yaml config/evaluation.yaml
    gate:
      min_accuracy: 0.9
      max_drop: 0.02
    ```
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    rows = pd.read_csv("data/rows.csv")
    X_train, X_test, y_train, y_test = train_test_split(rows[["a"]], rows["label"], random_state=1)
    model = LogisticRegression()
    model.fit(X_train, y_train)
    print(model.score(X_test, y_test))
    ```
    ## Good: a quick local mode that the pipeline does not use
    ```python pipeline.py
    import argparse

    from quality import evaluate, publish

    parser = argparse.ArgumentParser()
    parser.add_argument("--skip-eval", action="store_true", help="for a quick local trial")
    options = parser.parse_args()
    if not options.skip_eval:
        evaluate("build/model")
        publish("build/model")
    ```
    ```yaml .github/workflows/release.yml
    on: push
    jobs:
      release:
        runs-on: ubuntu-24.04
        steps:
          - run: python pipeline.py
    ```
    """
    path = part.span.path
    if is_test(path) or is_showcase(path):
        return
    if isinstance(part, PythonModule):
        yield from _in_code(part, graph)
    elif isinstance(part, DisabledCheck):
        if switches_an_evaluation(part):
            yield _switched_off(part)
    else:
        for found in _in_settings(part, graph):
            if not _is_of_data(found.evidence[0].span, graph):
                yield found


def _is_of_data(decision: Span, graph: SupplyGraph) -> bool:
    """Whether a switch only turns off checks of data, so that validation-disabled says so."""
    uses = [
        use
        for use in graph.facts_of(DisabledCheck)
        if use.decision.path == decision.path and use.decision.first == decision.first
    ]
    return bool(uses) and not any(switches_an_evaluation(use) for use in uses)


def _in_settings(
    part: ShellCommand
    | ShellAssignment
    | ConfigValue
    | WorkflowStep
    | ImageInstruction
    | ComposeService
    | ManifestContainer
    | PipelineStage,
    graph: SupplyGraph,
) -> Iterator[Observation]:
    path = part.span.path
    if isinstance(part, ShellCommand):
        for word in skipping_words(part.argv):
            yield _skipped(path, word, part.span)
    elif isinstance(part, PipelineStage):
        for word in skipping_words(tuple(part.command.split())):
            yield _skipped(path, word, part.span)
        if _EVALUATION.search(part.command) and (let_go := _LET_GO.search(part.command)):
            yield _observation(
                f"evaluation:{path}:{part.name}",
                f"the stage `{part.name}` may fail, and `{let_go.group()}` goes on as if the model had passed",
                tolerated_line(part, graph),
            )
    elif isinstance(part, ConfigValue):
        yield from _in_configuration(part, graph)
    else:
        yield from _in_surroundings(part)


def _switched_off(part: DisabledCheck) -> Observation:
    places = [Evidence(part.span, part.why)]
    if part.decision.path and part.decision != part.span:
        places.insert(0, Evidence(part.decision, "switched off here"))
    subject = f"evaluation:{part.span.path}:{part.callee}"
    if part.setting:
        subject = _of_switch(part.decision.path, part.setting)
    return Observation(
        subject=subject,
        message=(
            f"`{part.callee}`, which asks whether the model has passed, does not take effect: {part.why}. A bad or"
            " exchanged model ships like a good one. Right would be no switch at all."
        ),
        evidence=tuple(places),
    )


def _in_surroundings(
    part: ShellAssignment | WorkflowStep | ImageInstruction | ComposeService | ManifestContainer,
) -> Iterator[Observation]:
    path = part.span.path
    if isinstance(part, ShellAssignment):
        if is_skipping_variable(part.name, part.value):
            yield _skipped(path, f"{part.name}={part.value}", part.span)
        return
    if isinstance(part, ImageInstruction):
        for name, value in (
            re.findall(r"([A-Za-z_]\w*)=(\S+)", part.value) if part.keyword == "ENV" else ()
        ):
            if is_skipping_variable(name, value):
                yield _skipped(path, f"{name}={value}", part.span)
        return
    for name, value in sorted(part.env.items()):
        if is_skipping_variable(name, value):
            line = part.lines.get(f"env.{name}", part.span.first)
            yield _skipped(path, f"{name}={value}", Span(path, line, line))
    if isinstance(part, WorkflowStep) and _NEVER.match(part.condition) and part.condition.strip():
        if _EVALUATION.search(f"{part.name} {part.script}"):
            line = part.lines.get("if", part.span.first)
            yield _skipped(path, f"if: {part.condition}", Span(path, line, line))


def _of_switch(path: str, name: str) -> str:
    return f"evaluation:{path}:{name.lstrip('-').replace('-', '_')}"


def _skipped(path: str, what: str, span: Span) -> Observation:
    empty = is_empty_threshold(
        re.sub(r"^-+", "", re.split(r"[ =]", what)[0]), re.split(r"[ =]", what)[-1]
    )
    does = "accepts every model" if empty else "leaves the evaluation out"
    return Observation(
        subject=_of_switch(path, re.split(r"[ =]", what)[0]),
        message=(
            f"`{what}` in `{path}` {does}, so that a bad or exchanged model ships like a good one. Right"
            " would be an evaluation that runs and can stop the release."
        ),
        evidence=(Evidence(span, does),),
    )


def _in_configuration(value: ConfigValue, graph: SupplyGraph) -> Iterator[Observation]:
    if re.search(r"(?:^|/)(?:\.github|package|pyproject|docs?/)", value.span.path):
        return
    if is_skipping_key(value.key, value.value) and not is_local_mode(value.span.path, graph):
        yield _observation(
            _of_switch(value.span.path, value.key),
            f"`{value.key}: {value.value}` lets every model pass",
            value.span,
        )
    if _FILES.search(value.key) and re.search(r"[/.]", value.value):
        for other in graph.facts_in(value.span.path, ConfigValue):
            same_level = other.key.rpartition(".")[0] == value.key.rpartition(".")[0]
            if same_level and _HELD.search(other.key) and other.value == value.value:
                yield _observation(
                    f"evaluation:{value.span.path}:{other.key}",
                    f"`{other.key}` and `{value.key}` are the same file, so that the evaluation measures what was learnt by heart",
                    other.span,
                    value.span,
                )


def _in_code(part: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    programs = programs_of(graph)
    code = programs.by_path[part.span.path]
    path = code.path
    for span, name in swallowed_evaluations(programs, code):
        yield _observation(
            f"evaluation:{path}:{name}",
            f"the failure of `{name}` is caught and forgotten",
            span,
        )
    for span in swallowed_refusals(code):
        yield _observation(
            f"evaluation:{path}:refusal",
            "a metric below its limit raises, and the `except` of the same `try` forgets it",
            span,
            right=_STOP,
        )
    for span, name in empty_comparisons(code):
        yield _observation(
            f"evaluation:{path}:{name}", f"`{name}` is asked to be more than nothing", span
        )
    for span, what in (*empty_limits(code), *option_limits(programs, code)):
        yield _observation(
            f"evaluation:{path}:{what.partition(' ')[0]}", f"`{what}` lets every model pass", span
        )
    for span in gates_that_pass(code):
        yield _observation(
            f"evaluation:{path}:result", "the gate compares and then always succeeds", span
        )
    for span in gates_that_warn(code):
        yield _observation(
            f"evaluation:{path}:warned",
            "a metric below its limit is only written to the log, and the model is published",
            span,
            right=_STOP,
            confidence=Confidence.MEDIUM,
        )
    for span in measured_on_seen(programs, code):
        yield _observation(
            f"evaluation:{path}:seen",
            "the model is measured only on the rows that it learnt from",
            span,
            confidence=Confidence.MEDIUM,
        )
    trains = {each.path for each in training_codes(graph)}
    for span, told in trained_on_held_out(programs, code):
        if "added" in told and path not in trains:
            continue
        confident = path in feeding_codes(graph)
        yield _observation(
            f"evaluation:{path}:held-out",
            f"the training sees the held-out rows: {told}",
            span,
            confidence=None if confident else Confidence.LOW,
        )


def _observation(
    subject: str,
    what: str,
    span: Span,
    *more: Span,
    confidence: Confidence | None = None,
    right: str = _RIGHT,
) -> Observation:
    return Observation(
        subject=subject,
        message=(
            f"In `{span.path}` {what}. A bad or exchanged model ships like a good one. Right would be {right}."
        ),
        evidence=(Evidence(span, what), *(Evidence(other, "the other") for other in more)),
        confidence=confidence,
    )
