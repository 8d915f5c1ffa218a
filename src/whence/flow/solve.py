"""The data flow of a whole project: modules' summaries → facts for rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from whence.flow.disabled import disabled_facts
from whence.flow.engine import Engine
from whence.flow.lifecycle import lifecycle_facts
from whence.flow.races import race_facts
from whence.flow.servers import server_facts
from whence.flow.sinks import sink_facts
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.graph import SupplyGraph


def solve(graph: SupplyGraph) -> Iterator[Fact | Unread]:
    """What the Python code and notebooks do, and what could not be followed to its end."""
    engine = Engine(graph)
    yield from sink_facts(engine)
    yield from server_facts(engine)
    yield from lifecycle_facts(engine)
    yield from disabled_facts(engine)
    yield from race_facts(engine)
    yield from _not_followed(engine)


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
