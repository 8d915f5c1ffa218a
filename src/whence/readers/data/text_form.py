"""Whether the beginning of a file of data is text, and in which form."""

from __future__ import annotations


def is_utf16(head: bytes) -> bool:
    """Whether a byte order mark says UTF-16, as spreadsheets write it."""
    return head.startswith((b"\xff\xfe", b"\xfe\xff"))


def is_text(head: bytes) -> bool:
    """Whether there is no zero byte, or a mark that explains them."""
    return b"\0" not in head or is_utf16(head)


def encoding_of(head: bytes) -> str:
    """The codec for a file that begins like this."""
    return "utf-16" if is_utf16(head) else "utf-8-sig"
