"""Formats of which nothing is interpreted: numbers only, or said not to be read."""

from __future__ import annotations

from whence.readers.models.format import ubjson
from whence.readers.models.part import Found, Part
from whence.vocabulary.fact.models import ModelFile

_WHAT = {
    "tensorrt": (
        "a TensorRT engine is device code for one GPU and one version, and may carry plug-in"
        " libraries: nobody can read it. Build it yourself, from the ONNX model",
        True,
    ),
    "xgboost-binary": ("XGBoost's old binary format is not interpreted", False),
}
_NUMBERS = frozenset(("catboost", "xgboost-ubj"))
_SHORT = "the model are missing: an incomplete download?"


def inspect(part: Part, kind: str) -> Found:
    """The fact that the file is there, covered only where the format is nothing but numbers."""
    if kind in _NUMBERS:
        fault = _fault(part, kind)
        if fault:
            yield part.unread(fault)
        covered = 0.5 if fault else 1.0
        yield ModelFile(part.span(), kind, False, part.size, covered=covered, member=part.member)
        return
    reason, executable = _WHAT[kind]
    yield part.unread(reason)
    yield ModelFile(part.span(), kind, executable, part.size, covered=0.0, member=part.member)


def _fault(part: Part, kind: str) -> str:
    """What is wrong with the length of a file of numbers, empty where it is all there."""
    stream = part.random()
    stream.seek(0)
    if kind == "catboost":
        needed = 8 + int.from_bytes(stream.read(8)[4:], "little")
        return f"{needed - part.size} bytes of {_SHORT}" if needed > part.size else ""
    try:
        end = ubjson.end_of_value(stream, part.size)
    except ubjson.Broken as error:
        return f"the trees cannot be followed: {error}"
    return f"{part.size - end} bytes stand behind the trees" if end < part.size else ""
