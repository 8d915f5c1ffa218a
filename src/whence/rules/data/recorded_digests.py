"""Recorded digests joined to the files that they speak of."""

from __future__ import annotations

import posixpath
from collections import defaultdict

import msgspec

from whence.vocabulary.fact.data import ComputedDigest, RecordedDigest
from whence.vocabulary.fact.models import ModelFile, PointerFile
from whence.vocabulary.graph import SupplyGraph

_MODEL_SUFFIXES = frozenset(
    (
        ".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin", ".ckpt", ".safetensors", ".onnx",
        ".h5", ".keras", ".gguf", ".tflite", ".pb", ".npz", ".mar", ".nemo", ".pte", ".engine",
        ".mlmodel", ".pdmodel", ".pdparams", ".cbm", ".ubj", ".skops", ".llamafile", ".model",
    )
)  # fmt: skip
_SOURCE_SUFFIXES = frozenset((".py", ".ipynb", ".sh", ".r", ".jl", ".sql", ".md", ".rst"))


class Comparison(msgspec.Struct, frozen=True):
    """A file beside what was recorded for it. `actual` is empty where nobody computed it."""

    path: str
    record: RecordedDigest
    actual: str

    @property
    def agrees(self) -> bool:
        return self.actual == self.record.digest


def target_of(record: RecordedDigest, graph: SupplyGraph) -> str:
    """The file or folder of the tree that a record means: beside it, else from the root."""
    for path in (record.target, posixpath.normpath(record.written or record.target)):
        if path in graph.files or (
            record.algorithm.endswith("-dir") and graph.facts_in(path, ComputedDigest)
        ):
            return path
    return ""


def compared(record: RecordedDigest, graph: SupplyGraph) -> Comparison | None:
    """The record beside the file as it is; None where the file is not in the tree.

    Where a Git LFS pointer stands in for the file, the digest that the pointer promises counts.
    """
    path = target_of(record, graph)
    if not path or (path == record.span.path and record.kind != "hub-cache"):
        return None
    return Comparison(path, record, _actual(path, record.algorithm, graph))


def _actual(path: str, algorithm: str, graph: SupplyGraph) -> str:
    for pointer in graph.facts_in(path, PointerFile):
        return pointer.digest if pointer.algorithm == algorithm else ""
    if algorithm == "sha256":
        return graph.files[path].digest
    for computed in graph.facts_in(path, ComputedDigest):
        if computed.algorithm == algorithm:
            return computed.digest
    return ""


def disagreement(record: RecordedDigest, graph: SupplyGraph) -> Comparison | None:
    """The comparison where the file differs from its record.

    A record that lists several digests for one file is a history: one that agrees is enough.
    """
    found = compared(record, graph)
    if found is None or not found.actual or found.agrees:
        return None
    same_file = graph.facts_in(record.span.path, RecordedDigest)
    for other in same_file:
        alike = other.algorithm == record.algorithm and other.target == record.target
        if alike and other.digest == found.actual:
            return None
    return found


def records_of(path: str, graph: SupplyGraph) -> list[RecordedDigest]:
    """Every record of one file."""
    found: dict[str, list[RecordedDigest]] = defaultdict(list)
    for record in graph.facts_of(RecordedDigest):
        found[target_of(record, graph)].append(record)
    return found.get(path, [])


def is_model(path: str, graph: SupplyGraph) -> bool:
    """Whether a file holds a model, by content or, where it could not be read, by name."""
    if graph.facts_in(path, ModelFile):
        return True
    return posixpath.splitext(path.lower())[1] in _MODEL_SUFFIXES


def is_source(path: str) -> bool:
    """Whether a file is code or text that a pipeline's lock lists as a dependency."""
    return posixpath.splitext(path.lower())[1] in _SOURCE_SUFFIXES
