"""Formats that are known and not interpreted: said so, never called clean."""

from __future__ import annotations

from whence.readers.models.part import Found, Part
from whence.vocabulary.fact.models import ModelFile

_WHAT = {
    "executorch": ("an ExecuTorch program is not interpreted", False),
    "tensorrt": ("a TensorRT engine holds device code and plug-ins; it is not interpreted", True),
    "xgboost-binary": ("XGBoost's old binary format is not interpreted", False),
}
_DATA_ONLY = frozenset(("catboost", "xgboost-ubj"))


def inspect(part: Part, kind: str) -> Found:
    """The fact that the file is there, covered only where the format is nothing but numbers."""
    if kind in _DATA_ONLY:
        yield ModelFile(part.span(), kind, False, part.size, covered=1.0, member=part.member)
        return
    reason, executable = _WHAT[kind]
    yield part.unread(reason)
    yield ModelFile(part.span(), kind, executable, part.size, covered=0.0, member=part.member)
