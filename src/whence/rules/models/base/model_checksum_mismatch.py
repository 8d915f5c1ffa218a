"""Model files that differ from the digest that was recorded for them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.rules.data.recorded_digests import Comparison, disagreement, is_model, is_source
from whence.rules.models.model_loads import loads_of, shown
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-354", "CWE-494", "AML.T0010.003", "AML.T0018", "OWASP-ML06:2023"),
)
def check(record: RecordedDigest, graph: SupplyGraph) -> Iterator[Observation]:
    """A model file is not the one whose digest was recorded when it was fetched or trained.

    The weights that the project evaluated are not the weights that it would load. Whoever made
    the difference decides what the model answers and, in a format that carries code, what the
    process does.

    ## Attack
    1. The adversary replaces the file in the store, the cache or the repository.
    2. The record still shows the old digest, but nothing compares the two.
    3. The replaced model is loaded, evaluated by nobody, and served.

    ## Fix
    Do not load the file before you know which of the two is right. Fetch it again from its origin
    into an empty folder and compare with the record; then make the comparison a part of loading:
    ```sh
    sha256sum --check --strict models/SHA256SUMS
    ```
    Keep the record where those who can write the model cannot write it.

    ## Score
    - AV:N stores and hubs are reached over the network
    - AC:L replacing a file that nobody compares is enough
    - PR:N the record is the only thing that would notice a swap on the way
    - UI:R somebody or some pipeline loads it
    - S:C what the file carries acts on the machine that loads it
    - C:H the process reads data and credentials
    - I:H the weights decide every prediction
    - A:H a broken model stops the service

    ## Bad
    ```text models/SHA256SUMS
    4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945  encoder.safetensors  # finding
    ```
    ```safetensors models/encoder.safetensors
    {"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
    zeros 8
    ```
    ## Good
    ```text models/SHA256SUMS
    c725cce4a2a7bf1d67898a30298f2c6efa578b0c445916216cfa1dec969ca388  encoder.safetensors
    ```
    ```safetensors models/encoder.safetensors
    {"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
    zeros 8
    ```
    ## Good: a Git LFS pointer that promises the recorded digest
    ```text models/SHA256SUMS
    4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945  encoder.safetensors
    ```
    ```text models/encoder.safetensors
    version https://git-lfs.github.com/spec/v1
    oid sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945
    size 1048576
    ```
    """
    found = disagreement(record, graph)
    if found is None or not is_model(found.path, graph) or is_source(found.path):
        return
    loads = loads_of(found.path, graph)
    yield Observation(
        subject=found.path,
        message=_message(found),
        evidence=(
            Evidence(record.span, f"records {record.algorithm} {record.digest}"),
            Evidence(Span(found.path), f"is {found.actual}"),
            *shown(loads),
        ),
    )


def _message(found: Comparison) -> str:
    record = found.record
    beside = posixpath.dirname(record.span.path) == posixpath.dirname(found.path)
    kept = (
        "; the record lies beside the file, so whoever swapped one could have changed both"
        if beside and record.kind not in ("signature", "dvc")
        else ""
    )
    return (
        f"`{found.path}` is not the file that {record.span} records:"
        f" {record.algorithm} {record.digest[:16]}… there, {found.actual[:16]}… in the tree{kept}"
    )
