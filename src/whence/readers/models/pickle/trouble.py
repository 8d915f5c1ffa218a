"""Why a pickle stream was not read to its end."""

from __future__ import annotations


class StreamError(Exception):
    """The C unpickler would raise here; what was executed before has been executed."""


class Exhausted(StreamError):
    """The bytes end in the middle of the pickle."""


class BeyondLimit(Exception):
    """Reading on would need more memory or time than an auditor may spend on one stream."""


class NeedsDetail(Exception):
    """Something skipped in bulk turned out to matter; the pickle must be read one by one."""
