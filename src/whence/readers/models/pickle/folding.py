"""Constants that harmless standard functions make of constants, so that hidden names show.

Nothing of the stream is called: each function is matched by name and worked out here, on bounded
constants. Anything else stays a symbolic result.
"""

from __future__ import annotations

import binascii
import codecs
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from whence.readers.models.pickle.values import DATA, PLAIN, Blob, Container, Global, Made

if TYPE_CHECKING:
    from whence.readers.models.pickle.state import Machine

LARGEST: Final = 1 << 20
COST_OF_A_CALL: Final = 256
IMPORTS_BY_NAME: Final = frozenset(
    {"numpy.core._ufunc_reconstruct", "numpy._core._ufunc_reconstruct"}
)
"""Functions of a module's and an attribute's name that import and return it."""

ATTRIBUTE_GETTERS: Final = frozenset({"builtins.getattr", "dill._dill._get_attr"})
_MODULE_IMPORTERS: Final = frozenset(
    {
        "dill._dill._import_module",
        "cloudpickle.cloudpickle.subimport",
        "importlib.import_module",
        "builtins.__import__",
    }
)
LONGEST_NAME: Final = 1_000
_TEXT_CODECS: Final = frozenset({"latin1", "latin_1", "iso8859_1", "utf_8", "utf8", "ascii"})
_BYTE_CODECS: Final = frozenset({"hex", "hex_codec", "base64", "base64_codec", "base_64"})


def folded(m: Machine, callee: object, arguments: object) -> object | None:
    """The constant result of a call, or None if it is not known."""
    if not isinstance(callee, Global) or not isinstance(arguments, tuple) or not arguments:
        return None
    label = callee.label
    if label == "copyreg.add_extension":
        _register(m, arguments)
        return None
    if label in IMPORTS_BY_NAME:
        return _imported(m, arguments)
    if label in ATTRIBUTE_GETTERS and len(arguments) in (2, 3):
        return _attribute(m, arguments[0], arguments[1])
    if label in ("_codecs.encode", "codecs.encode") and isinstance(arguments[0], Blob):
        return _encoded_blob(arguments[0], arguments[1:])
    maker = _MAKERS.get(label)
    if maker is None or not all(_small(value) for value in arguments):
        return None
    m.fold_room -= COST_OF_A_CALL + sum(_size(value) for value in arguments)
    if m.fold_room < 0:
        return DATA
    try:
        result = maker(*arguments)
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError, zlib.error):
        return None
    m.fold_room -= _size(result)
    return result


def _size(value: object) -> int:
    return len(value) if isinstance(value, str | bytes) else 0


def _small(value: object) -> bool:
    if isinstance(value, str | bytes):
        return len(value) <= LARGEST
    if isinstance(value, int):
        return value.bit_length() <= 64
    if isinstance(value, Container):
        return value.whole and all(type(item) in PLAIN for item in value.items)
    return type(value) in PLAIN


def _imported(m: Machine, arguments: tuple[object, ...]) -> object | None:
    if len(arguments) != 2:
        return None
    module, name = arguments
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    if len(module) + len(name) > LONGEST_NAME:
        return None
    return Global(module, name, m.window.offset - 1, 4)


def _register(m: Machine, arguments: tuple[object, ...]) -> None:
    if len(arguments) != 3 or len(m.extensions) > 1000:
        return
    module, name, code = arguments
    if isinstance(module, str) and isinstance(name, str) and isinstance(code, int):
        m.extensions[code] = Global(module, name, m.window.offset, m.protocol)


def imported_module(value: object) -> str | None:
    """The name of the module that a call imports and returns."""
    if not isinstance(value, Made) or not isinstance(value.callee, Global):
        return None
    if value.callee.label not in _MODULE_IMPORTERS or not isinstance(value.arguments, tuple):
        return None
    name = value.arguments[0] if value.arguments else None
    return name if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME else None


def _attribute(m: Machine, owner: object, name: object) -> object | None:
    if (module := imported_module(owner)) is not None and isinstance(name, str):
        return Global(module, name[:LONGEST_NAME], m.window.offset - 1, 4)
    if not isinstance(owner, Global) or not isinstance(name, str) or not owner.name:
        return None
    if len(owner.name) + len(name) > LONGEST_NAME:
        return None
    return Global(owner.module, f"{owner.name}.{name}", m.window.offset - 1, 4)


def _encoded_blob(text: Blob, rest: tuple[object, ...]) -> object | None:
    """Long bytes as protocols 0 to 2 write them."""
    if text.kind == "str" and rest and _codec(rest[0]) in ("latin1", "latin_1"):
        return Blob("bytes", text.offset, text.length, text.prefix, latin=True)
    return None


def _codec(name: object) -> str:
    return str(name).lower().replace("-", "_")


def _encode(value: object, encoding: object = "utf-8", errors: object = "strict") -> object:
    if isinstance(value, str) and _codec(encoding) in _TEXT_CODECS:
        return value.encode(str(encoding), str(errors))
    if isinstance(value, bytes) and _codec(encoding) in _BYTE_CODECS:
        return binascii.hexlify(value) if "hex" in _codec(encoding) else binascii.b2a_base64(value)
    if isinstance(value, str) and _codec(encoding) in ("rot13", "rot_13"):
        return codecs.encode(value, "rot13")
    return None


def _decode(value: object, encoding: object = "utf-8", errors: object = "strict") -> object:
    if isinstance(value, bytes) and _codec(encoding) in _TEXT_CODECS:
        return value.decode(str(encoding), str(errors))
    if isinstance(value, bytes) and _codec(encoding) in _BYTE_CODECS:
        return codecs.decode(value, str(encoding))
    if isinstance(value, str) and _codec(encoding) in ("rot13", "rot_13"):
        return codecs.decode(value, "rot13")
    return None


def _items(value: object) -> list[object]:
    if isinstance(value, Container):
        return value.items
    if isinstance(value, str | bytes):
        return [value[index : index + 1] for index in range(len(value))]
    raise TypeError


def _join(separator: object, values: object) -> object:
    if isinstance(separator, str):
        return separator.join(str(value) for value in _items(values))[:LARGEST]
    return None


def _bytes(value: object = b"", encoding: object = None) -> object:
    if isinstance(value, str):
        return _encode(value, encoding)
    if isinstance(value, bytes):
        return value
    if isinstance(value, Container) and value.kind == "list":
        return bytes([int(str(item)) for item in value.items])
    return None


def _str(value: object = "", encoding: object = None) -> object:
    if isinstance(value, str | int):
        return str(value)
    return _decode(value, encoding) if encoding is not None else None


def _add(left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return (left + right)[:LARGEST]
    if isinstance(left, bytes) and isinstance(right, bytes):
        return (left + right)[:LARGEST]
    return None


def _inflate(value: object) -> object:
    return zlib.decompressobj().decompress(value, LARGEST) if isinstance(value, bytes) else None


def _chr(value: object) -> object:
    return chr(value) if isinstance(value, int) else None


def _base64(value: object) -> object:
    return binascii.a2b_base64(value) if isinstance(value, str | bytes) else None


def _unhex(value: object) -> object:
    return binascii.unhexlify(value) if isinstance(value, str | bytes) else None


_MAKERS: Final[dict[str, Callable[..., object]]] = {
    "_codecs.encode": _encode,
    "codecs.encode": _encode,
    "_codecs.decode": _decode,
    "codecs.decode": _decode,
    "builtins.str": _str,
    "builtins.bytes": _bytes,
    "builtins.chr": _chr,
    "builtins.str.join": _join,
    "builtins.str.encode": _encode,
    "builtins.bytes.decode": _decode,
    "builtins.bytes.fromhex": _unhex,
    "operator.add": _add,
    "operator.concat": _add,
    "_operator.add": _add,
    "_operator.concat": _add,
    "base64.b64decode": _base64,
    "base64.decodebytes": _base64,
    "binascii.a2b_base64": _base64,
    "binascii.unhexlify": _unhex,
    "binascii.a2b_hex": _unhex,
    "zlib.decompress": _inflate,
}
