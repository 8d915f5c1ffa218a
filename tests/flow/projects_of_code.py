"""Small Python projects → the facts that the data flow analysis concludes."""

from __future__ import annotations

from typing import TypeVar

from whence.flow.solve import solve
from whence.readers.code import config_values, notebook, python
from whence.readers.contract import Source
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import Use
from whence.vocabulary.graph import SupplyGraph

F = TypeVar("F", bound=Use)


def stated(files: dict[str, str | bytes]) -> list[Fact | Unread]:
    """What the readers of code and configuration state about the files."""
    found: list[Fact | Unread] = []
    for path, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        for reader in (python, notebook, config_values):
            if reader.claims(path, data[:4096]):
                found.extend(reader.read(Source.of_bytes(path, data)))
    return found


def concluded(files: dict[str, str | bytes], kind: type[F], *given: Fact) -> list[F]:
    """The facts of one kind that the analysis concludes."""
    facts = [fact for fact in stated(files) if not isinstance(fact, Unread)]
    return sorted(
        (fact for fact in solve(SupplyGraph(facts=[*facts, *given])) if isinstance(fact, kind)),
        key=lambda fact: fact.span,
    )
