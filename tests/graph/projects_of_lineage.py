"""Small projects go in, their supply graphs come out; and what may be asked of the lineage."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from whence.auditing import audit
from whence.config import Config
from whence.vocabulary.graph import SupplyGraph

RUNNERS = ("code:", "image:", "workload:", "pipeline:", "config:")


class Link(msgspec.Struct, frozen=True):
    """A line of a project's truth.

    `a -> b` is one step, through names of the same thing; `a => b` any number of steps; `a !> b`
    no way at all. `*` stands for any text, `|` parts spellings, `code:` and its kin name the kind.
    """

    source: str
    how: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} {self.how} {self.target}"


def graph_of(files: dict[str, str], root: Path) -> SupplyGraph:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return audit(root, config=Config(offline=True), use_cache=False).graph


def reached(graph: SupplyGraph, start: str, *, steps_through_code: bool = True) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for flow in graph.out_of(waiting.pop()):
            if flow.target not in found:
                found.add(flow.target)
                if steps_through_code or not flow.target.startswith(RUNNERS):
                    waiting.append(flow.target)
    return found


def told(text: str) -> tuple[dict[str, str], list[Link]]:
    """A project that is written as one text: `=== path` before each file, `=== TRUTH` at the end."""
    files: dict[str, list[str]] = {}
    truth: list[Link] = []
    name = ""
    for line in text.splitlines():
        if line.startswith("=== "):
            name = line.removeprefix("=== ").strip()
        elif name != "TRUTH":
            files.setdefault(name, []).append(line)
        elif line.strip():
            source, how, target = line.split(" ", 2)
            truth.append(Link(source, how, target))
    return {path: "\n".join(lines) + "\n" for path, lines in files.items()}, truth


def is_drawn(graph: SupplyGraph, link: Link) -> bool:
    through_code = link.how != "->"
    return any(
        any(
            _is(each, link.target)
            for each in reached(graph, start, steps_through_code=through_code)
        )
        for start in graph.assets
        if _is(start, link.source)
    )


def _is(asset: str, pattern: str) -> bool:
    bare = asset.partition(":")[2]
    return any(fnmatchcase(asset if each.startswith(RUNNERS) else bare, each)
               for each in pattern.split("|"))  # fmt: skip
