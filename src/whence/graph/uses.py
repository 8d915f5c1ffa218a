"""The facts of code that is not only tests', and the code that states them."""

from __future__ import annotations

from typing import TypeVar

from whence.vocabulary.fact.code import Use
from whence.vocabulary.graph import Asset, AssetKind, SupplyGraph, Writers

TESTS = ("test",)
U = TypeVar("U", bound=Use)


def uses_of(graph: SupplyGraph, *kinds: type[U]) -> list[U]:
    """The facts of the kinds that are no tests'."""
    return [use for kind in kinds for use in graph.facts_of(kind) if use.reached_from != TESTS]


def code_of(use: Use) -> Asset:
    """The file that a fact stands in."""
    path = use.span.path
    return Asset(f"code:{path}", AssetKind.CODE, path, "", Writers(("contributor",)))
