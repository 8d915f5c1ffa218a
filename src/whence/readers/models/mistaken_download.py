"""Web pages and error messages that were saved under a model's name: a download that failed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.readers.contract import Source, Unreadable
from whence.vocabulary.fact import Fact

VERSION = 1
_SUFFIXES = frozenset(
    (
        ".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin", ".ckpt", ".safetensors", ".onnx",
        ".h5", ".keras", ".gguf", ".tflite", ".pb", ".npz", ".npy", ".mar", ".nemo", ".zip", ".gz",
        ".cbm", ".ubj", ".skops", ".7z", ".mlmodel", ".msgpack",
    )
)  # fmt: skip
_PAGE = re.compile(rb"\s*(?:<!--.{0,300}?-->\s*)?<(?:!doctype html|html|head)[\s>]", re.I | re.S)
_ERROR = re.compile(
    rb'\s*(?:<\?xml[^>]{0,100}\?>\s*<Error>|\{\s*"(?:error|message|errors|detail|Code)"\s*:)'
)


def claims(path: str, head: bytes) -> bool:
    """A model's name over a text that begins like a page or an error message."""
    if posixpath.splitext(path.lower())[1] not in _SUFFIXES:
        return False
    return _PAGE.match(head) is not None or _ERROR.match(head) is not None


def read(source: Source) -> Iterator[Fact]:
    """Raises Unreadable with what stands there instead of the model."""
    with source.open() as stream:
        is_page = _PAGE.match(stream.read(4096)) is not None
    what = "a web page" if is_page else "an error message of a server"
    raise Unreadable(f"{what} stands in place of the model: the download failed, fetch it again")
    yield
