"""One verdict for a stream of pickles, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from whence.readers.models.pickle.trace import Grade, Opinion, Trace


class Verdict(StrEnum):
    """What an auditor may say of a stream."""

    MALICIOUS = "malicious"
    REVIEW = "review"
    INCOMPLETE = "incomplete"
    CLEAN = "clean"


@dataclass(slots=True, frozen=True)
class Reason:
    """Why: with the offset of the proof, and the class of danger where there is one."""

    grade: Grade
    text: str
    offset: int
    danger: str = ""


@dataclass(slots=True, frozen=True)
class Judgement:
    """The verdict, its reasons (worst first, then by offset), and whether every byte was read."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    complete: bool


def judge(trace: Trace) -> Judgement:
    """The verdict on what was seen."""
    reasons = _reasons(trace)
    worst = max((reason.grade for reason in reasons), default=Grade.SAFE)
    if worst is Grade.MALICIOUS:
        verdict = Verdict.MALICIOUS
    elif any(reason.grade is Grade.REVIEW for reason in reasons):
        verdict = Verdict.REVIEW
    else:
        verdict = Verdict.CLEAN if trace.complete else Verdict.INCOMPLETE
    return Judgement(verdict, tuple(reasons), trace.complete)


def _reasons(trace: Trace) -> list[Reason]:
    found = [_reason(seen.opinion, seen.offset) for seen in trace.imports]
    found += [_reason(seen.opinion, seen.offset) for seen in trace.uses]
    found += [Reason(Grade.REVIEW, odd.text, odd.offset) for odd in trace.oddities]
    for nested in trace.nested:
        found += [
            Reason(
                reason.grade, f"{reason.text}, inside {nested.into}", nested.offset, reason.danger
            )
            for reason in _reasons(nested.trace)
        ]
    found += [
        Reason(Grade.SAFE, f"not read in full: {pickle.trouble}", pickle.end)
        for pickle in trace.pickles
        if pickle.trouble
    ]
    found += [Reason(Grade.SAFE, f"not read: {span.reason}", span.start) for span in trace.unread]
    kept = {reason for reason in found if reason.text}
    return sorted(kept, key=lambda reason: (-reason.grade, reason.offset, reason.text))


def _reason(opinion: Opinion, offset: int) -> Reason:
    text = opinion.reason if opinion.grade is not Grade.SAFE else ""
    return Reason(opinion.grade, text, offset, opinion.danger)
