"""The scorecard: what was found, what was missed, who was wrongly accused, and what to do better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from whence.challenge.grading.scoring import Grade, Verdict

_SECTIONS = {
    "dependencies/python": "Dependency: Python packages",
    "dependencies/containers": "Dependency: containers",
    "dependencies/infrastructure": "Dependency: infrastructure",
    "data/sources": "Data: sources",
    "data/pipeline": "Data: pipeline",
    "models/base": "Model: base models",
    "models/training": "Model: training",
    "models/serving": "Model: export and serving",
    "deployment/ci": "Deployment: CI/CD",
    "deployment/runtime": "Deployment: runtime",
}
_ADVICE = {
    "one file": "read every file once with one question: who could have changed what this names?",
    "several files": "follow values across files: who sets the flag, who reads it?",
    "several kinds of artefact": "join the artefacts: the bucket in Terraform, the address in Python, "
    "the account in Kubernetes are one story",
    "the content of a data or model file": "open data and model files with a reader that executes "
    "nothing: their content is part of the supply chain",
    "knowledge from outside the project": "compare versions, names and commits with advisories and "
    "registries",
}


def as_json(grade: Grade, *, reveal: bool) -> str:
    """The grade as JSON. Without `reveal`, missed flaws are counted and not named."""
    shown = (
        grade
        if reveal
        else msgspec.structs.replace(
            grade, verdicts=tuple(verdict for verdict in grade.verdicts if verdict.found)
        )
    )
    document = msgspec.to_builtins(shown)
    document["missed"] = len(grade.verdicts) - sum(verdict.found for verdict in grade.verdicts)
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def as_markdown(grade: Grade, *, reveal: bool) -> str:
    """The scorecard as Markdown, which also reads well in a terminal."""
    return "\n".join(_lines(grade, reveal)) + "\n"


def _lines(grade: Grade, reveal: bool) -> Iterator[str]:
    found = [verdict for verdict in grade.verdicts if verdict.found]
    missed = [verdict for verdict in grade.verdicts if not verdict.found]
    yield f"# SentiBot challenge, edition {grade.edition}: {grade.score:g} of 100"
    yield ""
    yield f"{len(found)} of {len(grade.verdicts)} flaws found."
    if grade.multiplier < 1:
        yield f"Precision {grade.precision:.0%}: all points times {grade.multiplier:.2f}."
    yield ""
    yield "| | points | of |"
    yield "|---|---:|---:|"
    for section, (got, of) in grade.sections.items():
        yield f"| {_SECTIONS[section]} | {got:.1f} | {of:.1f} |"
    for name, (got, of) in grade.bonus.items():
        yield f"| Bonus: {name} | {got:.1f} | {of:.1f} |"
    yield from _listed("Found", (_found(verdict) for verdict in found))
    if reveal:
        yield from _listed("Missed", (_missed(verdict) for verdict in missed))
    elif missed:
        yield from _listed("Missed", [f"{len(missed)} flaws; --reveal names them"])
    yield from _listed(
        "Wrongly accused", (f"{title} (harmless: {plant})" for title, plant in grade.accused)
    )
    yield from _listed("Not in the answer key", grade.unconfirmed)
    yield from _listed("Could not be read as a finding", grade.unread)
    yield from _listed("Files changed since the edition was made", grade.edited)
    yield from _listed("Advice", _advice(missed, grade))


def _listed(title: str, items: Iterator[str] | tuple[str, ...] | list[str]) -> Iterator[str]:
    lines = [f"- {' '.join(item.split())}" for item in items]
    if lines:
        yield from ("", f"## {title}", "", *lines)


def _found(verdict: Verdict) -> str:
    note = f" ({verdict.note})" if verdict.note else ""
    return f"{verdict.points:.1f}/{verdict.of:.1f} {verdict.answer.title}{note}"


def _missed(verdict: Verdict) -> str:
    answer = verdict.answer
    path, first, _ = answer.places[0]
    place = f"{path}:{first}" if first else path
    return f"{answer.title} [{answer.rules[0] if answer.rules else 'beyond'}] {place}. {answer.why}"


def _advice(missed: list[Verdict], grade: Grade) -> Iterator[str]:
    for needs, count in Counter(verdict.answer.needs.value for verdict in missed).most_common(2):
        yield f"{count} of the missed flaws need {needs}: {_ADVICE[needs]}"
    if grade.multiplier < 1:
        yield "report what you can show to be exploitable here: every unproven accusation costs"
    if any(verdict.note for verdict in grade.verdicts):
        yield "say a risk level for every finding, and why it is not one higher or lower"
    if any(got < of for got, of in grade.bonus.values()):
        yield (
            "conclude over the whole: chains across artefacts, an ordered roadmap, practices rather "
            "than instances"
        )
