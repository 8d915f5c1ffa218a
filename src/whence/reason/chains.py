"""Attack chains: ordered paths from what an adversary can write to what must be protected."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from whence.vocabulary.chain import Chain, Step
from whence.vocabulary.finding import Finding, Severity
from whence.vocabulary.graph import Asset, AssetKind, Flow, Pin, SupplyGraph

CHAINS_KEPT = 25
_GOALS = (AssetKind.WORKLOAD, AssetKind.MODEL, AssetKind.IMAGE)
_OUTSIDERS = frozenset({"anyone", "contributor", "publisher", "provider"})


def chains(graph: SupplyGraph, findings: Iterable[Finding]) -> tuple[Chain, ...]:
    """The shortest chain for every pair of start and goal, those with most risk first.

    A chain starts at an asset that outsiders write, ends at the first workload (or, where nothing
    is deployed from there, image or model) that it reaches, and is kept when at least one open
    finding of medium or above lies on it.
    """
    by_asset: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.asset and finding.severity.rank >= Severity.MEDIUM.rank:
            by_asset[finding.asset].append(finding)
    found = []
    for start in graph.assets.values():
        if _OUTSIDERS & set(start.writers.who):
            for path in _paths(graph, start):
                steps = _steps(graph, start, path, by_asset)
                if any(step.finding for step in steps):
                    goal = path[-1].target if path else start.id
                    found.append((-_risk(steps, by_asset), Chain(start.id, goal, steps)))
    found.sort(key=lambda pair: (pair[0], len(pair[1].steps), pair[1].start, pair[1].goal))
    return tuple(chain for _, chain in found[:CHAINS_KEPT])


def _paths(graph: SupplyGraph, start: Asset) -> list[list[Flow]]:
    reached: dict[str, list[Flow]] = {start.id: []}
    waiting = deque([start.id])
    while waiting:
        current = waiting.popleft()
        for flow in graph.out_of(current):
            if flow.target not in reached and not _stopped(flow):
                reached[flow.target] = [*reached[current], flow]
                waiting.append(flow.target)
    for kind in _GOALS:
        goals = [path for end, path in reached.items() if path and graph.assets[end].kind is kind]
        if goals:
            return goals
    return []


def _stopped(flow: Flow) -> bool:
    """Fixed bytes that someone vouches for, or a check that fails closed, end an attack."""
    checked = any(gate.fails_closed for gate in flow.gates)
    return checked or (flow.pin is Pin.DIGEST and bool(flow.signer))


def _steps(
    graph: SupplyGraph, start: Asset, path: list[Flow], by_asset: dict[str, list[Finding]]
) -> tuple[Step, ...]:
    who = " or ".join(sorted(_OUTSIDERS & set(start.writers.who)))
    steps = [Step(f"{start.name} can be changed by {who}", evidence=start.evidence[:1])]
    steps.extend(_weaknesses(start.id, by_asset))
    for flow in path:
        source, target = graph.assets[flow.source].name, graph.assets[flow.target].name
        held = f"held by {flow.pin.name.lower()}" if flow.pin else "held by nothing"
        text = f"{source} {flow.kind.value} {target} ({held})"
        steps.append(Step(text, evidence=flow.evidence[:1]))
        steps.extend(_weaknesses(flow.target, by_asset))
    return tuple(steps)


def _weaknesses(asset: str, by_asset: dict[str, list[Finding]]) -> list[Step]:
    return [
        Step(finding.title, finding.fingerprint, finding.evidence[:1])
        for finding in by_asset.get(asset, ())
    ]


def _risk(steps: tuple[Step, ...], by_asset: dict[str, list[Finding]]) -> float:
    scores = {f.fingerprint: f.score.base for each in by_asset.values() for f in each}
    return sum(scores[step.finding] for step in steps if step.finding)
