"""Scores are those of the CVSS 3.1 specification, and every risk level can be reached."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence.judge import cvss
from whence.vocabulary.finding import Metric, Severity

VALUES = {
    "AV": "NALP", "AC": "LH", "PR": "NLH", "UI": "NR", "S": "UC", "C": "HLN", "I": "HLN", "A": "HLN",
}  # fmt: skip


# Scores that the CVE programme and FIRST's examples publish for these vectors.
@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8),
        ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", 4.6),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
        ("CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
    ],
)
def test_base_score_is_the_published_one(vector: str, score: float) -> None:
    metrics = cvss.parse_vector(vector, "")

    assert metrics is not None
    assert cvss.score(metrics).base == score


@pytest.mark.parametrize("vector", ["", "CVSS:4.0/AV:N", "AV:N/AC:L", "CVSS:3.1/AV:X/AC:L"])
def test_other_vectors_are_not_guessed_at(vector: str) -> None:
    assert cvss.parse_vector(vector, "") is None


def test_every_severity_is_reached_from_any_vector() -> None:
    for values in list(itertools.product(*VALUES.values()))[::37]:
        metrics = tuple(Metric(n, v, "usual") for n, v in zip(VALUES, values, strict=True))
        score = cvss.score(metrics)
        for severity in Severity:
            fitted = cvss.with_severity(score, severity, "because")
            assert cvss.band(fitted.base) is severity, (score.vector, severity, fitted.vector)


@given(st.tuples(*(st.sampled_from(list(values)) for values in VALUES.values())))
def test_a_moved_metric_says_why(values: tuple[str, ...]) -> None:
    metrics = tuple(Metric(n, v, "usual") for n, v in zip(VALUES, values, strict=True))

    fitted = cvss.fitted(metrics, Severity.LOW, "this case is tame")

    for before, after in zip(metrics, fitted, strict=True):
        assert after.reason == ("usual" if before.value == after.value else "this case is tame")
