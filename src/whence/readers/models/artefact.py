"""Binary model files, archives and compressed files, whatever they are called."""

from __future__ import annotations

from whence.readers.contract import Source
from whence.readers.models.content import has_pickle_name, is_text, kinds_of
from whence.readers.models.inspection import inspect
from whence.readers.models.opcode_run import may_run_on
from whence.readers.models.part import Budget, Found, Part

VERSION = 6


def claims(path: str, head: bytes) -> bool:
    """Everything that is no text, and text that is a model all the same or is loaded as one."""
    if not is_text(head) or has_pickle_name(path):
        return True
    return bool(kinds_of(head, -1)) or may_run_on(head)


def read(source: Source) -> Found:
    """Facts of every model that the file is or holds."""
    if source.size == 0:
        return
    yield from inspect(Part(source.path, source.size, source.open, Budget(source.size)))
