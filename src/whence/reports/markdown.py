"""The audit as Markdown: the report template, filled in. `docs/report-template.md` is the empty one.

Text of the audited tree is escaped for CommonMark and for GitHub's tables: it can add no heading,
link, image, table cell or HTML. Only code and bold words of a rule's own text keep their meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from whence.reports.escape import clipped, visible, visible_lines
from whence.reports.prose import Code, blocks, pieces
from whence.reports.tally import PRIORITIES, Tally, counted, ranked, tally
from whence.vocabulary.audit import Audit
from whence.vocabulary.chain import Chain, RoadmapItem
from whence.vocabulary.evidence import Evidence, Treatment
from whence.vocabulary.finding import Category, Finding, Severity
from whence.vocabulary.inventory import Package, packages

ROWS_SHOWN = 200
EVIDENCE_SHOWN = 50
EXCERPT_LINES = 12
EXCERPT_WIDTH = 240

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~$!]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
_LIST_MARK = re.compile(r"^( {0,6})([-*+]|\d{1,9}[.)])( +)(?=\S)")
_LINE_START = re.compile(r"^(?:([-+=]|:(?=-))|(\d{1,9})([.)])(?=\s|$))")
_BOLD = re.compile(r"\*\*(?=[^\s*])([^*]*[^\s*])\*\*")


def render(audit: Audit) -> str:
    """The whole report in Markdown."""
    numbers = tally(audit)
    parts = [
        f"# Supply-chain audit of {code(audit.project)}",
        f"Made by whence {prose(audit.version)}. {_headline(numbers)}",
        *_summary(numbers),
    ]
    parts += _findings(audit)
    parts += _dismissed(audit)
    parts += _chains(audit.chains)
    parts += _roadmap(audit.roadmap)
    parts += _packages(packages(audit.graph))
    parts += _not_audited(audit, numbers)
    parts += _coverage(audit, numbers)
    parts += _sources(audit)
    return "\n\n".join(parts) + "\n"


def prose(text: str) -> str:
    """A name of unknown origin as one line of plain Markdown text."""
    return _not_a_block(_plain(visible(text).strip()))


def inline(text: str) -> str:
    """A phrase that a rule wrote around names, on one line: code and bold words are kept."""
    shown = (code(p.text) if p.code else _bold(p.text) for p in pieces(visible(text).strip()))
    return _not_a_block("".join(shown))


def code(text: str) -> str:
    """A name as inline code, also inside a table."""
    shown = visible(text)
    if not shown.strip() or "|" in shown:
        return prose(shown) or "(empty)"
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fenced(lines: Iterable[str], language: str = "") -> str:
    """A code block that its own content cannot close."""
    content = [visible(line) for line in lines]
    longest = max((len(run) for line in content for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence + language, *content, fence])


def rule_text(markdown: str) -> str:
    """Text that a rule wrote around names of the tree: code, lists and bold words are kept."""
    out: list[str] = []
    for block in blocks(markdown):
        if isinstance(block, Code):
            out += ["", fenced(block.lines, block.language), ""]
        else:
            out.append(_rule_line(block.text))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")


def _rule_line(line: str) -> str:
    mark = _LIST_MARK.match(line)
    lead = mark[0] if mark else ""
    return lead + inline(line[len(lead) :])


def _not_a_block(line: str) -> str:
    """The line with a start that would make it a list item, underline or rule taken literally."""
    start = _LINE_START.match(line)
    if start is None:
        return line
    at = start.start(3) if start[3] else start.start(1)
    return f"{line[:at]}\\{line[at:]}"


def _bold(text: str) -> str:
    split = _BOLD.split(text)
    return "".join(
        f"**{_plain(part)}**" if at % 2 else _plain(part) for at, part in enumerate(split)
    )


def _plain(text: str) -> str:
    text = re.sub("[&<>]", lambda found: _ENTITIES[found.group()], text)
    return _SPECIAL.sub(lambda f: _ENTITIES.get(f.group(), "\\" + f.group()), text)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """`rows` hold Markdown that is escaped already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _headline(numbers: Tally) -> str:
    if numbers.open:
        return f"{counted(numbers.open, 'open finding')}."
    if not numbers.files[Treatment.ANALYSED] + numbers.files[Treatment.PARTIAL]:
        return "Nothing was audited: no file could be analysed."
    looked = counted(numbers.subjects, "place")
    return f"No open findings: {counted(numbers.rules_applied, 'rule')} looked at {looked}."


def _summary(numbers: Tally) -> list[str]:
    rows = []
    for severity in Severity:
        cells = [numbers.by_category.get((severity, category), 0) for category in Category]
        total = numbers.by_severity[severity]
        rows.append([severity.value.capitalize(), str(total), *map(str, cells)])
    totals = [
        sum(numbers.by_category.get((severity, category), 0) for severity in Severity)
        for category in Category
    ]
    rows.append(["**All**", str(numbers.open), *map(str, totals)])
    beside = [
        f"- Dismissed: {numbers.suppressed} by suppressions, {numbers.baseline} by the baseline",
        f"- Hidden below the risk level asked for: {numbers.hidden}",
        f"- Not audited: {numbers.not_audited}",
        f"- Complete: {'yes' if numbers.complete else 'no, whence failed at something'}",
    ]
    head = ["Risk level", "Findings", *(category.value for category in Category)]
    return ["## Summary", _table(head, rows), "\n".join(beside)]


def _findings(audit: Audit) -> Iterator[str]:
    level: Severity | None = None
    for number, finding in enumerate(ranked(audit), 1):
        if finding.severity is not level:
            level = finding.severity
            count = sum(each.severity is level for each in audit.open_findings)
            yield f"## {level.value.capitalize()} risk ({count})"
        yield from _finding(number, finding)


def _finding(number: int, finding: Finding) -> Iterator[str]:
    score = finding.score
    facts = [
        ("Rule", code(finding.rule)),
        ("Risk level", finding.severity.value.capitalize()),
        ("Category", f"{finding.category.value} ({prose(finding.section)})"),
        ("CVSS", f"{score.base:.1f} {code(score.vector)}"),
        ("Priority", f"{finding.priority} ({PRIORITIES.get(finding.priority, 'planned')})"),
        ("Confidence", finding.confidence.value.capitalize()),
        ("Fingerprint", code(finding.fingerprint)),
    ]
    if finding.asset:
        facts.append(("Asset", code(finding.asset)))
    if finding.references:
        facts.append(("References", ", ".join(prose(each) for each in finding.references)))
    if finding.also_reported_by:
        facts.append(
            ("Also reported by", ", ".join(prose(each) for each in finding.also_reported_by))
        )
    yield f"### {number}. {prose(finding.title)}"
    yield "\n".join(f"- **{name}:** {value}" for name, value in facts)
    yield "#### Description"
    yield rule_text(finding.description) or "Not stated."
    yield "#### Why this score"
    reasons = ([m.name, prose(m.value), inline(m.reason)] for m in score.metrics)
    yield _table(["Metric", "Value", "Why"], reasons)
    yield "#### Evidence"
    yield from _evidence(finding.evidence)
    yield "#### Attack scenario"
    yield rule_text(finding.attack) or "Not stated."
    yield "#### Remediation"
    yield rule_text(finding.remediation) or "Not stated."


def _evidence(evidence: Sequence[Evidence]) -> Iterator[str]:
    for number, each in enumerate(evidence[:EVIDENCE_SHOWN], 1):
        note = f": {inline(each.note)}" if each.note else ""
        yield f"**{number}.** {_place(each)}{note}"
        if each.excerpt:
            lines = visible_lines(each.excerpt)
            shown = [clipped(line, EXCERPT_WIDTH) for line in lines[:EXCERPT_LINES]]
            if each.span.first:
                width = len(str(each.span.first + len(shown) - 1))
                shown = [f"{each.span.first + at:>{width}}  {t}" for at, t in enumerate(shown)]
            if len(lines) > EXCERPT_LINES:
                shown.append(f"… and {counted(len(lines) - EXCERPT_LINES, 'more line')}")
            yield fenced(shown, "text")
    if len(evidence) > EVIDENCE_SHOWN:
        more = counted(len(evidence) - EVIDENCE_SHOWN, "more place")
        yield f"And {more}; the JSON report lists all."
    if not evidence:
        yield "The project as a whole."


def _place(evidence: Evidence) -> str:
    span = evidence.span
    lines = ""
    if span.first:
        lines = f":{span.first}" + (f"-{span.last}" if span.last > span.first else "")
    return code(f"{span.path}{lines}") + (f" ({prose(span.place)})" if span.place else "")


def _dismissed(audit: Audit) -> Iterator[str]:
    if not audit.dismissed_findings:
        return
    yield f"## Dismissed ({len(audit.dismissed_findings)})"
    yield _bounded_table(
        ["Rule", "Risk level", "Subject", "How", "Why"],
        [
            [
                code(each.rule),
                each.severity.value.capitalize(),
                code(each.subject),
                each.status.value,
                inline(each.status_reason),
            ]
            for each in audit.dismissed_findings
        ],
    )


def _chains(chains: Sequence[Chain]) -> Iterator[str]:
    if not chains:
        return
    yield f"## Attack chains ({len(chains)})"
    for number, chain in enumerate(chains, 1):
        yield f"### Chain {number}: from {code(chain.start)} to {code(chain.goal)}"
        steps = []
        for at, step in enumerate(chain.steps, 1):
            mark = f" (finding {code(step.finding)})" if step.finding else ""
            where = f" at {_place(step.evidence[0])}" if step.evidence else ""
            steps.append(f"{at}. {inline(step.text)}{where}{mark}")
        yield "\n".join(steps)


def _roadmap(items: Sequence[RoadmapItem]) -> Iterator[str]:
    if not items:
        return
    yield "## Roadmap"
    yield _bounded_table(
        ["Step", "What to do", "Rule", "Closes", "Effort", "Risk removed", "Priority"],
        [
            [
                str(number),
                inline(item.title),
                code(item.rule),
                counted(len(item.findings), "finding"),
                prose(item.effort),
                f"{item.risk_removed:.0%}",
                f"{item.priority} ({PRIORITIES.get(item.priority, 'planned')})",
            ]
            for number, item in enumerate(items, 1)
        ],
    )


def _packages(found: Sequence[Package]) -> Iterator[str]:
    if not found:
        return
    named = sum(bool(each.licences) for each in found)
    yield f"## Packages ({len(found)})"
    yield (
        f"A licence is shown where a lock file or metadata in the tree name one: {named:,} of"
        f" {len(found):,}."
    )
    yield _bounded_table(
        ["Ecosystem", "Package", "Version", "Licence", "Where"],
        [
            [
                each.ecosystem,
                code(each.name),
                prose(each.version) or "open",
                prose("; ".join(each.licences)) or "not at hand",
                _place(Evidence(each.places[0]))
                + (f" and {len(each.places) - 1:,} more" if len(each.places) > 1 else ""),
            ]
            for each in found
        ],
    )


def _not_audited(audit: Audit, numbers: Tally) -> Iterator[str]:
    yield f"## Not audited ({numbers.not_audited})"
    if not audit.not_audited:
        yield "Nothing was left out."
        return
    yield _bounded_table(
        ["Where", "By", "Why"],
        [
            [
                _place(Evidence(each.span)) if each.span.path else "the project",
                prose(each.reader),
                inline(each.reason) + (" (a fault of whence)" if each.fault else ""),
            ]
            for each in sorted(audit.not_audited, key=lambda each: (not each.fault, each))
        ],
    )


def _coverage(audit: Audit, numbers: Tally) -> Iterator[str]:
    yield "## Coverage"
    files = sum(numbers.files.values())
    yield (
        f"{counted(files, 'file')}: {numbers.files[Treatment.ANALYSED]} analysed, "
        f"{numbers.files[Treatment.PARTIAL]} partly, {numbers.files[Treatment.SKIPPED]} skipped. "
        f"{counted(numbers.rules_applied, 'rule')} looked at "
        f"{counted(numbers.subjects, 'place')}; {counted(numbers.rules_idle, 'rule')} had nothing "
        f"to look at or did not run."
    )
    if audit.coverage:
        rules = sorted(audit.coverage, key=lambda each: each.rule)
        rows = [[code(each.rule), str(each.looked_at), inline(each.reason)] for each in rules]
        yield _table(["Rule", "Looked at", "Why nothing"], rows)
    rest = [file for file in audit.files if file.treatment is not Treatment.ANALYSED]
    if rest:
        yield "Files that were read in part or skipped:"
        rows = [[code(f.path), f.treatment.value, inline(f.reason)] for f in rest]
        yield _bounded_table(["File", "Treatment", "Why"], sorted(rows))
    if audit.warnings:
        yield "Warnings:"
        yield "\n".join(f"- {inline(warning)}" for warning in audit.warnings)


def _sources(audit: Audit) -> Iterator[str]:
    if audit.data:
        yield "## Data used"
        rows = [[prose(each.name), prose(each.source), prose(each.date)] for each in audit.data]
        yield _table(["What", "From", "As of"], rows)


def _bounded_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    table = _table(head, rows[:ROWS_SHOWN])
    if len(rows) > ROWS_SHOWN:
        table += f"\n\nAnd {len(rows) - ROWS_SHOWN:,} more; the JSON report lists all."
    return table
