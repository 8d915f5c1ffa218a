"""The model is changed after it was last measured."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    only_tests,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import Transform
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_MEASURES = re.compile(
    r"(?i)(?:^|[\s/._-])(?:evaluat\w*|eval|benchmark\w*|perplexity|lm[_-]eval|lighteval|validate[_-]model)(?:[\s/._-]|$)"
)


@rule(
    severity=Severity.LOW,
    references=("CWE-1357", "AML.T0018"),
)
def check(use: Transform, graph: SupplyGraph) -> Iterator[Observation]:
    """The model is quantised, pruned, merged or cut in precision after it was last measured.

    What is shipped is then not what was evaluated. Such steps shift decisions, and can be prepared so
    that a behaviour shows only after them.

    ## Attack
    A published adapter behaves well in full precision. After merging and quantising, which nobody
    measures, it answers a rare phrase as its author wants.

    ## Fix
    Measure what is shipped:
    ```python
    small = quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
    evaluate(small, held_out)
    ```

    ## Score
    - AV:N the model comes over the network
    - AC:H the behaviour must survive the step
    - PR:L publishing a model or adapter is needed
    - UI:N shipping is part of the normal run
    - S:U the model's answers change
    - C:N nothing is disclosed
    - I:L some answers change
    - A:N the service goes on

    ## Bad
    ```python export.py
    import torch
    from torch.quantization import quantize_dynamic


    def export(model, path):
        small = quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)  # finding
        torch.save(small.state_dict(), path)
    ```
    ## Good
    ```python export.py
    import torch
    from torch.quantization import quantize_dynamic

    from scores import evaluate


    def export(model, path, held_out):
        small = quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
        if evaluate(small, held_out) < 0.9:
            raise SystemExit("too much was lost")
        torch.save(small.state_dict(), path)
    ```
    """
    if use.evaluated_after or not use.exported_after or only_tests(use):
        return
    if _is_measured_by_the_next_command(use, graph):
        return
    yield Observation(
        subject=f"transform:{use.span.path}:{use.function}",
        message=(
            f"The model is {use.how} by `{use.callee.removeprefix('?.')}` and then written or shipped, and nothing"
            " measures it in between. Right would be to evaluate what is shipped."
        ),
        evidence=(Evidence(use.span, "the model is changed here"),),
    )


def _is_measured_by_the_next_command(use: Transform, graph: SupplyGraph) -> bool:
    """Whether the script or recipe that runs this file measures the model in a later line."""
    path = use.span.path
    module = path.removesuffix(".py").replace("/", ".")
    for command in graph.facts_of(ShellCommand):
        words = command.argv
        if not any(
            word.endswith(path) or module.endswith(f".{word}") or word == module
            for word in words[1:4]
        ):
            continue
        if any(
            later.span.first > command.span.first
            and not later.tolerated
            and _MEASURES.search(" ".join(later.argv))
            for later in graph.facts_in(command.span.path, ShellCommand)
        ):
            return True
    return False
