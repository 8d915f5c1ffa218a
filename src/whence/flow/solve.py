"""The data flow of a whole project: modules' summaries → facts for rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from whence.flow.checks.disabled import disabled_facts
from whence.flow.endings.class_decoders import decoder_facts
from whence.flow.endings.handed_loaders import handed_facts
from whence.flow.endings.races import race_facts
from whence.flow.endings.served_roots import served_root_facts
from whence.flow.endings.servers import server_facts
from whence.flow.endings.sinks import sink_facts
from whence.flow.endings.templated_commands import templated_command_facts
from whence.flow.engine import Engine
from whence.flow.lineage.hub_commands import hub_command_facts
from whence.flow.lineage.lifecycle import lifecycle_facts
from whence.flow.lineage.mounts import Programs, mount_facts
from whence.flow.lineage.platforms import platform_facts
from whence.flow.lineage.store_transfers import store_facts
from whence.flow.lineage.training_outputs import output_facts
from whence.flow.lineage.transfers import transfer_facts
from whence.flow.lineage.transform_commands import transform_command_facts
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import (
    ArchiveExtraction,
    CodeEvaluation,
    DataRead,
    Deserialization,
    Download,
    ModelExport,
    ModelLoad,
    ProcessLaunch,
    TrainingRun,
    Use,
)
from whence.vocabulary.graph import SupplyGraph

_USES: dict[type[Fact], str] = {
    DataRead: "data",
    TrainingRun: "training",
    Deserialization: "object",
    ModelLoad: "model",
    ArchiveExtraction: "archive",
    CodeEvaluation: "code",
    ProcessLaunch: "program",
}


def solve(graph: SupplyGraph) -> Iterator[Fact | Unread]:
    """What the Python code and notebooks do, and what could not be followed to its end."""
    engine = Engine(graph)
    lived = list(lifecycle_facts(engine))
    made = _made(lived)
    used: dict[Span, set[str]] = defaultdict(set)
    for fact in lived:
        _note_use(fact, used)
    for fact in sink_facts(engine):
        _note_use(fact, used)
        own = isinstance(fact, ModelLoad) and any(p.name in made for p in fact.places)
        yield msgspec.structs.replace(fact, local=True) if own else fact
    yield from handed_facts(engine)
    yield from decoder_facts(engine)
    yield from hub_command_facts(graph)
    yield from transform_command_facts(graph)
    yield from templated_command_facts(engine)
    yield from server_facts(engine)
    yield from served_root_facts(engine)
    yield from (_with_use(fact, used) for fact in lived)
    yield from disabled_facts(engine)
    yield from race_facts(engine)
    yield from transfer_facts(engine, graph)
    yield from store_facts(engine)
    programs = Programs(engine, graph)
    yield from mount_facts(programs, graph)
    yield from platform_facts(engine, programs)
    yield from output_facts(engine)
    yield from _not_followed(engine)


def _note_use(fact: Fact, used: dict[Span, set[str]]) -> None:
    """Notes what becomes of each place that a value enters by."""
    told = _USES.get(fact.__class__)
    if told is not None and isinstance(fact, Use):
        for origin in fact.origins:
            used[origin.span].add(told)


def _with_use(fact: Fact, used: dict[Span, set[str]]) -> Fact:
    if isinstance(fact, Download) and fact.span in used:
        return msgspec.structs.replace(fact, used_as=tuple(sorted(used[fact.span])))
    return fact


def _made(facts: list[Fact]) -> frozenset[str]:
    """The folders into which the project writes models of its own."""
    return frozenset(
        place.name
        for fact in facts
        if isinstance(fact, ModelExport) and not fact.callee.endswith("push_to_hub")
        for place in fact.places
    )


def _not_followed(engine: Engine) -> Iterator[Unread]:
    """One entry for each file and reason, with the number of values and the first place."""
    places: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for (scope_id, index), reason in engine.tracer.not_followed.items():
        span = engine.project.scopes[scope_id].place(index)
        places[span.path, reason].append(span)
    for (_, reason), found in sorted(places.items()):
        number = len(found)
        told = "value not followed" if number == 1 else f"{number} values not followed"
        yield Unread(min(found), "flow", f"{told}: {reason}")
