"""Diffusers: the pipeline and component classes that `model_index.json` names.

Facts: `DiffusionPipeline.download` and `from_pretrained`: a component is `[library, class]`; a library
that is none of the known ones is a Python file of the repository, run if remote code is allowed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source
from whence.readers.data.structured import json_value, line_of
from whence.readers.models.named_imports import DANGEROUS
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ConfiguredCode

VERSION = 1
_LIBRARIES = frozenset(
    (
        "diffusers", "transformers", "onnxruntime", "onnxruntime.training", "flax", "optimum",
        "diffusers.schedulers", "diffusers.pipelines", "sentencepiece", "optimum.onnxruntime",
        "optimum.intel", "open_clip", "torch", "k_diffusion",
    )
)  # fmt: skip
_PIPELINES = re.compile(
    r"(?:stable_|latent_|versatile_|unidiffuser|paint_by|kandinsky|flux|deepfloyd|audio|musicldm"
    r"|wuerstchen|pixart|hunyuan|lumina|sana|cogv|mochi|ltx|wan|allegro|easyanimate|amused|dit\b"
    r"|blip_diffusion|shap_e|semantic_|spectrogram_|t2i_adapter|controlnet|deprecated|aura_flow"
    r"|qwenimage|hidream|chroma|bria|omnigen|cosmos|skyreels|visualcloze|ledits|marigold|pag\b|i2vgen)"
)  # fmt: skip


def claims(path: str, head: bytes) -> bool:
    """By name."""
    return posixpath.basename(path) == "model_index.json"


def read(source: Source) -> Iterator[ConfiguredCode | Unread]:
    """Components whose class is not one of the libraries' own."""
    index = json_value(source.text)
    for name, value in index.items() if isinstance(index, dict) else ():
        yield from _component(source, str(name), value)


def _component(source: Source, name: str, value: Any) -> Iterator[ConfiguredCode]:
    if not isinstance(value, list) or len(value) < 2 or not isinstance(value[0], str):
        return
    library, kind = value[0], str(value[1])
    repository, _, module = library.rpartition("--")
    if not repository and (module in _LIBRARIES or _PIPELINES.match(module)):
        return
    top = module.split(".")[0]
    reason = "a Python file of the repository is run when a caller allows remote code"
    yield ConfiguredCode(
        source.span(line_of(source.text, f'"{name}"')),
        "custom-pipeline", name, f"{library}.{kind}"[:200], "flag", reason, repository,
        "malicious" if top in DANGEROUS else "review",
    )  # fmt: skip
