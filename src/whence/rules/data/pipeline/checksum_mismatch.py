"""Data files that differ from the digest that the project recorded for them."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.recorded_digests import Comparison, disagreement, is_model, is_source
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.HIGH,
    references=("CWE-354", "CWE-494", "AML.T0020", "OWASP-ML02:2023"),
)
def check(record: RecordedDigest, graph: SupplyGraph) -> Iterator[Observation]:
    """A data file is not the one whose digest the project recorded.

    Either somebody changed the data after they were reviewed, or the record was never kept up. In
    the first case training learns what an adversary chose; in the second the record protects
    nothing, since a wrong digest has become normal.

    ## Attack
    1. The adversary changes rows of the file where it is stored, or in a merge request that shows
       it as a binary difference.
    2. Nobody compares the recorded digest, so the pipeline runs on.
    3. The next model is trained on the changed rows.

    ## Fix
    Find out which of the two is right before anything is trained: compare with the last known good
    copy. Then restore the file or record the new digest in a reviewed change, and let the pipeline
    stop when they differ:
    ```sh
    sha256sum --check --strict SHA256SUMS
    ```

    ## Score
    - AV:N the store or the repository that holds the file is reached over the network
    - AC:L changing a file that nobody compares is enough
    - PR:L somebody with write access to the file
    - UI:N the pipeline reads the file on its next run
    - S:U the training process itself is affected
    - C:N the data are public to whoever changes them
    - I:H the rows decide what the model learns
    - A:L a broken file stops training

    ## Bad
    ```text data/SHA256SUMS
    4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945  reviews.csv  # finding
    ```
    ```text data/reviews.csv
    text,label
    fine,1
    ```
    ## Good
    ```text data/SHA256SUMS
    fd6e70248ab1de875fe69951b7ecb15f5415b5cb640105fc8dedea6e29d2f67b  reviews.csv
    ```
    ```text data/reviews.csv
    text,label
    fine,1
    ```
    ## Good: a history of digests whose last entry agrees, and a file that is not in the tree
    ```yaml data/manifest.yaml
    files:
      - path: reviews.csv
        sha256: 4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945
      - path: reviews.csv
        sha256: fd6e70248ab1de875fe69951b7ecb15f5415b5cb640105fc8dedea6e29d2f67b
      - path: archive.csv
        sha256: 4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945
    ```
    ```text data/reviews.csv
    text,label
    fine,1
    ```
    """
    found = disagreement(record, graph)
    if found is None or is_model(found.path, graph):
        return
    if record.kind == "dvc" and is_source(found.path):
        return
    yield Observation(
        subject=found.path,
        message=(
            f"`{found.path}` is not the file that {record.span} records:"
            f" {record.algorithm} {record.digest[:16]}… there, {found.actual[:16]}… in the tree"
        ),
        evidence=(Evidence(record.span, _recorded(found)), Evidence(Span(found.path), _is(found))),
    )


def _recorded(found: Comparison) -> str:
    return f"records {found.record.algorithm} {found.record.digest}"


def _is(found: Comparison) -> str:
    return f"is {found.actual}"
