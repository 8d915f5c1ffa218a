"""The answers, sealed beside the project: not a secret, but nothing to stumble upon."""

from __future__ import annotations

import base64
import binascii
import hashlib
import textwrap
import zlib
from pathlib import Path

import msgspec

from whence.challenge.edition import Edition
from whence.challenge.plant import Answer

FILE_NAME = "edition.sealed"
_HEAD = "SentiBot challenge: the answers to this edition, sealed. Open them with the grader.\n\n"
_LIMIT = 8 * 1024 * 1024


class BrokenSeal(Exception):
    """The sealed file is missing, damaged, or not one of ours. The message says which."""


class AnswerKey(msgspec.Struct, frozen=True):
    """What the grader needs of an edition. `digests` tells which files a learner has edited."""

    edition: str
    answers: tuple[Answer, ...]
    chains: tuple[tuple[str, ...], ...]
    digests: dict[str, str]


def sealed(edition: Edition) -> bytes:
    """The sealed file of an edition."""
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in edition.files.items()}
    key = AnswerKey(edition.name, edition.answers, edition.chains, digests)
    packed = zlib.compress(msgspec.msgpack.encode(key), 9)
    body = base64.b85encode(hashlib.sha256(packed).digest() + packed).decode()
    return (_HEAD + "\n".join(textwrap.wrap(body, 100)) + "\n").encode()


def open_key(folder: Path) -> AnswerKey:
    """The answers of the edition in a folder. Raises BrokenSeal."""
    location = folder / FILE_NAME
    try:
        text = location.read_text("ascii")
        packed = base64.b85decode("".join(text.removeprefix(_HEAD).split()))
        digest, packed = packed[:32], packed[32:]
        if hashlib.sha256(packed).digest() != digest:
            raise BrokenSeal(f"{location} was changed: take it from the edition again")
        content = zlib.decompressobj().decompress(packed, _LIMIT)
        return msgspec.msgpack.decode(content, type=AnswerKey)
    except OSError as error:
        raise BrokenSeal(
            f"{location} cannot be read ({error.strerror}): is {folder} an edition of the challenge?"
        ) from None
    except (ValueError, binascii.Error, zlib.error, msgspec.DecodeError):
        raise BrokenSeal(f"{location} is damaged: take it from the edition again") from None


def edited_files(key: AnswerKey, folder: Path) -> tuple[str, ...]:
    """The files of the edition that are now missing or different."""
    changed = []
    for path, digest in sorted(key.digests.items()):
        location = folder / path
        try:
            same = hashlib.sha256(location.read_bytes()).hexdigest() == digest
        except OSError:
            same = False
        if not same:
            changed.append(path)
    return tuple(changed)
