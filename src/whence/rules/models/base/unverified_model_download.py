"""Model weights are fetched and loaded unchecked."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    doubts,
    evidence,
    subject,
    told,
    who_decides,
)
from whence.rules.data.sources.data_names import is_fixed_address
from whence.rules.data.sources.data_records import is_pinned
from whence.rules.data.sources.programs import is_showcase, is_test
from whence.rules.dependencies.containers.downloads import fetch_of, verified
from whence.rules.models.trusted_loads import Question, raised
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import Deserialization
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_WEIGHTS = re.compile(
    r"(?i)\.(?:pt|pth|ckpt|safetensors|gguf|ggml|onnx|h5|keras|pkl|joblib|tflite|mar|nemo|engine)(?:\.(?:gz|xz|zip))?$"
    r"|(?:^|[_.-])(?:weights|checkpoint|checkpoints|model|models|pretrained)(?:[_.-][\w.-]{0,40})?\.(?:bin|tar|tgz|tar\.gz|zip)$"
)
_NO_CODE = re.compile(r"(?i)\.(?:safetensors|gguf|ggml|onnx|tflite)$")


@rule(
    severity=Severity.HIGH,
    references=("CWE-494", "CWE-345", "AML.T0010.003", "SLSA-S2C2F-ING-4"),
)
def check(use: Deserialization | ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    """Model weights are fetched from a URL or store and loaded without a digest or signature.

    Whoever serves the file, or can write where it is served from, decides what the model answers, and
    in most formats what runs in the process that loads it.

    ## Attack
    The host's account, domain or bucket falls to somebody else, who puts other weights at the same
    address. The next run loads them; nothing in the project has changed.

    ## Fix
    Write the digest down where the code is, and compare before loading:
    ```python
    if hashlib.sha256(path.read_bytes()).hexdigest() != WEIGHTS_SHA256:
        raise SystemExit("these are not the reviewed weights")
    ```

    ## Score
    - AV:N the weights come over the network
    - AC:H the host or store must be taken first
    - PR:N no account on this system is needed
    - UI:N loading is part of the normal run
    - S:U what the model decides is changed
    - C:H code in the weights reads what the process reads
    - I:H the model decides what the attacker wants
    - A:H the process can be ended

    ## Bad
    ```python weights.py
    import urllib.request

    import torch

    URL = "https://weights.example.com/encoder.pt"


    def encoder_state(cache="encoder.pt"):
        urllib.request.urlretrieve(URL, cache)
        return torch.load(cache, weights_only=True)  # finding
    ```
    ## Bad: the digest comes from the same host
    ```python weights.py
    import hashlib

    import requests
    import torch

    URL = "https://weights.example.com/encoder.pt"


    def encoder_state():
        body = requests.get(URL, timeout=60).content
        expected = requests.get(URL + ".sha256", timeout=60).text.split()[0]
        if hashlib.sha256(body).hexdigest() != expected:
            raise ValueError("broken download")
        with open("encoder.pt", "wb") as out:
            out.write(body)
        return torch.load("encoder.pt", weights_only=True)  # finding
    ```
    ## Good
    ```python weights.py
    import hashlib
    import urllib.request

    import torch

    URL = "https://weights.example.com/encoder.pt"
    SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


    def encoder_state(cache="encoder.pt"):
        urllib.request.urlretrieve(URL, cache)
        with open(cache, "rb") as stream:
            digest = hashlib.sha256(stream.read()).hexdigest()
        if digest != SHA256:
            raise RuntimeError("these are not the reviewed weights")
        return torch.load(cache, weights_only=True)
    ```
    """
    if isinstance(use, ShellCommand):
        yield from _by_command(use, graph)
        return
    for origin in raised(Question.FETCHED, use, graph):
        yield Observation(
            subject=f"weights:{subject(use, origin)}",
            message=(
                f"`{use.callee}` loads {told(origin)} and nothing compares a digest or signature"
                f" first: {who_decides(origin)}.{doubts(origin)} Right would be a digest written down"
                " in the code or its configuration, compared before the load."
            ),
            evidence=evidence(use, origin, "the weights are loaded here"),
            severity=Severity.MEDIUM if use.safe else None,
            because="the format carries no code" if use.safe else "",
        )


def _by_command(command: ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    """Weights that a script or an image fetches, and that no code is known to load from there."""
    path = command.span.path
    fetch = fetch_of(command)
    if fetch is None or is_test(path) or is_showcase(path):
        return
    name = posixpath.basename(fetch.target) or posixpath.basename(fetch.url.split("?")[0])
    if not _WEIGHTS.search(name) or is_fixed_address(fetch.url) or fetch.by_commit:
        return
    if verified(fetch, graph) or is_pinned(posixpath.normpath(fetch.target or name), graph):
        return
    if any(name == posixpath.basename(load.artefact) for load in graph.facts_of(Deserialization)):
        return
    plain = _NO_CODE.search(name) is not None
    yield Observation(
        subject=f"weights:{fetch.target or name}",
        message=(
            f"`{path}` fetches the weights `{fetch.shown}` and nothing compares a digest or signature: whoever"
            " controls the address decides what the model answers. Right would be `sha256sum --check` of a"
            " digest that stands in the repository, before the first use."
        ),
        evidence=(Evidence(command.span, "fetched, never compared"),),
        severity=Severity.MEDIUM if plain else None,
        because="the format carries no code" if plain else "",
    )
