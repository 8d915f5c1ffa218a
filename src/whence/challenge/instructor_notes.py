"""The answers to an edition, for those who teach it."""

from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.answer_key import AnswerKey
from whence.challenge.plant import Answer, Kind


def as_markdown(key: AnswerKey) -> str:
    """All answers with their reasoning, flaws first, then the red herrings and the chains."""
    return "\n".join(_lines(key)) + "\n"


def _lines(key: AnswerKey) -> Iterator[str]:
    yield f"# Answers to the SentiBot challenge, edition {key.edition}"
    flaws = [answer for answer in key.answers if answer.kind is not Kind.RED_HERRING]
    herrings = [answer for answer in key.answers if answer.kind is Kind.RED_HERRING]
    for title, answers in (("Flaws", flaws), ("Red herrings", herrings)):
        yield from ("", f"## {title} ({len(answers)})")
        for answer in sorted(answers, key=lambda each: (each.section, each.plant)):
            yield from _answer(answer)
    if key.chains:
        yield from ("", "## Attack chains", "")
        yield from (f"- {' → '.join(chain)}" for chain in key.chains)


def _answer(answer: Answer) -> Iterator[str]:
    yield from ("", f"### {answer.title}", "")
    yield f"- Plant: `{answer.plant}` ({answer.kind.value}; needs {answer.needs.value})"
    wrong = "Tempting wrong answers" if answer.kind is Kind.RED_HERRING else "Right answers"
    yield f"- {wrong}: {', '.join(f'`{rule}`' for rule in answer.rules) or 'in words'}"
    if answer.severities:
        yield f"- Sound risk levels: {', '.join(answer.severities)}"
    for path, first, last in answer.places:
        yield f"- Place: {path}" + (f":{first}-{last}" if first else "")
    yield from ("", answer.why)
    if answer.fix:
        yield from ("", f"Fix: {answer.fix}")
