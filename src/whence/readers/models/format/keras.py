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
from whence.readers.models.format import keras_names
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData

_LIMIT = 16 * 1024 * 1024
_IN_BYTECODE = re.compile(
    rb"(?<![\w])(?:system|popen|Popen|subprocess|socket|urlopen|urlretrieve|requests|execv[pe]*"
    rb"|spawn\w*|exec|eval|compile|__import__|importlib|check_output|check_call|remove|rmtree"
    rb"|open|ctypes|pickle|marshal|b64decode|__subclasses__|__globals__|__builtins__|builtins"
    rb"|getoutput|read_file|write_file|load_op_library|py_function|numpy_function)(?![\w])"
)
_LOOKUPS = frozenset(("StringLookup", "IntegerLookup", "IndexLookup", "TextVectorization"))
_BY_SYMBOL = frozenset(("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"))
_NAMED_FUNCTIONS = ("function", "output_shape", "mask")


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
        if not isinstance(mapping.get("class_name"), str):
            continue
        setting = printable(".".join(keys[-3:]) or "class_name")
        for found in (*_lambda(mapping, span, legacy), *_module(mapping, setting, span)):
            if (found.mechanism, found.target) not in told:
                told.add((found.mechanism, found.target))
                yield found
        yield from _vocabulary(mapping, span)


def _lambda(mapping: dict[str, Any], span: Span, legacy: bool) -> Iterator[ConfiguredCode]:
    name, config = mapping["class_name"], mapping.get("config")
    if not isinstance(config, dict):
        return
    if name in _BY_SYMBOL and isinstance(config.get("function"), str):
        yield from _symbol(config["function"], span)
    if name not in ("Lambda", "__lambda__"):
        return
    for setting in (*_NAMED_FUNCTIONS, "code", "arguments"):
        code = _code_of(config.get(setting))
        if code is not None:
            yield _of_bytecode(code, setting, span, legacy)
    for setting in _NAMED_FUNCTIONS:
        module = config.get("module" if setting == "function" else f"{setting}_module")
        function = config.get(setting)
        if isinstance(function, str) and isinstance(module, str):
            yield from _named(module, function, "", printable(setting), span)


def _symbol(symbol: str, span: Span) -> Iterator[ConfiguredCode]:
    """A layer that is one operation of TensorFlow, by its public name."""
    if keras_names.reaches_out(f"tensorflow.{symbol}"):
        reason = "the layer calls this operation of TensorFlow when the model is rebuilt"
        yield ConfiguredCode(
            span, "keras-function", "function", printable(symbol), "load", reason, "", "malicious"
        )


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
    reason = "Python bytecode in a Lambda layer runs when the model is rebuilt and called"
    if names:
        reason += f"; it uses {', '.join(names)}"
    return ConfiguredCode(
        span,
        "keras-lambda",
        setting,
        f"{len(code)} bytes of bytecode",
        "load" if legacy else "unsafe-mode",
        reason,
        verdict="malicious" if names else "review",
    )


def _module(mapping: dict[str, Any], setting: str, span: Span) -> Iterator[ConfiguredCode]:
    name, module = mapping.get("class_name"), mapping.get("module")
    if name == "function" and isinstance(mapping.get("config"), str):
        name = mapping["config"]
    if isinstance(name, str):
        registered = mapping.get("registered_name")
        module = module if isinstance(module, str) else ""
        own = registered if isinstance(registered, str) and ">" in registered else ""
        yield from _named(module, name, own, setting, span)


def _named(
    module: str, name: str, registered: str, setting: str, span: Span
) -> Iterator[ConfiguredCode]:
    """A class or function by its name. `registered` is its own package's, which is no import."""
    opinion = keras_names.opinion_on(module, name, registered=bool(registered))
    if opinion is not None:
        target = printable(f"{module}.{name}" if module else name)
        yield ConfiguredCode(
            span, opinion.mechanism, setting, target, "load", opinion.reason, "", opinion.verdict
        )


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
