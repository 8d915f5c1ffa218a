"""Observations become findings: joined by decision, ranked, scored, and dismissed only for cause."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from whence.config import ConfiguredSuppression
from whence.judge import Dismissals, judge
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.repository import Suppression
from whence.vocabulary.finding import Finding, Observation, Severity, Status
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import Rule, rule

TODAY = datetime.date(2026, 7, 1)


def sample_check(subject: SupplyGraph, graph: SupplyGraph) -> Iterator[Observation]:
    """A thing is wrong.

    Someone gains something.

    ## Attack
    They do it.
    ## Fix
    Do this.
    ## Score
    - AV:N from anywhere
    - AC:H rarely
    - PR:H with an account
    - UI:N by itself
    - S:U here
    - C:H all
    - I:H all
    - A:H all
    ## Bad
    ```text a.txt
    bad  # finding
    ```
    ## Good
    ```text a.txt
    good
    ```
    """
    yield from ()


sample_check.__module__ = "whence.rules.dependencies.python.sample_rule"
SAMPLE: Rule = rule(severity=Severity.MEDIUM, references=("CWE-1",))(sample_check)


def seen(subject: str, line: int, **more: object) -> tuple[Rule, Observation]:
    evidence = (Evidence(Span("a.txt", line, line)),)
    return SAMPLE, Observation(subject, f"line {line} is wrong", evidence, **more)  # type: ignore[arg-type]


def comment(line: int, covers: int, reason: str = "known", until: str = "") -> Suppression:
    return Suppression(Span("a.txt", line, line), ("sample-rule",), reason, until, covers)


def judged(
    *observations: tuple[Rule, Observation], dismissals: Dismissals | None = None
) -> tuple[Finding, ...]:
    return judge(observations, {}, dismissals or dismissing())


def dismissing(
    *comments: Suppression,
    configured: tuple[ConfiguredSuppression, ...] = (),
    baseline: frozenset[str] = frozenset(),
) -> Dismissals:
    return Dismissals(comments, configured, baseline, TODAY)


def test_one_decision_is_one_finding_with_all_its_lines() -> None:
    (finding,) = judged(seen("a", 3), seen("a", 1), seen("a", 2))

    assert [each.span.first for each in finding.evidence] == [1, 2, 3]
    assert "line 2 is wrong" in finding.description


def test_the_fingerprint_does_not_move_with_the_line() -> None:
    (before,) = judged(seen("a", 3))
    (after,) = judged(seen("a", 40))
    (other,) = judged(seen("b", 3))

    assert before.fingerprint == after.fingerprint != other.fingerprint


def test_findings_are_ranked_worst_first() -> None:
    low = seen("c", 1, severity=Severity.LOW, because="it is tame")
    worst = seen("b", 2, severity=Severity.CRITICAL, because="anyone reaches it")

    assert [each.subject for each in judged(low, seen("a", 3), worst)] == ["b", "a", "c"]


def test_context_moves_the_severity_and_the_score_together() -> None:
    (finding,) = judged(seen("a", 1, severity=Severity.CRITICAL, because="anyone reaches it"))

    assert finding.severity is Severity.CRITICAL
    assert finding.score.base >= 9.0
    assert "anyone reaches it" in {metric.reason for metric in finding.score.metrics}


def test_an_advisory_s_own_vector_decides() -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"

    (finding,) = judged(seen("a", 1, vector=vector))

    assert (finding.severity, finding.score.base) == (Severity.CRITICAL, 9.8)


def test_a_suppression_needs_a_reason() -> None:
    dismissals = dismissing(comment(1, 1, reason=""))

    (finding,) = judged(seen("a", 1), dismissals=dismissals)

    assert finding.status is Status.OPEN
    assert "needs a reason" in dismissals.warnings(frozenset({"sample-rule"}))[0]


def test_a_suppression_covers_its_own_line_only() -> None:
    dismissals = dismissing(comment(1, 1))

    open_, dismissed = judged(seen("a", 1), seen("a", 2), dismissals=dismissals)

    assert (open_.status, open_.evidence[0].span.first) == (Status.OPEN, 2)
    assert (dismissed.status, dismissed.status_reason) == (Status.SUPPRESSED, "known")
    assert dismissals.warnings(frozenset({"sample-rule"})) == ()


def test_an_expired_suppression_has_no_effect_and_says_so() -> None:
    dismissals = dismissing(comment(1, 1, until="2026-06-30"))

    (finding,) = judged(seen("a", 1), dismissals=dismissals)

    assert finding.status is Status.OPEN
    assert "expired" in dismissals.warnings(frozenset({"sample-rule"}))[0]


def test_a_suppression_holds_to_the_end_of_its_last_day() -> None:
    (finding,) = judged(seen("a", 1), dismissals=dismissing(comment(1, 1, until="2026-07-01")))

    assert finding.status is Status.SUPPRESSED


def test_an_unused_suppression_is_reported_unless_its_rule_did_not_run() -> None:
    dismissals = dismissing(comment(9, 9))
    judged(seen("a", 1), dismissals=dismissals)

    assert "suppresses nothing" in dismissals.warnings(frozenset({"sample-rule"}))[0]
    assert dismissals.warnings(frozenset({"other-rule"})) == ()


def test_configuration_dismisses_where_a_file_holds_no_comments() -> None:
    entry = ConfiguredSuppression("sample-rule", "*.txt", "made by a tool")

    (finding,) = judged(seen("a", 1), dismissals=dismissing(configured=(entry,)))

    assert (finding.status, finding.status_reason) == (Status.SUPPRESSED, "made by a tool")


def test_a_baseline_sets_known_findings_aside() -> None:
    (known,) = judged(seen("a", 1))

    new, old = judged(
        seen("a", 7), seen("b", 8), dismissals=dismissing(baseline=frozenset({known.fingerprint}))
    )

    assert (new.subject, new.status) == ("b", Status.OPEN)
    assert (old.subject, old.status) == ("a", Status.BASELINE)


def test_secrets_in_shown_lines_are_masked() -> None:
    lines = {Span("a.txt", 1, 1): 'url = "https://user:hunter2hunter2@packages.example.com/simple"'}

    (finding,) = judge([seen("a", 1)], lines, dismissing())

    assert "hunter2" not in finding.evidence[0].excerpt
    assert "packages.example.com" in finding.evidence[0].excerpt
