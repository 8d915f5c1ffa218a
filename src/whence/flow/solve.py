"""The data flow of a whole project: modules' summaries → facts for rules."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.disabled import disabled_facts
from whence.flow.engine import Engine
from whence.flow.lifecycle import lifecycle_facts
from whence.flow.races import race_facts
from whence.flow.servers import server_facts
from whence.flow.sinks import sink_facts
from whence.vocabulary.evidence import Unread
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
    for (scope_id, index), reason in sorted(engine.tracer.not_followed.items()):
        scope = engine.project.scopes[scope_id]
        yield Unread(scope.place(index), "flow", f"value not followed: {reason}")
