"""Model files assembled byte by byte: archives, arrays, pickles with harmless payloads.

A payload runs `true`, prints a word or executes `pass`, and only where somebody unpickles the file,
which nothing here does. Not a plant itself: a package, which the search for plants passes over.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

from whence.challenge.plant import Variation

_EPOCH = (1980, 1, 1, 0, 0, 0)


def text(value: str) -> bytes:
    """The opcode that pushes a string."""
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def integer(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def name(module: str, attribute: str) -> bytes:
    """The opcode that imports a name."""
    return f"c{module}\n{attribute}\n".encode()


def calling(function: bytes, *arguments: bytes) -> bytes:
    """Pushes what a call returns."""
    return function + b"(" + b"".join(arguments) + b"tR"


def strings(values: Sequence[str]) -> bytes:
    """Pushes a list of strings."""
    return b"](" + b"".join(text(value) for value in values) + b"e"


def dictionary(items: Mapping[str, bytes]) -> bytes:
    """Pushes a dictionary of values that are opcodes already."""
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def payload(vary: Variation) -> bytes:
    """Opcodes that run something when they are loaded and leave the stack as it was."""
    looked_up = calling(
        name("builtins", "getattr"),
        calling(name("importlib", "import_module"), text("os")),
        text("system"),
    )
    call = vary.choose(
        calling(name("posix", "system"), text("true")),
        calling(name("os", "system"), text("true")),
        calling(name("subprocess", "check_call"), strings(["true"])),
        calling(text("os") + text("system") + b"\x93", text("true")),
        calling(looked_up, text("true")),
        calling(name("builtins", "exec"), text("pass")),
    )
    return call + b"0"


def pickle(value: bytes, before: bytes = b"") -> bytes:
    """A pickle (protocol 4) of a value, with opcodes that run before it is built."""
    return b"\x80\x04" + before + value + b"."


def _persistent_storage(key: str, count: int) -> bytes:
    parts = text("storage") + name("torch", "FloatStorage") + text(key) + text("cpu")
    return b"(" + parts + integer(count) + b"tQ"


def tensor(key: str, rows: int, columns: int) -> bytes:
    """A tensor as torch writes it: a storage by its key in the archive, shape and stride."""
    shape = b"(" + integer(rows) + integer(columns) + b"t"
    stride = b"(" + integer(columns) + integer(1) + b"t"
    hooks = calling(name("collections", "OrderedDict"))
    return calling(
        name("torch._utils", "_rebuild_tensor_v2"),
        _persistent_storage(key, rows * columns),
        integer(0), shape, stride, b"\x89", hooks,
    )  # fmt: skip


def archive(members: Mapping[str, bytes], *, compressed: bool = False) -> bytes:
    """A zip file that is the same bytes every time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for path, content in members.items():
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            entry.external_attr = 0o644 << 16
            target.writestr(entry, content)
    return stream.getvalue()


def torch_archive(stem: str, data: bytes, storages: Mapping[str, bytes]) -> bytes:
    """What `torch.save` writes: a pickle and the raw storages beside it."""
    return archive(
        {
            f"{stem}/data.pkl": data,
            f"{stem}/byteorder": b"little",
            **{f"{stem}/data/{key}": content for key, content in storages.items()},
            f"{stem}/version": b"3\n",
        }
    )


def floats(vary: Variation, count: int) -> bytes:
    """Little-endian 32-bit numbers that look like weights."""
    return struct.pack(f"<{count}f", *(vary.number(-9999, 9999) / 1e5 for _ in range(count)))


def joblib(data: bytes) -> bytes:
    """What `joblib.dump(..., compress=3)` writes."""
    return zlib.compress(data, 3)


def object_array(data: bytes, length: int) -> bytes:
    """A `.npy` member of Python objects: a header, then their pickle."""
    header = f"{{'descr': '|O', 'fortran_order': False, 'shape': ({length},), }}"
    padded = header + " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode() + data


def float_array(data: bytes, rows: int, columns: int) -> bytes:
    """A `.npy` member of 32-bit numbers."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    padded = header + " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode() + data


def safetensors(tensors: Mapping[str, tuple[str, Sequence[int], bytes]]) -> bytes:
    """A safetensors file of (dtype, shape, bytes) by name."""
    header: dict[str, object] = {}
    position, body = 0, b""
    for key, (dtype, shape, content) in tensors.items():
        offsets = [position, position + len(content)]
        header[key] = {"dtype": dtype, "shape": list(shape), "data_offsets": offsets}
        position += len(content)
        body += content
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    return struct.pack("<Q", len(encoded)) + encoded + body
