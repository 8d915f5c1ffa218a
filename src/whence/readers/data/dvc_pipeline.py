"""DVC pipelines (`dvc.yaml`): what every stage runs, reads and writes.

Facts: the DVC documentation of `dvc.yaml` (`stages`, `cmd`, `deps`, `outs`, `wdir`, `foreach`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.readers.contract import Source, Unreadable
from whence.readers.shell import commands
from whence.readers.yaml_nodes import Mapping, Node, documents
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.datasets import PipelineStage

VERSION = 2
_FILLED = re.compile(r"\$\{\s*[\w.\[\]-]*?(\w+)[\]\s]*\}")


def claims(path: str, head: bytes) -> bool:
    """By name."""
    return posixpath.basename(path) == "dvc.yaml"


def read(source: Source) -> Iterator[Fact | Unread]:
    """A fact per stage and its commands; what a template fills in stays as written (`${item}`)."""
    roots = documents(source.text)
    if not roots:
        return
    stages = roots[0].get("stages")
    if not isinstance(stages, Mapping):
        raise Unreadable("a dvc.yaml without stages")
    for name, stage in stages.pairs:
        body = stage.get("do") if stage.get("do").pairs else stage
        folder = posixpath.join(posixpath.dirname(source.path), body.get("wdir").text)
        cmd = body.get("cmd")
        lines = [item for item in (cmd.items or [cmd]) if item.text]
        command = " && ".join(item.text for item in lines)
        yield PipelineStage(
            source.span(name.first, stage.last),
            name.value,
            command[:2000],
            tuple(_paths(body.get("deps"), folder)),
            tuple(_paths(body.get("outs"), folder)),
        )
        for line in lines:
            script = _FILLED.sub(r"${\1}", line.text)
            yield from commands(script, line.first, source.path, "make", last_line=line.last)


def _paths(node: Node, folder: str) -> Iterator[str]:
    """Paths of a list; an entry may be a mapping whose key is the path."""
    for item in node.items:
        path = item.text or next(iter(item.strings), "")
        if path:
            yield path if "://" in path else posixpath.normpath(posixpath.join(folder, path))
