"""One audit, from a path to a result. The seven steps, in order."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

from whence import __version__
from whence.config import Config, ConfigurationError, load_config
from whence.flow.solve import solve
from whence.graph import link
from whence.judge import Dismissals, described, judge
from whence.lookups import look_up
from whence.readers import read
from whence.reason import chains, roadmap
from whence.rules import check, rules_chosen
from whence.vocabulary.audit import Audit
from whence.vocabulary.fact import sorted_out
from whence.vocabulary.fact.repository import Suppression
from whence.vocabulary.finding import Status
from whence.vocabulary.graph import SupplyGraph
from whence.walk import excerpts, walk

Progress = Callable[[str, int], None]


def audit(
    path: str | Path,
    *,
    config: Config | None = None,
    baseline: frozenset[str] = frozenset(),
    use_cache: bool = True,
    processes: int = 1,
    progress: Progress | None = None,
    today: datetime.date | None = None,
) -> Audit:
    """Audits a project, or a single file, and returns all that is known about it.

    `config` defaults to the project's own. `baseline` holds fingerprints of findings that count as
    known. `progress` is told the step's name and a count. `today` decides which suppressions and
    data have expired. Raises FileNotFoundError for a missing path and ConfigurationError for a
    broken configuration.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(path)
    root, only = (path.parent, path.name) if path.is_file() else (path, "")
    config = config or load_config(root)
    today = today or datetime.date.today()
    tell = progress or (lambda step, count: None)
    chosen = rules_chosen(config.only, config.skip)

    tree = walk(root, only=only, exclude=config.exclude, progress=lambda n: tell("walk", n))
    reading = read(
        tree, use_cache=use_cache, processes=processes, progress=lambda n, of: tell("read", n)
    )
    graph = SupplyGraph(tree.files, reading.facts)
    looked_up = look_up(graph, config, today, root, lambda n: tell("ask", n))
    known, unknown = sorted_out(looked_up.statements)
    graph = graph.with_facts(known)
    flows, unfollowed = sorted_out(solve(graph))
    graph = link(graph.with_facts(flows))
    checked = check(graph, chosen)
    lines = excerpts(tree, (e.span for _, seen in checked.observations for e in seen.evidence))
    dismissals = Dismissals(graph.facts_of(Suppression), config.suppress, baseline, today)
    findings = judge(checked.observations, lines, dismissals)
    shown = tuple(f for f in findings if f.severity.rank >= config.min_severity.rank)
    counted = tuple(finding for finding in shown if finding.status is Status.OPEN)
    return Audit(
        project=only or root.resolve().name,
        version=__version__,
        graph=graph,
        findings=shown,
        chains=chains(graph, counted),
        roadmap=roadmap(counted),
        coverage=checked.coverage,
        files=reading.files,
        not_audited=tuple(sorted([*reading.unread, *unknown, *unfollowed, *checked.unread])),
        warnings=(
            *looked_up.warnings,
            *dismissals.warnings(frozenset(rule.id for rule in chosen)),
        ),
        data=looked_up.data,
        rules=described(chosen),
        hidden=sum(f.status is Status.OPEN for f in findings) - len(counted),
    )


__all__ = ["ConfigurationError", "audit"]
