"""Step 2, read: bytes of one file → typed facts, or `Unread` with a reason."""

from whence.readers.reading import read

__all__ = ["read"]
