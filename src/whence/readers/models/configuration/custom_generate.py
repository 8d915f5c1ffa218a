"""`custom_generate/generate.py`: a model's own way to generate, which transformers runs.

Facts: transformers' `GenerationMixin.load_custom_generate`: the file is imported by
`from_pretrained` where it is there and the caller allows remote code.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.readers.contract import Source
from whence.vocabulary.fact.models import ConfiguredCode

VERSION = 1
_PLACE = "custom_generate/generate.py"


def claims(path: str, head: bytes) -> bool:
    """By path."""
    return path == _PLACE or path.endswith("/" + _PLACE)


def read(source: Source) -> Iterator[ConfiguredCode]:
    """That the file is there is enough."""
    reason = "Python code of this repository is imported when a caller allows remote code"
    yield ConfiguredCode(
        source.span(1), "custom-generate", "custom_generate", _PLACE, "flag", reason
    )
