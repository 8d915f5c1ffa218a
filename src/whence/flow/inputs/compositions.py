"""Configuration that one file puts together of others, and values that point to others.

Hydra reads the file that the code names, and what its `defaults` list names: `- base` at the same
place, `- db: postgres` the file `db/postgres.yaml` under the key `db`. OmegaConf replaces
`${paths.root}` by the value of that key, and `${oc.env:NAME,default}` by a variable.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator

from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.graph import SupplyGraph

DEPTH = 6
VALUES = 5000
_ENTRY = re.compile(r"(?:(.*)\.)?defaults\.\d+(?:\.([^.]*))?(?:\.\d+)?")
_WORDS = re.compile(r"^(?:(?:override|optional)\s+)+")
_REFERENCE = re.compile(r"\$\{([.\w-]+)\}")
_VARIABLE = re.compile(r"\$\{(?:oc\.)?env:([A-Za-z_]\w*)(?:,\s*([^{}]*))?\}")


class Compositions:
    """The values that files with a `defaults` list get from other files."""

    def __init__(self, graph: SupplyGraph) -> None:
        self._graph = graph
        self._lists: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for fact in graph.facts_of(ConfigValue):
            found = _ENTRY.fullmatch(fact.key) if "defaults." in fact.key else None
            if found and not found[1] and fact.value not in ("_self_", ""):
                self._lists[fact.span.path].append((found[2] or "", fact.value))
        self._known: dict[str, dict[str, list[ConfigValue]]] = {}

    def of(self, file: str, key: str) -> list[ConfigValue]:
        """What other files give for a key of a composed file."""
        path = posixpath.normpath(file)
        if path not in self._lists:
            return []
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = defaultdict(list)
            for number, (name, fact) in enumerate(self._named(path, "", 0, frozenset())):
                if number >= VALUES:
                    break
                known[name].append(fact)
        return known.get(key, [])

    def _named(
        self, file: str, package: str, depth: int, above: frozenset[str]
    ) -> Iterator[tuple[str, ConfigValue]]:
        if depth >= DEPTH or file in above:
            return
        for entry, name in self._lists.get(file, ()):
            path, below = _placed(file, package, entry, name)
            for fact in self._graph.facts_in(path, ConfigValue):
                if not fact.key.startswith("defaults."):
                    yield (f"{below}.{fact.key}" if below else fact.key), fact
            yield from self._named(path, below, depth + 1, above | {file})


def _placed(file: str, package: str, entry: str, name: str) -> tuple[str, str]:
    """The file that an entry of a list means, and the key that its values stand under."""
    entry, _, given = _WORDS.sub("", entry).partition("@")
    name, _, renamed = name.partition("@")
    given = given or renamed
    group = entry or posixpath.dirname(name)
    folder = posixpath.dirname(file)
    for _ in range(package.count(".") + 1 if group.startswith("/") and package else 0):
        folder = posixpath.dirname(folder)
    bare = posixpath.basename(name) if not entry else name
    path = posixpath.join(folder, group.strip("/"), f"{bare.removesuffix('.yaml')}.yaml")
    if given == "_global_":
        return posixpath.normpath(path), ""
    start = "" if group.startswith("/") else package
    own = given.removeprefix("_here_").strip(".") if given else group.strip("/").replace("/", ".")
    return posixpath.normpath(path), f"{start}.{own}".strip(".")


def points_to(value: str, key: str) -> str:
    """The key that a value wholly stands for; empty where it does not."""
    found = _REFERENCE.fullmatch(value.strip())
    return _absolute(found[1], key) if found else ""


def parts_of(value: str, key: str) -> Iterator[tuple[str, str]]:
    """The references inside a value, as written, each with the key that it means."""
    for found in _REFERENCE.finditer(value):
        yield found[0], _absolute(found[1], key)


def variables_in(value: str) -> Iterator[tuple[str, str, str]]:
    """The variables inside a value: as written, name, default."""
    for found in _VARIABLE.finditer(value):
        yield found[0], found[1], found[2] or ""


def _absolute(name: str, key: str) -> str:
    """A key as seen from the root; leading dots count from the place of the value."""
    bare = name.lstrip(".")
    dots = len(name) - len(bare)
    above = key.split(".")[:-dots] if dots else []
    return ".".join((*above, bare))
