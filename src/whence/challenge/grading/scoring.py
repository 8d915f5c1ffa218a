"""From matches to points: 100 in all, category by category, less for false accusations."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from whence.challenge.answer_key import AnswerKey
from whence.challenge.grading.matching import assignment, weights
from whence.challenge.grading.report import Claim, Report
from whence.challenge.plant import Answer, Kind

# Points of each section of the catalogue; with the bonus they make 100.
SECTION_POINTS = {
    "dependencies/python": 10, "dependencies/containers": 8, "dependencies/infrastructure": 7,
    "data/sources": 10, "data/pipeline": 10,
    "models/base": 10, "models/training": 8, "models/serving": 7,
    "deployment/ci": 10, "deployment/runtime": 10,
}  # fmt: skip
BONUS_POINTS = 10.0
# How the bonus is shared; what an edition does not hold gives its share to the others.
_BONUS_SHARES = {"attack chains": 4, "roadmap": 2, "systemic issues": 2, "beyond the categories": 2}
BEYOND = "beyond/"
WRONG_SEVERITY = 0.7
NO_SEVERITY = 0.6
HERRING_COST = 2.0
# Precision from here up costs nothing; below, the points shrink with it.
GENTLE_PRECISION = 0.6
_KIND_WEIGHT = {Kind.OBVIOUS: 1.0, Kind.SUBTLE: 1.5, Kind.ML_SPECIFIC: 1.5, Kind.RED_HERRING: 0.0}
_ROADMAP_STEPS = 5
_SYSTEMIC_WORDS = re.compile(
    r"\b(never|no one|nobody|nothing|everywhere|throughout|all|any|across|every|always|none|"
    r"consistently|lack|absence|missing|not)\b"
)


class Verdict(msgspec.Struct, frozen=True):
    """One answer and what the report made of it. `points` of at most `of`; `note` explains."""

    answer: Answer
    found: bool
    points: float
    of: float
    note: str = ""
    claim: str = ""


class Grade(msgspec.Struct, frozen=True):
    """The whole result. `accused` are claims on red herrings, `unconfirmed` those on nothing."""

    edition: str
    score: float
    sections: dict[str, tuple[float, float]]
    bonus: dict[str, tuple[float, float]]
    verdicts: tuple[Verdict, ...]
    accused: tuple[tuple[str, str], ...]
    unconfirmed: tuple[str, ...]
    duplicates: int
    unread: tuple[str, ...]
    precision: float
    multiplier: float
    edited: tuple[str, ...] = ()


def grade(
    report: Report,
    key: AnswerKey,
    cwes: Mapping[str, frozenset[str]],
    edited: tuple[str, ...] = (),
) -> Grade:
    """Scores a report against the answers of an edition.

    `cwes` maps rule ids to CWE ids. `edited` are files that the learner changed, for the record.
    """
    flaws = [answer for answer in key.answers if answer.kind is not Kind.RED_HERRING]
    flaws.sort(key=lambda answer: answer.section.startswith(BEYOND))
    herrings = [answer for answer in key.answers if answer.kind is Kind.RED_HERRING]
    table = weights(report.claims, flaws, cwes)
    matched = assignment(table)
    worth = _worth(flaws)
    claim_of = {answer: claim for claim, answer in matched.items()}
    verdicts = tuple(
        _verdict(flaw, worth[index], report.claims[claim_of[index]], table[claim_of[index]][index])
        if index in claim_of
        else Verdict(flaw, False, 0.0, worth[index])
        for index, flaw in enumerate(flaws)
    )
    duplicates = {i for i, row in enumerate(table) if i not in matched and any(row)}
    rest = [i for i in range(len(report.claims)) if i not in matched and i not in duplicates]
    accused, unconfirmed = _false(report.claims, rest, herrings, cwes)
    precision = _precision(len(matched), len(accused) + len(unconfirmed))
    multiplier = min(1.0, precision / GENTLE_PRECISION)
    bonus = _bonus(report, key, verdicts)
    base = sum(verdict.points for verdict in verdicts) - HERRING_COST * len(
        {herring for _, herring in accused}
    )
    score = max(0.0, base) * multiplier + sum(got for got, _ in bonus.values()) * multiplier
    return Grade(
        edition=key.edition,
        score=round(min(100.0, score), 1),
        sections=_by_section(verdicts),
        bonus=bonus,
        verdicts=verdicts,
        accused=accused,
        unconfirmed=unconfirmed,
        duplicates=len(duplicates),
        unread=report.unread,
        precision=round(precision, 3),
        multiplier=round(multiplier, 3),
        edited=edited,
    )


def _worth(flaws: Sequence[Answer]) -> list[float]:
    """The points of each flaw. A section without flaws gives its points to its category's others,
    a category without any to the rest, so that an edition is always worth the same.
    """
    weight: dict[str, float] = defaultdict(float)
    for flaw in flaws:
        if not flaw.section.startswith(BEYOND):
            weight[flaw.section] += _KIND_WEIGHT[flaw.kind]
    points = dict.fromkeys(weight, 0.0)
    homeless = 0.0
    for section, value in SECTION_POINTS.items():
        category = section.split("/")[0]
        heirs = (
            [section]
            if section in weight
            else [other for other in weight if other.startswith(category + "/")]
        )
        for heir in heirs:
            points[heir] += value / len(heirs)
        homeless += 0.0 if heirs else value
    total = sum(points.values())
    scale = (total + homeless) / total if total else 0.0
    return [
        points[flaw.section] * scale * _KIND_WEIGHT[flaw.kind] / weight[flaw.section]
        if flaw.section in weight
        else 0.0
        for flaw in flaws
    ]


def _verdict(flaw: Answer, worth: float, claim: Claim, weight: float) -> Verdict:
    share, note = 1.0, ""
    if not claim.severity:
        share, note = NO_SEVERITY, "no risk level given"
    elif flaw.severities and claim.severity not in flaw.severities:
        share = WRONG_SEVERITY
        note = f"reported as {claim.severity}, sound would be {' or '.join(flaw.severities)}"
    if weight < 0.6:
        share *= 0.5
        note = "; ".join(filter(None, [note, "the evidence points elsewhere in the file"]))
    return Verdict(flaw, True, worth * share, worth, note, claim.title)


def _false(
    claims: Sequence[Claim],
    rest: Sequence[int],
    herrings: Sequence[Answer],
    cwes: Mapping[str, frozenset[str]],
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    accused = []
    unconfirmed = []
    for index in rest:
        claim = claims[index]
        if claim.severity == "info":
            continue  # a note accuses nobody
        row = weights([claim], herrings, cwes)[0]
        if any(row):
            accused.append((claim.title, herrings[row.index(max(row))].plant))
        else:
            unconfirmed.append(claim.title)
    return tuple(accused), tuple(unconfirmed)


def _precision(right: int, wrong: int) -> float:
    # Two claims beyond the key are forgiven: no key knows every weakness of a project.
    return right / (right + max(0, wrong - 2)) if right else 0.0


def _bonus(
    report: Report, key: AnswerKey, verdicts: Sequence[Verdict]
) -> dict[str, tuple[float, float]]:
    beyond = [each for each in verdicts if each.answer.section.startswith(BEYOND)]
    found = {each.answer.plant: each for each in verdicts if each.found}
    reached = {
        "attack chains": _chains(report, key, found),
        "roadmap": _roadmap(report, found),
        "systemic issues": _systemic(report, found),
    }
    if beyond:
        reached["beyond the categories"] = sum(each.found for each in beyond) / len(beyond)
    shares = sum(_BONUS_SHARES[name] for name in reached)
    worth = {name: BONUS_POINTS * _BONUS_SHARES[name] / shares for name in reached}
    return {name: (round(share * worth[name], 2), worth[name]) for name, share in reached.items()}


def _chains(report: Report, key: AnswerKey, found: Mapping[str, Verdict]) -> float:
    """The share of the edition's chains that the report tells; where an edition names none, chains
    that join found flaws of two categories count, three being all.
    """
    named = [
        {plant for plant, verdict in found.items() if _names(text, verdict)}
        for text in report.chains
    ]
    if key.chains:
        told = sum(any(len(set(chain) & plants) >= 2 for plants in named) for chain in key.chains)
        return told / len(key.chains)
    joined = sum(
        len({found[plant].answer.section.split("/")[0] for plant in plants}) >= 2
        for plants in named
    )
    return min(1.0, joined / 3)


def _names(text: str, verdict: Verdict) -> bool:
    """Whether a chain speaks of a flaw: by the file it is in, or by the title it was given."""
    paths = [path.lower() for path, _, _ in verdict.answer.places]
    if any(path in text or path.rsplit("/", 1)[-1] in text for path in paths):
        return True
    return bool(verdict.claim) and verdict.claim.lower() in text


def _roadmap(report: Report, found: Mapping[str, Verdict]) -> float:
    """How far there is an ordered plan: enough steps, and steps that speak of what was found."""
    if not found:
        return 0.0
    steps = min(1.0, len(report.roadmap) / min(_ROADMAP_STEPS, len(found)))
    words = {word[:6] for verdict in found.values() for word in _content(verdict)}
    spoken = sum(bool(words & {w[:6] for w in re.findall(r"\w{4,}", s)}) for s in report.roadmap)
    return steps * (spoken / len(report.roadmap) if report.roadmap else 0.0)


def _systemic(report: Report, found: Mapping[str, Verdict]) -> float:
    """How far practices are named, not instances: statements that generalise over what was found."""
    if not found:
        return 0.0
    general = [text for text in report.systemic if _SYSTEMIC_WORDS.search(text) and len(text) > 25]
    return min(1.0, len(general) / 2)


def _content(verdict: Verdict) -> list[str]:
    return re.findall(r"\w{4,}", f"{verdict.claim} {' '.join(verdict.answer.rules)}".lower())


def _by_section(verdicts: Sequence[Verdict]) -> dict[str, tuple[float, float]]:
    sums: dict[str, list[float]] = {}
    for verdict in verdicts:
        if verdict.answer.section.startswith(BEYOND):
            continue
        got = sums.setdefault(verdict.answer.section, [0.0, 0.0])
        got[0] += verdict.points
        got[1] += verdict.of
    ordered = (section for section in SECTION_POINTS if section in sums)
    return {
        section: (round(sums[section][0], 2), round(sums[section][1], 2)) for section in ordered
    }
