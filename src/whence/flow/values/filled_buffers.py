"""Calls that write what they fetch into a buffer that they are given.

Sources: the reference pages of shutil, ftplib, boto3, google-cloud-storage, paramiko and
azure-storage-blob.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.program.callee import Callees
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import Attribute, Call

_FILLS: dict[str, tuple[int | str, ...]] = {
    "boto3.Client().download_fileobj": ("Fileobj", 2),
    "boto3.Bucket().download_fileobj": ("Fileobj", 1),
    "boto3.Object().download_fileobj": ("Fileobj", 0),
    "google.cloud.storage.Blob().download_to_file": ("file_obj", 0),
    "google.cloud.storage.Client().download_blob_to_file": ("file_obj", 1),
    "azure.storage.blob.BlobClient().download_blob().readinto": ("stream", 0),
    "ftplib.FTP().retrbinary": ("callback", 1),
    "ftplib.FTP().retrlines": ("callback", 1),
    "paramiko.SFTPClient().getfo": ("fl", 1),
}
# Messages of protocol buffers are made empty and filled with what was received.
_PARSED_INTO = frozenset({"ParseFromString", "MergeFromString"})
_TAILS = frozenset(name.rpartition(".")[2] for name in _FILLS)


def filled(callees: Callees, scope: Scope) -> Iterator[tuple[int, int]]:
    """Each buffer of a function that a call fills, with the value that it is filled with."""
    for at, value in enumerate(scope.values):
        if value.__class__ is not Call:
            continue
        name = last_name(scope.values, value.callee)
        if name == "copyfileobj" and len(value.args) > 1:
            yield value.args[1], value.args[0]
        elif name in _PARSED_INTO and value.args:
            held = scope.values[value.callee]
            if held.__class__ is Attribute:
                yield held.base, value.args[0]
        elif name in _TAILS:
            for dotted in callees.dotted(scope, at):
                given = argument_of(scope, at, _FILLS[dotted]) if dotted in _FILLS else None
                if given is not None:
                    held = scope.values[given]
                    yield held.base if held.__class__ is Attribute else given, at
