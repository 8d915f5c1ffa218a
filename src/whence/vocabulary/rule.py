"""What a rule is: one question, asked of one kind of subject."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterator
from functools import cached_property

from whence.vocabulary.fact import Fact
from whence.vocabulary.finding import Category, Confidence, Observation, Severity
from whence.vocabulary.graph import Asset, AssetKind, Flow, SupplyGraph
from whence.vocabulary.page import Page, parse_page

Check = Callable[[typing.Any, SupplyGraph], Iterator[Observation]]

_CATEGORIES = {
    "dependencies": Category.DEPENDENCY,
    "data": Category.DATA,
    "models": Category.MODEL,
    "deployment": Category.DEPLOYMENT,
}


class Rule:
    """A check with its page. `id`, `category` and `section` follow from where the module stands.

    `section` is the catalogue's, as folder names: `dependencies/python`, `models/serving`.
    """

    def __init__(
        self, check: Check, severity: Severity, confidence: Confidence, references: tuple[str, ...]
    ) -> None:
        *_, category, section, module = check.__module__.split(".")
        self.check = check
        self.severity = severity
        self.confidence = confidence
        self.references = references
        self.id = module.replace("_", "-")
        self.category = _CATEGORIES[category]
        self.section = f"{category}/{section}"

    @cached_property
    def page(self) -> Page:
        """The rule's documentation, parsed on first use. Raises ValueError where it lacks a part."""
        return parse_page(self.check.__doc__ or "")

    @cached_property
    def _subject_kinds(self) -> tuple[typing.Any, ...]:
        parameter = next(iter(inspect.signature(self.check, eval_str=True).parameters.values()))
        annotation = parameter.annotation
        if typing.get_origin(annotation) in (types.UnionType, typing.Union):
            return typing.get_args(annotation)
        return (annotation,)

    def subjects(self, graph: SupplyGraph) -> list[typing.Any]:
        """Everything in the graph that the annotation of the first argument asks for."""
        return [found for kind in self._subject_kinds for found in _of_kind(kind, graph)]


def _of_kind(kind: typing.Any, graph: SupplyGraph) -> list[typing.Any]:
    if kind is SupplyGraph:
        return [graph]
    if kind is Flow:
        return list(graph.flows)
    if kind is Asset:
        return list(graph.assets.values())
    if typing.get_origin(kind) is typing.Annotated:
        asset_kind: AssetKind = typing.get_args(kind)[1]
        return list(graph.assets_of(asset_kind))
    if isinstance(kind, type) and issubclass(kind, Fact):
        return list(graph.facts_of(kind))
    raise TypeError(f"a rule looks at facts, assets, flows or the graph, not at {kind!r}")


def rule(
    *,
    severity: Severity,
    confidence: Confidence = Confidence.HIGH,
    references: tuple[str, ...] = (),
) -> Callable[[Check], Rule]:
    """Turns a check into a rule.

    `severity` is the usual one; it must lie in the band of the score on the rule's page.
    `references` are CWE, MITRE ATLAS (`AML.T…`), OWASP (`OWASP-ML06:2023`, `OWASP-LLM03:2025`)
    and SLSA ids.
    """

    def made(check: Check) -> Rule:
        return Rule(check, severity, confidence, references)

    return made
