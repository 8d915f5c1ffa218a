"""Which code loads a model file, as far as the code facts name it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import Deserialization, ModelLoad, OriginKind, Use
from whence.vocabulary.graph import SupplyGraph

_SHARD = re.compile(r"-\d{5}-of-\d{5}(?=\.)")
_TESTS = re.compile(r"(?:^|/)(?:(?:\w+[_-])?tests?|testdata|test_data|fixtures)(?:/|$)")
_SHOWN = 5


def loads_of(path: str, graph: SupplyGraph) -> list[Use]:
    """Every place of the code that loads a file of the tree, or the folder that it stands in."""
    found: list[Use] = []
    for use in (*graph.facts_of(Deserialization), *graph.facts_of(ModelLoad)):
        if any(names(written, path, use.span.path) for written in _written(use)):
            found.append(use)
    return sorted(found, key=lambda use: use.span)


def _written(use: Use) -> Iterable[str]:
    """What the code says it loads: the value itself, else all that it may come from."""
    if use.artefact and "?" not in use.artefact:
        return [use.artefact]
    details = [use.artefact]
    details += [
        origin.detail
        for origin in use.comes_from(
            OriginKind.FILE, OriginKind.CHECKPOINT, OriginKind.SHARED_PATH, OriginKind.CONFIG,
            OriginKind.CONSTANT, OriginKind.COMMAND_LINE, OriginKind.ENVIRONMENT,
        )
    ]  # fmt: skip
    details += [place.name for place in use.places]
    return [detail for detail in dict.fromkeys(details) if detail.strip("?/. ")]


def names(written: str, path: str, code: str) -> bool:
    """Whether a name in the code is this file or a folder over it; `?` stands for anything."""
    name = written.replace("\\", "/").strip()
    if not name.strip("?/. "):
        return False
    if "://" in name or "\n" in name:
        return False
    if name.startswith("/"):
        return "/" in name.strip("/") and name.rstrip("/").endswith("/" + posixpath.basename(path))
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(code), name))
    return any(_covers(each, path) for each in {posixpath.normpath(name), beside})


def _covers(name: str, path: str) -> bool:
    if "?" not in name:
        return path == name or path.startswith(name + "/")
    pattern = ".*".join(re.escape(piece) for piece in re.split(r"\?+", name))
    if re.fullmatch(pattern, path) is None:
        return False
    fixed = name.replace("?", "").strip("/.")
    return len(posixpath.basename(fixed)) > 3 or "/" in fixed


def is_safe(use: Use) -> bool:
    """Whether the call cannot run code that the file carries."""
    return isinstance(use, Deserialization) and use.safe


def shown(uses: list[Use]) -> tuple[Evidence, ...]:
    """The first places as evidence."""
    return tuple(Evidence(use.span, f"{use.callee} loads it") for use in uses[:_SHOWN])


def family(path: str) -> str:
    """The name that all shards of one checkpoint share."""
    return _SHARD.sub("", path)


def is_test_material(path: str) -> bool:
    """Whether a file stands among tests."""
    return _TESTS.search(path) is not None
