"""Model files of which nothing says where they come from."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Iterator

from whence.rules.data.recorded_digests import records_of
from whence.rules.models.model_loads import (
    family,
    is_test_material,
    loads_of,
    names,
    shown,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import Download, ModelExport
from whence.vocabulary.fact.models import ModelFile, ModelOrigin, SignedArtefact
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import AssetKind, FlowKind, SupplyGraph
from whence.vocabulary.rule import rule

_ARRAYS = frozenset(("npy", "npz", "hdf5", "zip", "npy-object"))
_SHOWN = 10


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1357", "CWE-345", "AML.T0010.003", "OWASP-LLM03:2025", "SLSA-BUILD-L1"),
)
def check(model: ModelFile, graph: SupplyGraph) -> Iterator[Observation]:
    """A model is in the tree and nothing records where it comes from.

    If it was swapped, poisoned at its publisher or trained on data that nobody may use, there is
    nothing to compare it with and nobody to ask. An advisory about its origin cannot be matched.

    ## Attack
    1. The adversary gets a file with their weights into the repository or its store, where binary
       differences are not read.
    2. Nobody can say whether the file is the one that was evaluated, or who made it.
    3. The model is served until its behaviour gives it away.

    ## Fix
    Write down the origin with the digest, beside the file, and keep it in review: the hub repository
    with its commit, the URL, or the training run that made it:
    ```markdown
    ---
    base_model: distilbert/distilbert-base-uncased
    ---
    Trained by `train.py` at commit <40 hex digits>, SHA-256 <64 hex digits> of model.safetensors.
    ```

    ## Score
    - AV:N stores and repositories are reached over the network
    - AC:H the adversary must get a file into the tree
    - PR:L an account that may add files
    - UI:R somebody merges or deploys it
    - S:U the model itself is affected
    - C:L predictions and what the model has learned
    - I:H nobody can tell a swapped model from the right one
    - A:N the service keeps running

    ## Bad
    ```safetensors models/encoder.safetensors
    {"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
    zeros 8  # finding
    ```
    ## Good
    ```safetensors models/encoder.safetensors
    {"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
    zeros 8
    ```
    ```markdown models/README.md
    ---
    base_model: distilbert/distilbert-base-uncased
    license: apache-2.0
    ---
    # Encoder
    ```
    """
    path = model.span.path
    if model.format in _ARRAYS or is_test_material(path) or _is_recorded(path, graph):
        return
    if any(_neighbours(model, graph, -1)):
        return
    folder = posixpath.dirname(path) or "."
    alike = list(_neighbours(model, graph, 1))
    digests = records_of(path, graph)
    message = f"`{path}` has no recorded origin: no card, import, download, run or script names it"
    if alike:
        message = f"`{path}` and {len(alike)} more in `{folder}` have no recorded origin"
    yield Observation(
        subject=f"{folder}/{posixpath.basename(family(path))}" if not alike else f"{folder}/",
        message=message,
        evidence=(
            Evidence(model.span, f"{model.format}, {model.size} bytes"),
            *(Evidence(each.span, each.format) for each in alike[:_SHOWN]),
            *shown(loads_of(path, graph)),
        ),
        severity=Severity.LOW if digests else None,
        because="its digest is recorded, so a later swap would show; its origin is not"
        if digests
        else "",
    )


def _neighbours(model: ModelFile, graph: SupplyGraph, step: int) -> Iterator[ModelFile]:
    """Other models of the folder that nothing speaks for, before (-1) or behind (1) this one."""
    models = graph.facts_of(ModelFile)
    folder = posixpath.dirname(model.span.path)
    seen = {model.span.path}
    at = bisect_left(models, model.span, key=lambda each: each.span) + step
    while 0 <= at < len(models):
        path = models[at].span.path
        if folder and not path.startswith(folder + "/"):
            return
        if posixpath.dirname(path) == folder and path not in seen:
            seen.add(path)
            if models[at].format not in _ARRAYS and not _is_recorded(path, graph):
                yield models[at]
        at += step


def _is_recorded(path: str, graph: SupplyGraph) -> bool:
    if any(_speaks_for(origin.subject, path) for origin in graph.facts_of(ModelOrigin)):
        return True
    signed = graph.facts_of(SignedArtefact)
    if any(_speaks_for(target, path) for bundle in signed for target in bundle.targets):
        return True
    if any(
        names(export.artefact, path, export.span.path) for export in graph.facts_of(ModelExport)
    ):
        return True
    if any(names(got.destination, path, got.span.path) for got in graph.facts_of(Download)):
        return True
    makers = (FlowKind.TRAINS, FlowKind.EXPORTS, FlowKind.FETCHES, FlowKind.WRITES, FlowKind.BUILDS)
    return bool(graph.into(f"{AssetKind.MODEL}:{path}", *makers))


def _speaks_for(subject: str, path: str) -> bool:
    """A card in the root of a project is about the project, unless the model lies there too."""
    if subject == ".":
        return "/" not in path
    return path == subject or path.startswith(subject + "/")
