"""Content of data, configuration or requests is evaluated as code."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    doubts,
    evidence,
    exposed,
    only_tests,
    severity_of,
    subject,
    told,
    who_decides,
)
from whence.vocabulary.fact.code import (
    CodeEvaluation,
    Exposure,
    Origin,
    OriginKind,
    TemplateRender,
)
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_GUARDS = ("allow-list", "digest", "signature", "parsed", "opt-in")


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-95", "CWE-1336", "AML.T0011", "OWASP-ML10:2023", "OWASP-LLM05:2025"),
)
def check(use: CodeEvaluation | TemplateRender, graph: SupplyGraph) -> Iterator[Observation]:
    """Content of data, configuration or requests is evaluated as code.

    `eval`, `exec`, the expressions of data frames and templates run what they are given. Rows of a
    data set, columns of a table and keys of a configuration are given by others.

    ## Attack
    Whoever contributes a row writes an expression instead of a value, for example one that imports
    `os` and starts a command. The job that reads the row runs it with the job's credentials.

    ## Fix
    Parse literals as literals, and look names up in a table of what is allowed:
    ```python
    import ast

    value = ast.literal_eval(row["value"])
    transform = {"lower": str.lower, "strip": str.strip}[row["transform"]]
    ```

    ## Score
    - AV:N rows and requests come over the network
    - AC:L the content is evaluated as it is
    - PR:N contributing content needs no account on this system
    - UI:N the job runs by itself
    - S:U what runs is the evaluating process
    - C:H it reads what the process reads
    - I:H it changes what the process writes
    - A:H it can end the process

    ## Bad
    ```python features.py
    import pandas as pd

    rows = pd.read_csv("https://data.example.com/reviews.csv")
    rows["weight"] = [eval(text) for text in rows["weight_expression"]]  # finding
    ```
    ## Good
    ```python features.py
    import ast

    import pandas as pd

    LIMIT = eval("2 ** 10")
    rows = pd.read_csv("https://data.example.com/reviews.csv")
    rows["weight"] = [ast.literal_eval(text) for text in rows["weight_expression"]]
    ```
    ## Good: only listed expressions
    ```python features.py
    import sys

    FORMULAS = {"log1p(x)", "x / 2"}


    def formula(text):
        if text not in FORMULAS:
            raise ValueError("unknown formula")
        return eval("lambda x: " + text)


    transform = formula(sys.argv[1])
    ```
    """
    if only_tests(use) or (isinstance(use, TemplateRender) and use.sandboxed):
        return
    for origin in exposed(use, Exposure.UNKNOWN, *_GUARDS):
        if origin.exposure is Exposure.UNKNOWN and not _is_own_text(use, origin):
            continue
        if _is_module(use) and origin.exposure < Exposure.INSIDER:
            continue  # plugins and files of settings that whoever starts the program names
        weak = origin.exposure is Exposure.UNKNOWN
        deed = "runs as a module" if _is_module(use) else "evaluates"
        yield Observation(
            subject=subject(use, origin),
            message=(
                f"`{use.callee}` {deed} {told(origin)}: {who_decides(origin)}.{doubts(origin)}"
                f" Right would be {_right(use)}."
            ),
            evidence=evidence(use, origin, f"{use.callee} {deed.split()[0]} it"),
            severity=severity_of(origin),
            because=who_decides(origin),
            confidence=Confidence.LOW if weak else Confidence.HIGH,
        )


def _is_own_text(use: CodeEvaluation | TemplateRender, origin: Origin) -> bool:
    """Whether nobody known gives a text that is evaluated all the same.

    A template that callers give whole is text of theirs, and rendering it outside of a sandbox is
    this module's choice; what only fills in a part of one, or is compiled, may be the module's own.
    """
    if isinstance(use, TemplateRender):
        return origin.kind is OriginKind.UNKNOWN and origin.detail.startswith("parameter ")
    return use.callee != "compile"


def _is_module(use: CodeEvaluation | TemplateRender) -> bool:
    """Whether a file of code is run, and no text."""
    return isinstance(use, CodeEvaluation) and use.language == "module"


def _right(use: CodeEvaluation | TemplateRender) -> str:
    if _is_module(use):
        return "code that the project ships, or a digest of it compared before it runs"
    return "to parse it as data, or to choose from a table of what is allowed"
