"""Model files laid out so that two readers see two things."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.rules.data.recorded_digests import is_model
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.models import ExternalData, FormatAnomaly, ModelFile, NativeCode
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SHOWN = 8
_DATA_ONLY = frozenset(
    (
        ".safetensors", ".onnx", ".gguf", ".tflite", ".json", ".csv", ".tsv", ".txt", ".md", ".yaml",
        ".yml", ".png", ".jpg", ".jpeg", ".gif", ".parquet", ".arrow", ".wav", ".mp3", ".html", ".xml",
        ".log", ".h5", ".hdf5", ".pb",
    )
)  # fmt: skip
_SUMS = ("check sum", "sum is wrong")
_MINOR = ("data before the archive", "bytes that belong to no member", "bytes behind")


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-436", "CWE-351", "AML.T0010.003", "AML.T0076", "OWASP-ML06:2023"),
)
def check(
    stated: FormatAnomaly | NativeCode | ExternalData | ModelFile, graph: SupplyGraph
) -> Iterator[Observation]:
    """A model file is built so that a scanner and a loader do not see the same content.

    Wrong check sums, headers that disagree, two directories, lengths beyond the file, another
    format than the name says: no exporter writes that. It makes scanners give up, or look at
    a harmless part, while a lenient loader takes the other one.

    ## Attack
    1. The adversary takes a file that a scanner would stop, and breaks one field that loaders
       do not check.
    2. The scanner fails or reads the harmless reading, and the file passes as clean.
    3. The loader takes the other reading and runs what is there.

    ## Fix
    Do not load it. Fetch the file again from its origin and compare the digest with the publisher's;
    if it is the same there, ask how the file was made. Then store it in a form with one reading:
    ```python
    safetensors.torch.save_file(torch.load(path, weights_only=True), "model.safetensors")
    ```

    ## Score
    - AV:N models are fetched over the network
    - AC:H the loader must be the one that takes the hidden reading
    - PR:N publishing a file needs no account of the victim
    - UI:R somebody or some pipeline loads it
    - S:U it acts as the process that loads it
    - C:L what the process can read, where the hidden reading carries code
    - I:H the weights that are used are not those that were checked
    - A:L a wrong length can stop the process

    ## Bad: a tensor that lies about its size
    ```safetensors model.safetensors
    {"w":{"dtype":"F32","shape":[4],"data_offsets":[0,8]}}
    zeros 8  # finding
    ```
    ## Bad: a pickle under the name of a data format
    ```pickle weights.safetensors
    PROTO 2
    EMPTY_DICT  # finding
    UNICODE w
    INT 1
    SETITEM
    STOP
    ```
    ## Good
    ```safetensors model.safetensors
    {"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
    zeros 8
    ```
    ## Good: a download that broke off
    ```safetensors model.safetensors
    {"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}
    zeros 8
    ```
    """
    path = stated.span.path
    if not is_model(path, graph):
        return
    found = list(_reasons(path, graph))
    if not found:
        return
    subjects = [fact for kind in _KINDS for fact in graph.facts_in(path, kind)]
    if stated != subjects[0]:
        return
    worst = min(rank for rank, _ in found)
    shown = [evidence for rank, evidence in sorted(found, key=lambda each: each[0])]
    yield Observation(
        subject=path,
        message=f"`{path}` {shown[0].note}" + (f", and {len(shown) - 1} more" if shown[1:] else ""),
        evidence=tuple(shown[:_SHOWN]),
        severity=Severity.LOW if worst > 1 else None,
        because="every loader finds the same model behind the surplus bytes" if worst > 1 else "",
    )


_KINDS = (FormatAnomaly, NativeCode, ExternalData, ModelFile)


def _reasons(path: str, graph: SupplyGraph) -> Iterator[tuple[int, Evidence]]:
    """What is odd, with its rank: 0 deceives, 1 is broken in a way that scanners stumble on."""
    for anomaly in graph.facts_in(path, FormatAnomaly):
        rank = _rank(anomaly)
        if rank is not None:
            detail = f" ({anomaly.detail})" if anomaly.detail else ""
            yield rank, Evidence(anomaly.span, f"as {anomaly.format}: {anomaly.kind}{detail}")
    for external in graph.facts_in(path, ExternalData):
        if external.escapes:
            note = f"takes data from `{external.location}` ({external.escapes})"
            yield 0, Evidence(external.span, note)
    extension = posixpath.splitext(path.lower())[1]
    for code in graph.facts_in(path, NativeCode):
        note = f"holds {code.format} machine code" + (f" ({code.member})" if code.member else "")
        yield 0, Evidence(code.span, note)
    for model in graph.facts_in(path, ModelFile):
        hides = extension in _DATA_ONLY and not model.member and model.format[:5] != "keras"
        if hides and model.executable:
            note = f"is a {model.format} file under the name of a format that carries no code"
            yield 0, Evidence(model.span, note)


def _rank(anomaly: FormatAnomaly) -> int | None:
    if anomaly.deceptive:
        return 0
    if any(word in anomaly.kind for word in _SUMS):
        return 1
    return 2 if anomaly.kind.startswith(_MINOR) else None
