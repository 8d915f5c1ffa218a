"""Data in the repository has no licence recorded."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from whence.rules.data.sources.data_reads import data_reads, included_data, matches
from whence.rules.data.sources.data_records import data_root, is_derived, licences_of, origins_of
from whence.rules.data.sources.licences import is_named
from whence.rules.data.sources.programs import programs_of
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.datasets import DataLicence, DataOrigin
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_ROOT_LICENCE = re.compile(r"(?:LICEN[CS]E|COPYING)[\w-]*(?:\.\w+)?", re.IGNORECASE)


@rule(
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    references=("CWE-1357", "AML.T0010.002", "OWASP-LLM03:2025"),
)
def check(graph: SupplyGraph, whole: SupplyGraph) -> Iterator[Observation]:
    """Data that the project carries has no licence recorded.

    Without a licence nobody may use the rows, and a model trained on them can have to be withdrawn. A
    missing licence is also the usual sign that nobody asked where the data comes from.

    ## Attack
    There need be no attacker: the owner of the rows objects. In a supply chain attack the missing
    record helps one: rows that somebody slipped in are as undocumented as the rest, so that nobody
    notices them.

    ## Fix
    Write the licence beside the data, per file where sources differ:
    ```yaml
    ---
    license: cc-by-4.0
    source_datasets: [original]
    ---
    ```

    ## Score
    - AV:N rows come from outside
    - AC:H somebody must object, or must have slipped rows in
    - PR:L a contribution is enough to add rows
    - UI:N training uses what is there
    - S:U the model has to be withdrawn
    - C:N nothing is disclosed
    - I:L the model rests on rows that may not be used
    - A:H a withdrawn model stops the service

    ## Bad
    ```csv data/raw/partner.csv
    text,label
    "a first row of text that came with a mail",positive
    "a second row of text that came with a mail",negative
    ```
    ```markdown data/README.md
    The file `raw/partner.csv` came by mail.  <!-- finding -->
    ```
    ## Bad: one file of two is covered
    ```json data/manifest.json
    {
      "sources": [
        {"path": "data/raw/reviews.csv", "origin": "https://data.example.org/reviews", "licence": "CC0-1.0"},
        {"path": "data/raw/extra.csv", "origin": "https://forum.example.org/dump"}  // finding
      ]
    }
    ```
    ```csv data/raw/reviews.csv
    text,label
    "a first row of text that somebody reviewed once",positive
    ```
    ```csv data/raw/extra.csv
    text,label
    "a first row of text that nobody reviewed at all",positive
    ```
    ## Good
    ```csv data/raw/reviews.csv
    text,label
    "a first row of text that somebody reviewed once",positive
    ```
    ```markdown data/README.md
    ---
    license: cc-by-4.0
    task_categories: [text-classification]
    ---
    Reviews.
    ```
    """
    included = included_data(graph)
    licensed = {path for path in included if _is_licensed(path, graph)}
    roots = {data_root(path) for path in licensed}
    groups: dict[str, list[str]] = defaultdict(list)
    for path in included:
        if path not in licensed and not (is_derived(path) and data_root(path) in roots):
            groups[data_root(path)].append(path)
    for root in sorted(groups):
        yield _observation(root, groups[root], bool(roots), graph)


def _is_licensed(path: str, graph: SupplyGraph) -> bool:
    return any(is_named(licence.licence) for licence in licences_of(path, graph))


def _observation(root: str, paths: list[str], others: bool, graph: SupplyGraph) -> Observation:
    described = [
        origin
        for path in paths
        for origin in origins_of(path, graph)
        if isinstance(origin, DataOrigin) and origin.subject not in (".", "")
    ]
    own = any("/" not in path and _ROOT_LICENCE.fullmatch(path) for path in graph.files)
    severity, because = None, ""
    if not described and own and not others and not graph.facts_of(DataLicence):
        severity = Severity.LOW
        because = "the repository's own licence may be meant to cover it"
    elif not _is_read(paths, graph):
        severity, because = Severity.LOW, "nothing is known to train on it"
    names = ", ".join(f"`{path}`" for path in paths[:4]) + (
        f" and {len(paths) - 4} more" if len(paths) > 4 else ""
    )
    shown = sorted({origin.span for origin in described})[:3]
    return Observation(
        subject=f"data:{paths[0] if len(paths) == 1 else root}",
        message=(
            f"No licence is recorded for {names}. Right would be its licence in a card, a manifest or a"
            f" file beside it in `{root}`."
        ),
        evidence=(
            *(Evidence(span, "describes it and names no licence") for span in shown),
            *(Evidence(_head(path), "no licence recorded") for path in paths[:8]),
        ),
        severity=severity,
        because=because,
    )


def _head(path: str) -> Span:
    """The first line of a file of text, the whole of another."""
    return Span(path, 1, 1) if path.endswith((".csv", ".tsv", ".jsonl", ".txt")) else Span(path)


def _is_read(paths: list[str], graph: SupplyGraph) -> bool:
    programs = programs_of(graph)
    reads = data_reads(graph)
    if not reads:
        return True
    return any(
        matches(read.written, path, programs.by_path.get(read.span.path))
        for path in paths
        for read in reads
    )
