"""Configuration files (YAML, JSON, TOML, INI) → every value under its dotted key."""

from __future__ import annotations

import configparser
import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import ConfigValue

VERSION = 3
SIZE_LIMIT = 2 * 1024 * 1024
VALUES = 2000
STEPS = 20_000
VALUE_LENGTH = 500
DEPTH = 24
MERGED = 200
_NAMES = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".env")
_SKIPPED = re.compile(
    r"(?:^|/)(?:package(?:-lock)?\.json|pnpm-lock\.yaml|poetry\.lock|.*\.ipynb|yarn\.lock"
    r"|.*\.lock\.json|tokenizer\.json|vocab\.json|.*\.safetensors\.index\.json|node_modules/.*)$"
)


def claims(path: str, head: bytes) -> bool:
    """Configuration by its extension, and `.env` files."""
    name = posixpath.basename(path)
    if name in (".env", "MLproject") or name.startswith(".env."):
        return True
    return path.endswith(_NAMES) and not _SKIPPED.search(path)


def read(source: Source) -> Iterator[Fact | Unread]:
    """A `ConfigValue` for every scalar."""
    if source.size > SIZE_LIMIT:
        return
    name = posixpath.basename(source.path)
    if name.startswith(".env") or name.endswith(".env"):
        found = _environment(source)
    elif name.endswith((".yaml", ".yml", ".json", "MLproject")):
        found = _nodes(source)
    elif name.endswith(".toml"):
        found = _toml(source)
    else:
        found = _ini(source)
    for number, fact in enumerate(found):
        if number >= VALUES:
            yield Unread(source.span(), "config_values", f"more than {VALUES} values")
            return
        yield fact


def _environment(source: Source) -> Iterator[ConfigValue]:
    for number, line in enumerate(source.text.split("\n"), 1):
        found = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)", line)
        if found:
            value = found.group(2).strip().strip("\"'")[:VALUE_LENGTH]
            yield ConfigValue(source.span(number), f"env.{found.group(1)}", value)


def _ini(source: Source) -> Iterator[ConfigValue]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(source.text)
    except configparser.Error as error:
        raise Unreadable(f"not an INI file: {str(error).splitlines()[0]}") from None
    lines = source.text.split("\n")
    section = ""
    for number, line in enumerate(lines, 1):
        head = re.match(r"\s*\[([^\]]+)\]", line)
        if head:
            section = head.group(1)
            continue
        pair = re.match(r"([^=:#;\s][^=:]*)[=:](.*)", line)
        if pair and section:
            key = f"{section}.{pair.group(1).rstrip()}"
            yield ConfigValue(source.span(number), key, pair.group(2).strip()[:VALUE_LENGTH])


def _toml(source: Source) -> Iterator[ConfigValue]:
    section = ""
    for number, line in enumerate(source.text.split("\n"), 1):
        head = re.match(r"\s*\[\[?([^\]]+)\]", line)
        if head:
            section = head.group(1).strip().replace('"', "") + "."
            continue
        pair = re.match(r"\s*([\w.\-\"]+)\s*=(.+)", line)
        if pair:
            value = re.sub(r"(?<!\s)\s+#.*$", "", pair.group(2).strip()).strip("\"'")[:VALUE_LENGTH]
            key = section + pair.group(1).replace('"', "")
            yield ConfigValue(source.span(number), key, value)


def _nodes(source: Source) -> Iterator[ConfigValue]:
    """YAML through its node tree; JSON is read the same way, as it is YAML but for tabs."""
    import yaml

    text = source.text.replace("\t", "  ")
    steps = iter(range(STEPS))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for document in yaml.compose_all(text, Loader=loader):
            if document is not None:
                yield from _walk(source.path, document, "", 0, steps)
    except (yaml.YAMLError, RecursionError) as error:
        raise Unreadable(f"not YAML: {str(error).splitlines()[0]}") from None


def _walk(
    path: str, node: object, key: str, depth: int, steps: Iterator[int]
) -> Iterator[ConfigValue]:
    """The scalars below a node. `steps` runs out where aliases multiply."""
    import yaml

    if depth > DEPTH or next(steps, -1) < 0:
        return
    if isinstance(node, yaml.ScalarNode):
        line = node.start_mark.line + 1
        yield ConfigValue(Span(path, line, node.end_mark.line + 1), key, node.value[:VALUE_LENGTH])
    elif isinstance(node, yaml.MappingNode):
        for name, value in _pairs(node):
            inner = f"{key}.{name}" if key else name
            yield from _walk(path, value, inner, depth + 1, steps)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value[:200]):
            inner = f"{key}.{number}" if key else str(number)
            yield from _walk(path, value, inner, depth + 1, steps)


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    """The items of a mapping: its own, and those of the mappings that `<<` merges into it."""
    import yaml

    own = [(name.value, value) for name, value in node.value if isinstance(name, yaml.ScalarNode)]
    yield from ((name, value) for name, value in own if name != "<<")
    given = {name for name, _ in own}
    for each in _merged([value for name, value in own if name == "<<"], {id(node)}):
        for name, value in each.value:
            if isinstance(name, yaml.ScalarNode) and name.value not in given:
                given.add(name.value)
                yield name.value, value


def _merged(values: list[Any], seen: set[int]) -> Iterator[Any]:
    """The mappings that others are merged of, nearest first, each once."""
    import yaml

    waiting = list(values)
    while waiting and len(seen) < MERGED:
        node = waiting.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting = [*node.value, *waiting]
        elif isinstance(node, yaml.MappingNode):
            yield node
            waiting.extend(value for name, value in node.value if name.value == "<<")
