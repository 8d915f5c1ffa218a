"""Data that train, by the code that reads them, and the models that the same code writes."""

from __future__ import annotations

from collections.abc import Iterator

from whence.graph.artefacts import Artefacts, artefacts_of
from whence.graph.imports import Imports, imports_of
from whence.graph.uses import code_of, uses_of
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import (
    DataRead,
    Deserialization,
    Evaluation,
    ModelExport,
    TrainingRun,
    Use,
)
from whence.vocabulary.fact.lineage import ArtefactUse
from whence.vocabulary.graph import Asset, Certainty, Flow, FlowKind, Pin, SupplyGraph


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """data → the code that trains and measures on them → the models that it exports."""
    runs = uses_of(graph, TrainingRun)
    measured = uses_of(graph, Evaluation)
    if runs or measured:
        yield from _trains(graph, artefacts_of(graph))


def _trains(graph: SupplyGraph, known: Artefacts) -> Iterator[Asset | Flow]:
    """data → the code that trains and measures on them → the models that it exports."""
    passed = uses_of(graph, ArtefactUse)
    read: list[Use] = [*uses_of(graph, DataRead)]
    read += [use for use in passed if use.does == "reads" and not use.model]
    imported = imports_of(graph)
    exports: list[Use] = [*uses_of(graph, ModelExport)]
    exports += [use for use in passed if use.does == "writes" and use.model]
    for run in uses_of(graph, TrainingRun):
        code = code_of(run)
        yield code
        evidence = (Evidence(run.span, f"{run.callee} trains"),)
        made = [name for export in exports if export.span.path == run.span.path
                for name, _ in known.of(export)]  # fmt: skip
        fed = [
            name
            for data in read
            if _feeds(data, run, imported) or _is_used(data, run, imported)
            for name, _ in known.of(data)
        ]
        ends = [(name, code.id) for name in fed] + [(code.id, name) for name in made]
        for source, target in ends:
            yield Flow(
                source, target, FlowKind.TRAINS, Pin.NAME, certainty=Certainty.INFERRED,
                evidence=evidence,
            )  # fmt: skip
    loads = uses_of(graph, Deserialization)
    for measure in uses_of(graph, Evaluation):
        code = code_of(measure)
        here = [
            use
            for use in (*exports, *loads)
            if use.span.path == measure.span.path
            and imported.meet(code.name, use.function, measure.function)
        ]
        for name in sorted({name for use in here for name, _ in known.of(use)}):
            if name.startswith("model:"):
                yield code
                yield Flow(
                    code.id, name, FlowKind.EVALUATES, Pin.NAME, certainty=Certainty.INFERRED,
                    evidence=(Evidence(measure.span, f"{measure.callee} measures"),),
                )  # fmt: skip


def _is_used(data: Use, run: TrainingRun, imported: Imports) -> bool:
    """Whether the file of a run gets to the function of another file that reads."""
    path = data.span.path
    return path != run.span.path and imported.gets_to(run.span.path, path, data.function)


def _feeds(data: Use, run: TrainingRun, imported: Imports) -> bool:
    """Whether a run's data begin where this read stands, or pass through its function."""
    spans = [s for o in run.origins for s in (o.span, *(step.span for step in o.steps))]
    path = data.span.path
    if path == run.span.path:
        passed = isinstance(data, ArtefactUse) or getattr(data, "trains", False)
        return passed or data.span in spans
    function = data.function.partition(".")[0]
    return any(
        span.path == path and imported.function_at(path, span.first) == function for span in spans
    )
