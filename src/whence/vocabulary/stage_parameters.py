"""What the stages of a DVC pipeline are filled with: `${name}` out of `params.yaml` and `vars`.

Facts: the DVC documentation of templating. The reader of `dvc.yaml` keeps the last part of a name.
"""

from __future__ import annotations

import posixpath
import re

from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.graph import SupplyGraph

_NAMED = re.compile(r"\$\{\s*([\w.-]+)\s*\}")


def parameters(pipeline: str, graph: SupplyGraph) -> dict[str, str]:
    """By full name, and by its last part where only one has it, the parameters beside a pipeline."""
    folder = posixpath.dirname(pipeline)
    found: dict[str, str] = {}
    last: dict[str, list[str]] = {}
    for value in graph.facts_in(posixpath.join(folder, "params.yaml"), ConfigValue):
        found[value.key] = value.value
        last.setdefault(value.key.rpartition(".")[2], []).append(value.value)
    for value in graph.facts_in(pipeline, ConfigValue):
        name = re.fullmatch(r"vars\.\d+\.(.+)", value.key)
        if name:
            found[name[1]] = value.value
    for ending, values in last.items():
        if len(values) == 1:
            found.setdefault(ending, values[0])
    return found


def with_parameters(text: str, held: dict[str, str]) -> str:
    """A text with what is known filled in; the rest as it stands."""
    return _NAMED.sub(lambda name: held.get(name[1], name[0]), text) if "${" in text else text
