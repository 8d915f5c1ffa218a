"""JSON, YAML and TOML as plain values, with bounds on depth and on what is walked."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import yaml

from whence.readers.contract import Source, Unreadable

_DEEPEST = 120
_MOST_NODES = 200_000
_LARGEST = 16 * 1024 * 1024


def parsed(source: Source) -> Any:
    """The document in a `.json`, `.yaml`, `.yml` or `.toml` file.

    Anything else is taken for JSON where it begins like it and for YAML otherwise. Raises
    Unreadable where it is none, too deep or too large.
    """
    if source.size > _LARGEST:
        raise Unreadable(f"larger than {_LARGEST // 1024 // 1024} MiB")
    if source.path.endswith(".toml"):
        return _toml(source.text)
    if source.path.endswith(".json") or source.text.lstrip()[:1] in ("{", "["):
        return json_value(source.text)
    return yaml_value(source.text)


def json_value(text: str) -> Any:
    """The value of a JSON text. Raises Unreadable."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise Unreadable("nested too deep") from None
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from None


def yaml_value(text: str) -> Any:
    """The first document of a YAML text. Tags that build objects are refused. Raises Unreadable."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _bound_depth(text, loader)
        for document in yaml.load_all(text, loader):
            return document
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise Unreadable(f"not YAML: {error.problem}", line) from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise Unreadable(f"not YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise Unreadable("nested too deep") from None
    return None


def _bound_depth(text: str, loader: Any) -> None:
    depth = 0
    for event in yaml.parse(text, loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise Unreadable(f"nested more than {_DEEPEST} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unreadable(f"not TOML: {str(error).splitlines()[0]}") from None


def mappings(value: Any) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every mapping in a document with the keys that lead to it, at most 200,000 values seen."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), value)]
    left = _MOST_NODES
    while waiting and left > 0:
        keys, here = waiting.pop()
        left -= 1
        if isinstance(here, dict):
            yield keys, here
            inner = [((*keys, str(key)), below) for key, below in here.items()]
        elif isinstance(here, list):
            inner = [(keys, below) for below in here]
        else:
            continue
        if len(keys) < _DEEPEST:
            waiting.extend(pair for pair in reversed(inner) if isinstance(pair[1], dict | list))


def line_of(text: str, *words: str) -> int:
    """The line of the first word that stands in a text, 0 where none does."""
    for word in words:
        at = text.find(word) if word else -1
        if at >= 0:
            return text.count("\n", 0, at) + 1
    return 0
