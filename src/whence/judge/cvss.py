"""CVSS 3.1 base scores, computed as the FIRST specification's section 7.1 defines them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from functools import cache

from whence.vocabulary.finding import Metric, Score, Severity

NAMES = ("AV", "AC", "PR", "UI", "S", "C", "I", "A")

_WEIGHTS = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0.0, "C": 0.0},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_PRIVILEGES = {
    "U": {"N": 0.85, "L": 0.62, "H": 0.27},
    "C": {"N": 0.85, "L": 0.68, "H": 0.5},
}
_BANDS = (
    (9.0, Severity.CRITICAL),
    (7.0, Severity.HIGH),
    (4.0, Severity.MEDIUM),
    (0.1, Severity.LOW),
)
# Each metric's values from harmless to harmful, and how far one step moves the judgement: how hard
# an attack is depends on context more than what it does or where it comes from.
_SCALES = {
    "AV": "PLAN", "AC": "HL", "PR": "HLN", "UI": "RN", "S": "UC", "C": "NLH", "I": "NLH", "A": "NLH",
}  # fmt: skip
_STEP = {"AV": 6, "AC": 2, "PR": 2, "UI": 2, "S": 5, "C": 4, "I": 4, "A": 3}


def base_score(values: dict[str, str]) -> float:
    """The base score, 0.0 to 10.0, of the eight base metrics. Raises KeyError on unknown values."""
    missed = 1.0
    for name in ("C", "I", "A"):
        missed *= 1 - _WEIGHTS[name][values[name]]
    base_impact = 1 - missed
    changed = values["S"] == "C"
    if changed:
        impact = 7.52 * (base_impact - 0.029) - 3.25 * (base_impact - 0.02) ** 15
    else:
        impact = 6.42 * base_impact
    ease = 8.22 * _PRIVILEGES[values["S"]][values["PR"]]
    for name in ("AV", "AC", "UI"):
        ease *= _WEIGHTS[name][values[name]]
    if impact <= 0:
        return 0.0
    return _rounded_up(min(1.08 * (impact + ease) if changed else impact + ease, 10.0))


def band(score: float) -> Severity:
    """The risk level of a base score, by the specification's qualitative scale."""
    return next((severity for floor, severity in _BANDS if score >= floor), Severity.INFO)


def score(metrics: Iterable[Metric]) -> Score:
    """The score of eight metrics in the specification's order."""
    metrics = tuple(metrics)
    values = {metric.name: metric.value for metric in metrics}
    vector = "CVSS:3.1/" + "/".join(f"{name}:{values[name]}" for name in NAMES)
    return Score(vector, base_score(values), metrics)


def parse_vector(vector: str, reason: str) -> tuple[Metric, ...] | None:
    """The base metrics of a CVSS 3.0 or 3.1 vector, each with the same reason; None for others."""
    head, _, rest = vector.partition("/")
    values = dict(part.split(":", 1) for part in rest.split("/") if ":" in part)
    if head not in ("CVSS:3.0", "CVSS:3.1"):
        return None
    try:
        base_score(values)
    except KeyError:
        return None
    return tuple(Metric(name, values[name], reason) for name in NAMES)


def fitted(metrics: tuple[Metric, ...], severity: Severity, because: str) -> tuple[Metric, ...]:
    """The nearest metrics whose score lies in the band of `severity`.

    Each metric that differs carries `because`: what it is about this case that moves it.
    """
    current = "".join(metric.value for metric in metrics)
    return tuple(
        metric if metric.value == value else Metric(metric.name, value, because or metric.reason)
        for metric, value in zip(metrics, _nearest(current, severity), strict=True)
    )


@cache
def _nearest(current: str, severity: Severity) -> str:
    """The eight values nearest to `current` in a band; the first in a fixed order among equals."""
    candidates = (
        "".join(values)
        for values in itertools.product(*_SCALES.values())
        if band(base_score(dict(zip(NAMES, values, strict=True)))) is severity
    )
    return min(candidates, key=lambda values: _distance(current, values))


def _distance(current: str, values: str) -> int:
    return sum(
        _STEP[name] * abs(_SCALES[name].index(old) - _SCALES[name].index(new))
        for name, old, new in zip(NAMES, current, values, strict=True)
    )


def _rounded_up(value: float) -> float:
    # Appendix A of the specification: integer arithmetic, so that all implementations agree.
    whole = round(value * 100_000)
    if whole % 10_000 == 0:
        return whole / 100_000
    return (math.floor(whole / 10_000) + 1) / 10


def with_severity(score_: Score, severity: Severity, because: str) -> Score:
    """The score itself where it already has the severity, otherwise the fitted one."""
    if band(score_.base) is severity:
        return score_
    return score(fitted(score_.metrics, severity, because))
