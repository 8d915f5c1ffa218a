"""What a run of bytes is, by its content. Names and extensions decide nothing here."""

from __future__ import annotations

import re

from whence.readers.models.format import paddle_tensors
from whence.readers.models.opcode_run import is_opcode_run
from whence.readers.models.part import Part

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\x1f\x8b\x08", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"\x5d\0\0", "lzma"),
    (0, b"\x04\x22\x4d\x18", "lz4"),
    (0, b"\x28\xb5\x2f\xfd", "zstandard"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"ZF0x", "zlib-joblib"),
    (257, b"ustar", "tar"),
    (0, b"\x93NUMPY", "npy"),
    (0, b"GGUF", "gguf"),
    (0, b"\x89HDF\r\n\x1a\n", "hdf5"),
    (4, b"TFL3", "tflite"),
    (4, b"ET12", "executorch"),
    (4, b"FT01", "executorch-tensors"),
    (0, b"\x7fELF", "native"),
    (0, b"MZ", "native"),
    (0, b"\xcf\xfa\xed\xfe", "native"),
    (0, b"\xce\xfa\xed\xfe", "native"),
    (0, b"\xca\xfe\xba\xbe", "native"),
    (0, b"\0asm", "native"),
    (0, b"ftrt", "tensorrt"),
    (0, b"ptrt", "tensorrt"),
    (0, b"CBM1", "catboost"),
    (0, b"binf", "xgboost-binary"),
    (0, b"{L\0\0\0\0\0\0\0\x07learner", "xgboost-ubj"),
)
_ZLIB_HEADS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_HIGHEST_PROTOCOL = 5
_PICKLE_NAMES = (
    ".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt", ".pdparams", ".pdopt", ".sav",
    ".bin", ".npy",
)  # fmt: skip
_OF_TORCH_TAR = frozenset(("pickle", "storages", "tensors"))
_CONTROL = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f]")
_HEADER_LIMIT = 512 * 1024 * 1024


def kinds(part: Part) -> list[str]:
    """Every format that a loader might take the bytes for, the likeliest first; empty for none."""
    return kinds_of(part.head, part.size)


def kinds_of(head: bytes, size: int) -> list[str]:
    """The same by the first 4 KiB and the size, -1 where it is not known."""
    found = [name for at, magic, name in _SIGNATURES if head.startswith(magic, at)]
    if found[:1] != ["zip"] and is_pickle(head):
        found.append("pickle")
    if head[:2] in _ZLIB_HEADS and not found:
        found.append("zlib")
    if is_safetensors(head):
        found.append("safetensors")
    if not found and paddle_tensors.matches(head):
        found.append("paddle-tensors")
    if not found and (size > 512 or size < 0) and is_old_tar(head):
        found.append("tar")
    return found


def is_pickle(head: bytes) -> bool:
    """Whether an unpickler would get beyond the first opcodes of these bytes."""
    if len(head) < 2:
        return False
    if head[0] == 0x80:
        return head[1] <= _HIGHEST_PROTOCOL
    return is_opcode_run(head)


def is_safetensors(head: bytes) -> bool:
    """Eight bytes of length, then a JSON object."""
    if len(head) < 10 or head[8:9] != b"{":
        return False
    return 2 <= int.from_bytes(head[:8], "little") <= _HEADER_LIMIT


def is_old_tar(head: bytes) -> bool:
    """A tar header without the `ustar` mark: the sum of its bytes is the proof."""
    if len(head) < 512 or not head[0]:
        return False
    recorded = head[148:156].strip(b" \0")
    if not recorded or re.fullmatch(rb"[0-7]+", recorded) is None:
        return False
    return int(recorded, 8) == sum(head[:148]) + 8 * 32 + sum(head[156:512])


def has_pickle_name(name: str) -> bool:
    """Whether loaders unpickle files of this name without looking at how they begin."""
    return name.lower().endswith(_PICKLE_NAMES) or name.rpartition("/")[2] in _OF_TORCH_TAR


def is_text(head: bytes) -> bool:
    """Whether the first 4 KiB are UTF-8 without control characters that no text has."""
    if _CONTROL.search(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) > 3
    return True
