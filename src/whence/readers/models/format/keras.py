"""Keras configurations: what rebuilding a model from its JSON imports, runs or reads.

Facts: Keras 2 and 3 `saving` sources; CVE-2024-3660 (Lambda), CVE-2025-1550 (`module`),
CVE-2025-8747 (functions of Keras itself), CVE-2025-9905 and CVE-2025-9906 (H5 and
`enable_unsafe_deserialization`), CVE-2025-12058 (vocabulary files), CVE-2025-49655 (torch wrapper).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.data.structured import mappings
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData

_LIMIT = 16 * 1024 * 1024
_OWN = frozenset(
    ("keras", "tensorflow", "tf_keras", "keras_nlp", "keras_hub", "keras_cv", "keras_tuner",
     "tensorflow_addons", "tensorflow_hub", "tensorflow_probability", "tfa", "tf", "numpy", "jax")
)  # fmt: skip
_DANGEROUS = frozenset(
    (
        "os", "posix", "nt", "subprocess", "builtins", "__builtin__", "sys", "shutil", "socket",
        "importlib", "runpy", "pty", "ctypes", "pickle", "marshal", "code", "codeop", "asyncio",
        "multiprocessing", "webbrowser", "urllib", "http", "requests", "ftplib", "smtplib",
        "timeit", "pdb", "bdb", "cProfile", "profile", "pydoc", "platform", "tempfile", "pathlib",
    )
)  # fmt: skip
_KERAS_GADGETS = {
    "get_file": "downloads a file and can unpack it anywhere",
    "enable_unsafe_deserialization": "switches Keras' own protection off for what follows",
    "load_model": "loads another model that the configuration names",
    "load_weights": "loads another file that the configuration names",
    "TorchModuleWrapper": "unpickles a torch module that the configuration holds",
    "TFSMLayer": "loads a SavedModel from a path that the configuration names",
}
_IN_BYTECODE = re.compile(
    rb"(?<![\w])(?:system|popen|Popen|subprocess|socket|urlopen|urlretrieve|requests|execv[pe]*"
    rb"|spawn\w*|exec|eval|compile|__import__|importlib|check_output|check_call|remove|rmtree"
    rb"|open|ctypes|pickle|marshal|b64decode)(?![\w])"
)
_LOOKUPS = frozenset(("StringLookup", "IntegerLookup", "IndexLookup", "TextVectorization"))


def inspect(part: Part) -> Found:
    """What one `config.json` of a `.keras` file does."""
    raw = part.read_all(_LIMIT + 1)
    try:
        config = json.loads(raw) if len(raw) <= _LIMIT else None
    except (ValueError, RecursionError):
        config = None
    if config is None:
        yield part.unread("the configuration is not JSON of a sane size")
        return
    yield from judged(config, part.span(), legacy=False)


def judged(config: Any, span: Span, *, legacy: bool) -> Iterator[ConfiguredCode | ExternalData]:
    """The facts of a configuration. `legacy` is H5, where no safe mode ever asks."""
    told: set[tuple[str, str]] = set()
    for keys, mapping in mappings(config):
        if "class_name" not in mapping:
            continue
        for found in (*_lambda(mapping, span, legacy), *_module(mapping, keys, span, legacy)):
            if (found.mechanism, found.target) not in told:
                told.add((found.mechanism, found.target))
                yield found
        yield from _vocabulary(mapping, span)


def _lambda(mapping: dict[str, Any], span: Span, legacy: bool) -> Iterator[ConfiguredCode]:
    if mapping["class_name"] not in ("Lambda", "__lambda__"):
        return
    config = mapping.get("config")
    if not isinstance(config, dict):
        return
    for setting in ("function", "output_shape", "mask", "code", "arguments"):
        code = _code_of(config.get(setting))
        if code is not None:
            yield _of_bytecode(code, setting, span, legacy)


def _code_of(value: Any) -> bytes | None:
    """The marshalled code that a setting holds, in any of the three shapes of Keras 1 to 3."""
    if isinstance(value, dict):
        if value.get("class_name") == "__lambda__" and isinstance(value.get("config"), dict):
            return _code_of(value["config"].get("code"))
        return _code_of(value.get("config")) if value.get("class_name") == "__tuple__" else None
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, str) or len(value) < 40:
        return None
    try:
        decoded = base64.b64decode(value)
    except (binascii.Error, ValueError):
        return None
    return decoded if decoded[:1] in (b"c", b"\xe3") else None


def _of_bytecode(code: bytes, setting: str, span: Span, legacy: bool) -> ConfiguredCode:
    names = sorted({found[0].decode() for found in _IN_BYTECODE.finditer(code)})
    reason = "Python bytecode in a Lambda layer runs when the model is called"
    if names:
        reason += f"; it uses {', '.join(names)}"
    return ConfiguredCode(
        span,
        "keras-lambda",
        setting,
        f"{len(code)} bytes of bytecode",
        "load" if legacy else "flag",
        reason,
        verdict="malicious" if names else "review",
    )


def _module(
    mapping: dict[str, Any], keys: tuple[str, ...], span: Span, legacy: bool
) -> Iterator[ConfiguredCode]:
    module, name = mapping.get("module"), mapping.get("class_name")
    if name == "function" and isinstance(mapping.get("config"), str):
        name = mapping["config"]
    if not isinstance(name, str):
        return
    top = module.split(".")[0] if isinstance(module, str) else ""
    setting = printable(".".join(keys[-3:]) or "class_name")
    target = printable(f"{module}.{name}" if top else name)
    if name in _KERAS_GADGETS and (top in _OWN or not top):
        reason = f"Keras' own `{name}` {_KERAS_GADGETS[name]}"
        verdict = "review" if name in ("TFSMLayer",) else "malicious"
        yield ConfiguredCode(span, "keras-function", setting, target, "load", reason, "", verdict)
    elif top in _DANGEROUS and not (top == "builtins" and name in ("dict", "list", "str", "int")):
        reason = "rebuilding the model imports this and calls it"
        yield ConfiguredCode(
            span, "keras-module", setting, target, "load", reason, verdict="malicious"
        )
    elif top and top not in _OWN and top != "builtins" and not mapping.get("registered_name"):
        reason = "rebuilding the model imports this module if it is installed"
        yield ConfiguredCode(span, "keras-module", setting, target, "load", reason)


def _vocabulary(mapping: dict[str, Any], span: Span) -> Iterator[ExternalData]:
    config = mapping.get("config")
    if mapping["class_name"] not in _LOOKUPS or not isinstance(config, dict):
        return
    vocabulary = config.get("vocabulary")
    if isinstance(vocabulary, str):
        escapes = "URL" if "://" in vocabulary else "absolute path" if vocabulary[:1] == "/" else ""
        if ".." in vocabulary.split("/"):
            escapes = "parent directory"
        yield ExternalData(span, printable(vocabulary), escapes)
