"""TorchScript code in an archive: what its functions do besides computing on tensors.

Facts: the TorchScript language reference. The compiler allows few operators that touch files; a
program that loads a model does not need any of them.
"""

from __future__ import annotations

import re

from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import GraphOperation

_LIMIT = 16 * 1024 * 1024
_LITERAL = re.compile(rb"[\"']([^\"'\n]{1,300})[\"']")
_METHOD = re.compile(rb"^  def (\w+)\(", re.MULTILINE)
_EFFECTS = (
    (re.compile(rb"\b(?:torch|ops\.\w+|aten)\.(from_file|read_file|load)\("), "file-read"),
    (re.compile(rb"\b(?:torch|ops\.\w+|aten)\.(save|write_file|to_file)\("), "file-write"),
    (re.compile(rb"\bops\.(?!prim\b|aten\b|quantized\b|torchvision\b|_caffe2\b|profiler\b"
                rb"|onnx\b|mkldnn\b|prepacked\b|sparse\b|quantized_decomposed\b|inductor\b"
                rb"|torchaudio\b|torchtext\b|c10d\b|cuda\b|rocm\b|xnnpack\b|custom_classes\b)"
                rb"(\w+\.\w+)\("), "native"),
    (re.compile(rb"__torch__\.torch\.classes\.(?!quantized\b|sparse\b|rnn\b|xnnpack\b|mkldnn\b"
                rb"|_nnapi\b|c10d\b|dist_c10d\b|dist_rpc\b|metal\b|vulkan\b|profiling\b|torchaudio\b"
                rb"|torchtext\b|tensorexpr\b|cuda\b|inductor\b|aten\b|aoti\b)"
                rb"(\w+\.\w+)"), "native"),
)  # fmt: skip


def inspect(part: Part) -> Found:
    """The operations of one source file of the archive."""
    text = part.read_all(_LIMIT)
    told: set[bytes] = set()
    for pattern, effect in _EFFECTS:
        for found in pattern.finditer(text):
            if found[1] not in told:
                told.add(found[1])
                line = text.count(b"\n", 0, found.start()) + 1
                place = text[found.start() : found.start() + 400].split(b"\n")[0]
                literal = _LITERAL.search(place)
                yield GraphOperation(
                    part.span(f"line {line}"),
                    found[1].decode("ascii", "replace"),
                    _scope(part, text, found.start()),
                    effect,
                    printable((literal[1] if literal else place).decode("utf-8", "replace")),
                )


def _scope(part: Part, text: bytes, at: int) -> str:
    """The file and its method; `__setstate__` is the one that runs as soon as the model is loaded."""
    methods = _METHOD.findall(text, 0, at)
    name = methods[-1].decode() if methods else ""
    when = ", which every load runs" if name == "__setstate__" else ""
    return printable(f"{part.member}, {name}{when}" if name else part.member)
