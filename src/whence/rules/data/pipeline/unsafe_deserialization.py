"""Bytes that others can write become objects, and thereby code."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    content,
    doubts,
    evidence,
    is_here,
    severity_of,
    subject,
    who_decides,
)
from whence.rules.models.offered_loaders import offered
from whence.rules.models.trusted_loads import Question, raised
from whence.vocabulary.fact.code import Deserialization, Exposure, OriginKind
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_FIXES = {
    "torch": "pass `weights_only=True` (torch 2.6 or later) or load safetensors",
    "joblib": "publish the model as ONNX or skops, or check a digest before `joblib.load`",
    "yaml": "use `yaml.safe_load`",
    "yaml-unsafe": "use `yaml.safe_load`",
    "numpy": "pass `allow_pickle=False`",
}


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-502", "AML.T0010.003", "AML.T0011.000", "OWASP-ML06:2023", "OWASP-LLM03:2025"),
)
def check(use: Deserialization, graph: SupplyGraph) -> Iterator[Observation]:
    """Bytes that others can write are turned into objects by a format that can run code.

    Pickle and what is built on it (joblib, torch checkpoints, shelve, pandas pickles) hold
    instructions. Whoever can change the bytes runs commands in the process that loads them, with
    its credentials, its network and its data.

    ## Attack
    Someone who can write the file, the bucket or the page behind the URL replaces the bytes by a
    pickle whose `__reduce__` starts a command. The next load runs it, before any check of what the
    object is. (Bodies of requests and messages have a rule of their own,
    `unsafe-request-deserialization`.)

    ## Fix
    Read a format that holds only data, or check the bytes against a digest from elsewhere first:
    ```python
    state = torch.load(path, map_location="cpu", weights_only=True)
    weights = safetensors.torch.load_file(path)
    ```

    ## Score
    - AV:N the bytes come over the network
    - AC:L a made-up pickle is a few lines
    - PR:N writing the source needs no account on this system
    - UI:N loading is part of the normal run
    - S:U what runs is the loading process
    - C:H it reads what the process reads
    - I:H it changes what the process writes
    - A:H it can end the process

    ## Bad
    ```python refresh.py
    import joblib
    import requests


    def refresh(url, target):
        with open(target, "wb") as out:
            out.write(requests.get(url, timeout=30).content)
        return target


    def load_vectoriser():
        path = refresh("http://models.example.com/tfidf.joblib", "/srv/tfidf.joblib")
        return joblib.load(path)  # finding
    ```
    ## Good
    ```python serve.py
    import hashlib
    import pickle

    import requests

    EXPECTED = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


    def load_encoder(url):
        body = requests.get(url, timeout=30).content
        if hashlib.sha256(body).hexdigest() != EXPECTED:
            raise ValueError("encoder is not the one that was reviewed")
        return pickle.loads(body)
    ```
    ## Good: weights only
    ```python load.py
    import sys

    import torch

    state = torch.load(sys.argv[1], weights_only=True)
    ```
    """
    for origin in raised(Question.CODE, use, graph):
        severity = severity_of(origin)
        offer = offered(use, origin, graph)
        if offer:
            severity = Severity.MEDIUM
        if origin.exposure is Exposure.OUTSIDER and "request" in use.reached_from:
            severity = Severity.CRITICAL
        plain = origin.detail.startswith(("http://", "ftp://")) and not is_here(origin)
        if origin.kind is OriginKind.NETWORK and plain:
            severity = Severity.CRITICAL
        confidence = Confidence.LOW if origin.exposure is Exposure.UNKNOWN else Confidence.HIGH
        advice = _FIXES.get(use.format, "read a format that holds only data, or verify first")
        if use.arguments.get("weights_only") == "True":
            advice = "pin torch 2.6 or later, or load safetensors"
        yield Observation(
            subject=subject(use, origin),
            message=(
                f"`{use.callee.removeprefix('?.')}` loads {content(origin)}: {offer or who_decides(origin)}, and {use.why}."
                f"{doubts(origin)} Right would be: {advice}."
            ),
            evidence=evidence(use, origin, f"{use.callee} turns it into objects"),
            severity=severity,
            because=offer or who_decides(origin),
            confidence=confidence,
        )
