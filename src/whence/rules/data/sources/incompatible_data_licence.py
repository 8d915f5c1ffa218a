"""Data whose licence forbids what a product does with it."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.sources.data_reads import included_data
from whence.rules.data.sources.data_records import covers
from whence.rules.data.sources.licences import (
    KNOWN,
    NO_DERIVATIVES,
    SHARE_ALIKE,
    conditions_of,
)
from whence.rules.data.sources.programs import is_showcase, is_test
from whence.rules.models.training.training_code import deploys, training_codes
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import DatasetLoad
from whence.vocabulary.fact.datasets import DataLicence
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_TOLD = {
    "non-commercial": "forbids commercial use",
    "share-alike": "asks that what is made from it be given away under the same terms",
    "research-only": "allows research only",
    "no-derivatives": "allows no adaptations",
}


@rule(
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    references=("CWE-1357", "OWASP-LLM03:2025", "AML.T0010.002"),
)
def check(part: DataLicence | DatasetLoad, graph: SupplyGraph) -> Iterator[Observation]:
    """A product that ships is trained on data whose licence forbids that.

    Non-commercial, research-only, no-derivatives or share-alike terms follow the rows into the model.
    The owner can demand that the model be withdrawn or given away.

    ## Attack
    The owner of the data, or a competitor who knows it, shows that the model repeats rows of the
    set. The service stops until a model without them is trained.

    ## Fix
    Use another source, or write down the agreement that allows the use beside the data:
    ```json
    {"path": "data/raw/reviews.csv", "licence": "proprietary, written permission of the publisher"}
    ```

    ## Score
    - AV:N the rows come from outside
    - AC:H somebody must show that the model has seen them
    - PR:N no account is needed to object
    - UI:N the model ships as it is
    - S:U the product is hit
    - C:N nothing is disclosed
    - I:L the model may not be used as it is
    - A:H it has to be withdrawn

    ## Bad
    ```json data/manifest.json
    {
      "sources": [
        {
          "path": "data/raw/reviews.csv",
          "origin": "https://data.example.org/reviews",
          "licence": "CC-BY-NC-4.0"  // finding
        }
      ]
    }
    ```
    ```csv data/raw/reviews.csv
    text,label
    "a first row of text that somebody reviewed once",positive
    ```
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    CMD ["python", "-m", "serve"]
    ```
    ## Bad: a data set of the hub
    ```python train.py
    from datasets import load_dataset
    from transformers import Trainer

    rows = load_dataset("tatsu-lab/alpaca", revision="dce01c9b08f87459cf36a430d809084718273017")  # finding
    Trainer(train_dataset=rows).train()
    ```
    ```python serve.py
    from fastapi import FastAPI

    app = FastAPI()


    @app.post("/answer")
    def answer(text: str):
        return {"text": text}
    ```
    ## Good
    ```json data/manifest.json
    {"sources": [{"path": "data/raw/reviews.csv", "origin": "https://data.example.org/reviews", "licence": "CC-BY-4.0"}]}
    ```
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    CMD ["python", "-m", "serve"]
    ```
    """
    if is_test(part.span.path) or is_showcase(part.span.path) or not deploys(graph):
        return
    if isinstance(part, DataLicence):
        found = conditions_of(part.licence)
        inside = [path for path in included_data(graph) if covers(part.subject, path)]
        if found and not inside and (part.subject in (".", "") or _is_said_better(part, graph)):
            return
        if found and (inside or training_codes(graph)):
            name = f"`{part.subject}`" if part.subject != "." else "the data"
            yield _observation(f"licence:{part.subject}", name, part.licence, found, part)
    elif part.artefact.lower() in KNOWN:
        found = (KNOWN[part.artefact.lower()],)
        yield _observation(
            f"licence:{part.artefact}",
            f"the data set `{part.artefact}`",
            "its licence",
            found,
            part,
        )


def _is_said_better(part: DataLicence, graph: SupplyGraph) -> bool:
    """Whether the same line speaks of a path that is nearer to the truth than this reading of it."""
    others = [
        other
        for other in graph.facts_in(part.span.path, DataLicence)
        if other.span == part.span and other.licence == part.licence and other != part
    ]
    return any(
        len(other.subject) > len(part.subject)
        or any(covers(other.subject, path) for path in graph.files)
        for other in others
    )


def _observation(
    subject: str, name: str, licence: str, found: tuple[str, ...], part: DataLicence | DatasetLoad
) -> Observation:
    mild = set(found) <= {SHARE_ALIKE, NO_DERIVATIVES}
    told = " and ".join(_TOLD[condition] for condition in found)
    head = name[0].upper() + name[1:]
    own = licence == "its licence"
    said = (
        f"{head} has a licence which {told}"
        if own
        else f"{head} is under `{licence}`, which {told}"
    )
    return Observation(
        subject=subject,
        message=(
            f"{said}, and the project ships a product."
            " Right would be another source, or a written agreement recorded beside the data."
        ),
        evidence=(Evidence(part.span, f"{', '.join(found)}"),),
        severity=Severity.LOW if mild else None,
        because="whether a model is an adaptation of its data is disputed" if mild else "",
    )
