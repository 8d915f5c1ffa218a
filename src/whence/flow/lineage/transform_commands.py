"""Commands that cut a model to fewer bits.

Sources: the reference pages of llama.cpp, optimum, AutoAWQ and the ONNX and OpenVINO tools.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.fact.code import Transform
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.graph import SupplyGraph

_QUANTISERS = re.compile(
    r"(?:^|/)(?:llama-quantize|quantize|quantize_gguf|awq|mlx_lm\.convert|ct2-transformers-converter)$"
)
_QUANTISES = re.compile(
    r"(?:optimum-cli (?:onnxruntime|openvino|neuron) quantize|onnxruntime\.quantization|mlx_lm\.convert .*-q\b"
    r"|ct2-transformers-converter .*--quantization|convert_hf_to_gguf\.py .*--outtype[ =]q|auto_gptq|awq\.entry)"
)
_MODEL = re.compile(r"\.(?:gguf|ggml|onnx|bin|safetensors|xml)\b|model")
_MEASURES = re.compile(
    r"(?i)(?:^|[\s/._-])(?:evaluat\w*|eval|benchmark\w*|perplexity|lm[_-]eval|lighteval|validate[_-]model|smoke[_-]?test|test[_-]model)(?:[\s/._-]|$)"
)


def transform_command_facts(graph: SupplyGraph) -> Iterator[Transform]:
    """A fact for every command that quantises a model, with whether a later one measures it."""
    for command in graph.facts_of(ShellCommand):
        text = " ".join(command.argv)
        named = _QUANTISERS.search(command.argv[0]) and _MODEL.search(text)
        if not (named or _QUANTISES.search(text)):
            continue
        later = [
            other
            for other in graph.facts_in(command.span.path, ShellCommand)
            if other.span.first > command.span.first
        ]
        yield Transform(
            command.span,
            command.argv[0].rpartition("/")[2],
            "",
            how="quantised",
            evaluated_after=any(_MEASURES.search(" ".join(other.argv)) for other in later),
            exported_after=True,
        )
