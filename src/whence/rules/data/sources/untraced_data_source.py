"""Training reads data of which nothing says where it comes from."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator

from whence.rules.data.sources.data_names import is_model, shown
from whence.rules.data.sources.data_reads import (
    Read,
    data_reads,
    included_data,
    matches,
    stands_in_tree,
)
from whence.rules.data.sources.data_records import data_root, is_derived, is_traced
from whence.rules.data.sources.programs import programs_of
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SHARED = (
    "/mnt/",
    "/nfs/",
    "/shared/",
    "/data/",
    "/scratch/",
    "/efs/",
    "/home/",
    "/srv/",
    "/vol/",
    "//",
)


@rule(
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    references=("CWE-1395", "CWE-345", "AML.T0010.002", "AML.T0020", "OWASP-LLM03:2025"),
)
def check(graph: SupplyGraph, whole: SupplyGraph) -> Iterator[Observation]:
    """Training reads data, and nothing records where it comes from.

    Nobody can say who wrote the rows, whether they may be used, or whether these are the rows that
    were meant. A file that somebody added or exchanged looks the same as one that was reviewed.

    ## Attack
    1. An insider, or a contributor whose pull request adds a large file, puts rows among the data.
    2. No record names the file, so that no review has anything to compare it with.
    3. Training takes them in. When the model misbehaves, the trail ends at a file without a history.

    ## Fix
    Record origin, licence and digest beside the data, and review that record like code:
    ```json
    {"sources": [{"path": "data/raw/reviews.csv", "origin": "https://data.example.org/reviews/2024",
                  "licence": "CC-BY-4.0", "sha256": "<64 hex digits>"}]}
    ```
    A Croissant file, a dataset card, `dvc import-url`, or the script that makes the file do as well.

    ## Score
    - AV:N the rows come from somewhere outside
    - AC:H the adversary must get a file among the data
    - PR:L a contribution or write access to the share
    - UI:N training reads whatever is there
    - S:U the model that is trained is changed
    - C:N rows disclose nothing of the project
    - I:H the model learns what the adversary wants
    - A:N training goes on

    ## Bad
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    rows = pd.read_csv("data/raw/partner_reviews.csv")  # finding
    LogisticRegression().fit(rows[["length"]], rows["label"])
    ```
    ```csv data/raw/partner_reviews.csv
    length,label
    120,positive
    30,negative
    71,positive
    88,negative
    16,negative
    ```
    ## Bad: named in a configuration
    ```yaml config/train.yaml
    data:
      train_file: corpus/extra.jsonl  # finding
    ```
    ```python train.py
    import json

    import torch
    import yaml

    config = yaml.safe_load(open("config/train.yaml"))
    rows = [json.loads(line) for line in open(config["data"]["train_file"])]  # finding
    loss = torch.tensor(0.0, requires_grad=True)
    loss.backward()
    ```
    ```json corpus/extra.jsonl
    {"text": "a long enough line of text to count as a row of data", "label": 1}
    ```
    ## Good
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    rows = pd.read_csv("data/raw/reviews.csv")
    LogisticRegression().fit(rows[["length"]], rows["label"])
    ```
    ```csv data/raw/reviews.csv
    length,label
    120,positive
    30,negative
    71,positive
    88,negative
    16,negative
    ```
    ```json data/manifest.json
    {"sources": [{"path": "raw/reviews.csv", "origin": "https://data.example.org/reviews", "licence": "CC0-1.0"}]}
    ```
    ## Good: a script of the project makes it
    ```python generate.py
    import pandas as pd

    pd.DataFrame({"length": [1, 2], "label": [0, 1]}).to_csv("data/synthetic.csv")
    ```
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    rows = pd.read_csv("data/synthetic.csv")
    LogisticRegression().fit(rows[["length"]], rows["label"])
    ```
    """
    programs = programs_of(graph)
    files: dict[str, list[Read]] = defaultdict(list)
    elsewhere: dict[str, list[Read]] = defaultdict(list)
    included = included_data(graph)
    for read in data_reads(graph):
        code = programs.by_path.get(read.span.path)
        matched = [path for path in included if matches(read.written, path, code)]
        for path in matched:
            files[path].append(read)
        if not matched and not stands_in_tree(read.written, graph, code):
            elsewhere[read.written].append(read)
    yield from _untraced_files(files, graph)
    yield from _untraced_elsewhere(elsewhere, graph)


def _untraced_files(files: dict[str, list[Read]], graph: SupplyGraph) -> Iterator[Observation]:
    """One finding per folder of data that training reads and nothing explains."""
    groups: dict[str, list[str]] = defaultdict(list)
    roots_traced = {data_root(path) for path in files if is_traced(path, graph)}
    for path in sorted(files):
        if is_traced(path, graph) or (is_derived(path) and data_root(path) in roots_traced):
            continue
        groups[posixpath.dirname(path)].append(path)
    for folder, paths in groups.items():
        reads = sorted({read.span for path in paths for read in files[path]})
        names = ", ".join(f"`{path}`" for path in paths[:4]) + (
            " and others" if len(paths) > 4 else ""
        )
        yield Observation(
            subject=f"data:{paths[0] if len(paths) == 1 else folder}",
            message=(
                f"Training reads {names}, and nothing records where it comes from. Right would be a"
                " manifest, card or Croissant file with its origin, or the script that makes it."
            ),
            evidence=(
                *(Evidence(span, "read here") for span in reads[:6]),
                *(Evidence(Span(path), "of unknown origin") for path in paths[:6]),
            ),
        )


def _untraced_elsewhere(reads: dict[str, list[Read]], graph: SupplyGraph) -> Iterator[Observation]:
    """Paths outside the tree that nothing fetches, writes or describes."""
    for written in sorted(reads):
        if "://" in written or is_model(written) or not written.startswith(_SHARED):
            continue
        if "?" in written and len(written.replace("?", "").strip("/")) < 8:
            continue
        if is_traced(written, graph):
            continue
        places = sorted({read.span for read in reads[written]})
        yield Observation(
            subject=f"data:{written}",
            message=(
                f"Training reads `{shown(written)}`, which no file of the project fetches, makes or"
                " describes. Right would be a record of its origin and digest in the repository."
            ),
            evidence=tuple(Evidence(span, "read here") for span in places[:6]),
            severity=Severity.LOW,
            because="what stands there is not part of the project",
        )
