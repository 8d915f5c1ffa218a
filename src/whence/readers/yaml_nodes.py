"""YAML as plain nodes with line numbers. Tags are never constructed, `on` and `yes` stay text.

Built from the events of PyYAML's C parser, so that nesting, aliases and size are bounded before
anything is built from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import yaml
from yaml.error import Mark

from whence.readers.contract import Unreadable

MAX_DEPTH = 100
MAX_NODES = 500_000
MAX_SIZE = 16 * 1024 * 1024
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "yes", "on", "y"})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """What every node has: its first and last line, and its size with all aliases expanded."""

    first: int
    last: int
    weight: int = 1

    def get(self, *keys: str) -> Node:
        """The node below these keys, one after the other; an empty scalar where there is none."""
        node: Node = self
        for key in keys:
            if not isinstance(node, Mapping) or key not in node.values:
                return Scalar(self.first, self.first, value="", plain=True)
            node = node.values[key]
        return node

    @property
    def text(self) -> str:
        """The value of a scalar; empty for nulls, mappings and sequences."""
        return ""

    @property
    def items(self) -> list[Node]:
        """The members of a sequence, or a scalar that has a value as its only one."""
        return []

    @property
    def pairs(self) -> list[tuple[Scalar, Node]]:
        """Key and value of each entry of a mapping, merge keys applied."""
        return []

    @property
    def strings(self) -> list[str]:
        """The texts of `items`; of a mapping, its keys."""
        return [item.text for item in self.items if item.text]

    @property
    def truthy(self) -> bool:
        """Whether a scalar says yes, in any of YAML 1.1's spellings."""
        return self.text.lower() in _TRUE


@dataclass(slots=True)
class Scalar(Node):
    """A value. `style` is its quoting: empty for plain, `'`, `"`, `|` or `>`.

    `column` is where it begins on its first line, from 0.
    """

    value: str = ""
    plain: bool = True
    style: str = ""
    tag: str = ""
    column: int = 0

    @property
    def text(self) -> str:
        return "" if self.plain and self.value in _NULLS else self.value

    @property
    def items(self) -> list[Node]:
        return [self] if self.text else []


@dataclass(slots=True)
class Sequence(Node):
    """A list of nodes."""

    members: list[Node] = field(default_factory=list)

    @property
    def items(self) -> list[Node]:
        return self.members


@dataclass(slots=True)
class Mapping(Node):
    """Entries by key. Where a key is given twice the last counts; `duplicates` lists the others.

    Keys that are no scalars are left out.
    """

    keys: dict[str, Scalar] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)
    duplicates: list[tuple[Scalar, Node]] = field(default_factory=list)

    @property
    def pairs(self) -> list[tuple[Scalar, Node]]:
        return [(self.keys[name], value) for name, value in self.values.items()]

    @property
    def strings(self) -> list[str]:
        return list(self.values)


def documents(text: str) -> list[Node]:
    """The documents of a YAML stream; empty documents are left out.

    Raises Unreadable, with the line, for what is no YAML, nests deeper than 100 levels or has
    more than 500 000 nodes once every alias is expanded.
    """
    if len(text) > MAX_SIZE:
        raise Unreadable(f"YAML larger than {MAX_SIZE // 1024 // 1024} MiB")
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
        line = mark.line + 1 if mark else 0
        raise Unreadable(_explained(text, f"not YAML: {problem}"), line) from None
    except (UnicodeError, ValueError) as error:
        raise Unreadable(f"not YAML: {type(error).__name__}") from None
    return builder.roots


def _explained(text: str, problem: str) -> str:
    if re.search(r"(?<!\$)\{\{.{0,500}?\}\}", text):
        return f"a template whose values are filled in elsewhere ({problem})"
    return problem


class _Builder:
    """Puts events together to nodes; one instance per stream."""

    def __init__(self) -> None:
        self.roots: list[Node] = []
        self.open: list[tuple[Mapping | Sequence, list[Node]]] = []
        self.anchors: dict[str, Node] = {}
        self.unfinished: set[str] = set()
        self.names: list[str] = []
        self.nodes = 0

    def take(self, event: yaml.Event) -> None:
        """One event of the stream."""
        line = _mark(event.start_mark).line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._add(_scalar(event), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._aliased(event.anchor or "", line), None)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.anchors = {}

    def _start(self, event: yaml.CollectionStartEvent, line: int) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise Unreadable(f"YAML nested deeper than {MAX_DEPTH} levels", line)
        kind = Mapping if isinstance(event, yaml.MappingStartEvent) else Sequence
        self.open.append((kind(line, line), []))
        self.names.append(event.anchor or "")

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        node, children = self.open.pop()
        name = self.names.pop()
        node.weight += sum(child.weight for child in children)
        if isinstance(node, Mapping):
            _fill(node, children)
        else:
            node.members = children
        ends = [child.last for child in children if child.first >= node.first]
        node.last = max([node.first, *ends])
        if not children:
            end = _mark(event.end_mark)
            node.last = max(node.first, end.line + (1 if end.column else 0))
        self._add(node, name or None)

    def _aliased(self, name: str, line: int) -> Node:
        if name in self.names:
            raise Unreadable(f"the YAML anchor '{name[:40]}' contains itself", line)
        if name not in self.anchors:
            raise Unreadable(f"the YAML alias '{name[:40]}' names nothing", line)
        return self.anchors[name]

    def _add(self, node: Node, anchor: str | None) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES or node.weight > MAX_NODES:
            raise Unreadable(f"YAML of more than {MAX_NODES} nodes with its aliases", node.first)
        if anchor:
            self.anchors[anchor] = node
        if self.open:
            self.open[-1][1].append(node)
        elif not (isinstance(node, Scalar) and not node.text):
            self.roots.append(node)


def _scalar(event: yaml.ScalarEvent) -> Scalar:
    start, end = _mark(event.start_mark), _mark(event.end_mark)
    first, last = start.line + 1, end.line + 1
    if end.column == 0 and last > first:
        last -= 1
    if event.style == "|":
        last = min(last, first + event.value.rstrip("\n").count("\n") + 1)
    style = event.style or ""
    tag = event.tag or ""
    return Scalar(first, last, 1, event.value, not style and not tag, style, tag, start.column)


def _mark(mark: object) -> Mark:
    """The mark of an event; the parser gives every event both of its marks."""
    return cast("Mark", mark)


def _fill(node: Mapping, children: list[Node]) -> None:
    merged: list[Node] = []
    for key, value in zip(children[::2], children[1::2], strict=True):
        if not isinstance(key, Scalar):
            continue
        if key.value == "<<" and key.plain:
            merged.append(value)
            continue
        if key.value in node.values:
            node.duplicates.append((node.keys[key.value], node.values[key.value]))
        node.keys[key.value] = key
        node.values[key.value] = value
    for source in _merge_sources(merged):
        for name, value in source.values.items():
            if name not in node.values:
                node.keys[name] = source.keys[name]
                node.values[name] = value


def _merge_sources(merged: list[Node]) -> Iterator[Mapping]:
    for value in merged:
        for source in value.items if isinstance(value, Sequence) else [value]:
            if isinstance(source, Mapping):
                yield source


_HEADER = re.compile(r"[|>][0-9+-]*\s*(?:#.*)?$")


def script(node: Node, lines: list[str]) -> tuple[str, int, int]:
    """The text of a scalar that holds a shell script, with lines that match the file's.

    `lines` are those of the file. Returns the text, the line number of its first line, and the
    last line that the script stands on. A folded scalar keeps its folds as continued lines; where
    quoting hides the lines, all of the script counts as standing on its first.
    """
    if not isinstance(node, Scalar):
        return "", node.first, node.last
    if node.style == "|":
        return node.value, node.first + 1, node.last
    if node.style == ">":
        return _folded(lines[node.first : node.last]), node.first + 1, node.last
    if node.last > node.first and not node.style:
        raw = [lines[node.first - 1][node.column :], *lines[node.first : node.last]]
        return " \\\n".join(line.strip() for line in raw), node.first, node.last
    return node.value, node.first, node.first


def _folded(lines: list[str]) -> str:
    """The text of a folded block, each fold written as a continued line."""
    stripped = [line for line in lines if line.strip()]
    if not stripped:
        return ""
    indent = len(stripped[0]) - len(stripped[0].lstrip(" "))
    body = [line[indent:] if line[:indent].isspace() else line.lstrip() for line in lines]
    pieces: list[str] = []
    for line, following in zip(body, [*body[1:], ""], strict=True):
        folds = bool(line.strip() and following.strip())
        folds = folds and not line.startswith((" ", "\t")) and not following.startswith((" ", "\t"))
        pieces.append(line + (" \\\n" if folds and not line.rstrip().endswith("\\") else "\n"))
    return "".join(pieces)
