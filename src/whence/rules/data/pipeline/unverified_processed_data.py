"""Training reads processed data whose recorded digest nobody compares."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.data.pipeline.compared_paths import is_compared
from whence.rules.data.pipeline.provenance import (
    only_tests,
)
from whence.rules.data.pipeline.written_digests import unlooked
from whence.rules.data.sources.data_names import is_data
from whence.rules.data.sources.data_reads import data_reads
from whence.rules.data.sources.programs import beside, is_showcase, is_test, programs_of
from whence.rules.models.training.training_code import feeding_codes
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import DataRead, OriginKind
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_COMPARED_BY_TOOL = frozenset({"dvc", "lfs-pointer"})


def _checked_by_command(recorded: RecordedDigest, graph: SupplyGraph) -> bool:
    """Whether a command checks the record's file, or a digest that it is handed with the name."""
    record, target = posixpath.basename(recorded.span.path), posixpath.basename(recorded.target)
    for command in graph.facts_of(ShellCommand):
        if command.tolerated or not command.argv[0].rpartition("/")[2].endswith("sum"):
            continue
        if not any(re.fullmatch(r"--check|-\w*c\w*", word) for word in command.argv[1:]):
            continue
        files = [word for word in command.argv[1:] if not word.startswith("-")]
        if any(posixpath.basename(word) == record for word in files):
            return True
        beside = graph.facts_in(command.span.path, ShellCommand) if not files else ()
        if any(target in word for other in beside for word in other.argv):
            return True
    return False


def _names(written: str, target: str) -> bool:
    name = written.removeprefix("./")
    return bool(name) and (
        target == name or target.endswith("/" + name) or name.endswith("/" + target)
    )


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-353", "CWE-345", "AML.T0020"),
)
def check(
    use: DataRead | RecordedDigest | PythonModule, graph: SupplyGraph
) -> Iterator[Observation]:
    """Training reads processed data whose recorded digest nobody compares.

    The project wrote down what the data were, so that a change would be noticed. As nothing compares,
    a change between processing and training is not.

    ## Attack
    Somebody with write access to the folder or volume changes labels after processing. The digest in
    the manifest no longer fits, and the training run does not look.

    ## Fix
    Compare before reading, and stop on a difference:
    ```python
    if hashlib.sha256(path.read_bytes()).hexdigest() != manifest[path.name]:
        raise SystemExit(f"{path} is not what was processed")
    ```

    ## Score
    - AV:N the folder or volume is reached over the network
    - AC:L changing a file is enough
    - PR:L write access to the folder is needed
    - UI:N training reads it by itself
    - S:U the model is changed
    - C:N nothing is disclosed
    - I:H the model learns what the attacker wants
    - A:N the run goes on

    ## Bad
    ```text data/SHA256SUMS
    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  train.csv
    ```
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    rows = pd.read_csv("data/train.csv")  # finding
    model = LogisticRegression().fit(rows[["length"]], rows["label"])
    ```
    ## Good
    ```text data/SHA256SUMS
    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  train.csv
    ```
    ```python train.py
    import hashlib

    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    PATH = "data/train.csv"
    EXPECTED = dict(reversed(line.split()) for line in open("data/SHA256SUMS"))


    def verified(path):
        with open(path, "rb") as stream:
            if hashlib.sha256(stream.read()).hexdigest() != EXPECTED["train.csv"]:
                raise SystemExit("not what was processed")
        return path


    rows = pd.read_csv(verified(PATH))
    model = LogisticRegression().fit(rows[["length"]], rows["label"])
    ```
    """
    if isinstance(use, PythonModule):
        if not is_test(use.span.path) and not is_showcase(use.span.path):
            yield from _written_with_a_digest(use, graph)
        return
    if isinstance(use, RecordedDigest):
        yield from _read_by_feeding_code(use, graph)
        return
    if not use.trains or only_tests(use):
        return
    for origin in use.origins:
        if origin.kind is not OriginKind.FILE or origin.guarded_by("digest", "signature"):
            continue
        for recorded in graph.facts_of(RecordedDigest):
            if recorded.kind in _COMPARED_BY_TOOL or not _names(origin.detail, recorded.target):
                continue
            if not _checked_by_command(recorded, graph):
                yield _observation(recorded, [use.span])


def _written_with_a_digest(module: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """Files that a step of the pipeline writes with their digest, at run time."""
    code = programs_of(graph).by_path[module.span.path]
    for each in unlooked(code, graph):
        yield Observation(
            subject=f"recorded:{module.span.path}",
            message=(
                f"Training reads `{each.name}` and does not compare it with the digest that `{module.span.path}`"
                " writes down for it. Right would be to compare and stop on a difference."
            ),
            evidence=(
                *(Evidence(span, "read for training here") for span in each.reads[:4]),
                Evidence(each.recorded, "the digest that nobody compares"),
            ),
        )


def _read_by_feeding_code(recorded: RecordedDigest, graph: SupplyGraph) -> Iterator[Observation]:
    """Code that prepares rows for training reads the file by any means, and nothing compares."""
    target = recorded.target
    if recorded.kind in _COMPARED_BY_TOOL or not is_data(target) or target not in graph.files:
        return
    if _checked_by_command(recorded, graph):
        return
    programs = programs_of(graph)
    feeding = feeding_codes(graph)
    spans = [
        read.span
        for read in data_reads(graph)
        if "?" not in read.written
        and read.span.path in feeding
        and target in beside(programs.by_path[read.span.path].folder, read.written)
    ]
    if spans and not is_compared(recorded, spans, graph):
        yield _observation(recorded, spans)


def _observation(recorded: RecordedDigest, spans: list[Span]) -> Observation:
    return Observation(
        subject=f"data:{recorded.target}",
        message=(
            f"Training reads `{recorded.target}` and does not compare it with the"
            f" {recorded.algorithm} digest recorded for it. Right would be to compare and"
            " stop on a difference."
        ),
        evidence=(
            *(Evidence(span, "read for training here") for span in spans[:4]),
            Evidence(recorded.span, "the digest that nobody compares"),
        ),
    )
