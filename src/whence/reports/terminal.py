"""The audit for the terminal: findings worst first, then what was and was not looked at.

By default a finding shows what is wrong, where, the lines and the fix; `verbose` shows all parts.
Names of the audited tree are made visible first, so that none of them can steer the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from whence.reports.escape import clipped, visible_lines
from whence.reports.prose import Code, blocks, first_paragraph
from whence.reports.tally import PRIORITIES, Tally, counted, ranked, tally
from whence.reports.text_page import TextPage, rule_words, words
from whence.vocabulary.audit import Audit
from whence.vocabulary.evidence import Evidence, Treatment
from whence.vocabulary.finding import Finding, Severity

WIDTH = 100
EXCERPT_LINES = 8
FIX_LINES = 12
PLACES = 4
PLACES_VERBOSE = 50
SHORT_LIST = 3
WARNINGS = 10

_STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold cyan",
    Severity.INFO: "bold",
}
_LABELS = 16


def render(
    audit: Audit, *, color: bool = False, width: int | None = None, verbose: bool = False
) -> str:
    """The report as text, with terminal colours where `color` says so.

    `width` is the terminal's number of columns, used between 30 and 120. Lines of code are cut at
    the edge, everything else is wrapped.
    """
    page = TextPage(color=color, width=width or WIDTH)
    page.add(words(("whence", "bold"), (f" {audit.version}  ", "dim"), (audit.project, "bold")))
    page.gap()
    fixes_shown: set[str] = set()
    for finding in ranked(audit):
        _add_finding(page, finding, verbose, finding.remediation in fixes_shown)
        fixes_shown.add(finding.remediation)
    _add_summary(page, audit, tally(audit), verbose)
    return page.text()


def _add_finding(page: TextPage, finding: Finding, verbose: bool, fix_shown: bool) -> None:
    badge = Text(f" {finding.severity.value.upper()} ", _STYLES[finding.severity])
    badge = Text().append_text(badge).append(f" {finding.score.base:.1f}  ", "dim")
    page.add(words((finding.title, "bold")), 2, badge)
    where = str(finding.evidence[0].span) if finding.evidence else "the project as a whole"
    line = words((where, "underline"), (f"  {finding.rule}", "dim"))
    if finding.confidence.rank < 2:
        line.append(f"  {finding.confidence.value} confidence", "dim")
    page.add(line, 2)
    page.gap()
    if verbose:
        page.rule_text(finding.description, 2)
    else:
        page.add(rule_words(first_paragraph(finding.description)), 2)
    _add_evidence(page, finding.evidence, verbose)
    page.gap()
    if verbose:
        _add_facts(page, finding)
        page.rule_text(finding.attack, 10, Text("  attack  ", "bold"), "dim")
        page.gap()
        page.rule_text(finding.remediation, 10, Text("  fix     ", "bold"))
    elif fix_shown:
        page.add(Text("as above", "dim"), 7, Text("  fix", "bold"))
    else:
        _add_fix(page, finding)
    page.gap()


def _add_evidence(page: TextPage, evidence: Sequence[Evidence], verbose: bool) -> None:
    if not evidence:
        return
    first, *others = evidence
    if first.excerpt:
        page.gap()
        _add_excerpt(page, first)
    if first.note:
        page.add(words((first.note, "dim")), 4)
    shown = others[: PLACES_VERBOSE if verbose else PLACES]
    if shown:
        page.gap()
    for at, each in enumerate(shown):
        said = each.note or (visible_lines(each.excerpt)[0].strip() if each.excerpt else "")
        label = Text("  also", "bold") if at == 0 else None
        page.code(words(str(each.span), (f"  {said}" if said else "", "dim")), 8, label)
    if len(others) > len(shown):
        page.add(Text(f"and {counted(len(others) - len(shown), 'more place')}", "dim"), 8)


def _add_excerpt(page: TextPage, evidence: Evidence) -> None:
    lines = visible_lines(evidence.excerpt)
    start = evidence.span.first
    gutter = len(str(start + min(len(lines), EXCERPT_LINES) - 1)) if start else 0
    for at, line in enumerate(lines[:EXCERPT_LINES]):
        number = f"{start + at:>{gutter}} " if start else ""
        mark = Text("  > " if at == 0 else "    ", "bold red").append(f"{number}│ ", "not bold dim")
        page.code(Text(line), mark.cell_len, mark)
    if len(lines) > EXCERPT_LINES:
        page.add(Text(f"… {counted(len(lines) - EXCERPT_LINES, 'more line')}", "dim"), 4)


def _add_facts(page: TextPage, finding: Finding) -> None:
    _add_fact(page, "category", words(f"{finding.category.value} ({finding.section})"))
    _add_fact(page, "CVSS", words(f"{finding.score.base:.1f}  {finding.score.vector}"))
    for metric in finding.score.metrics:
        page.add(words((f"{metric.name}:{metric.value}  {metric.reason}", "dim")), _LABELS)
    priority = PRIORITIES.get(finding.priority, "planned")
    _add_fact(page, "priority", Text(f"{finding.priority} ({priority})"))
    _add_fact(page, "confidence", Text(finding.confidence.value))
    _add_fact(page, "fingerprint", words(finding.fingerprint))
    if finding.asset:
        _add_fact(page, "asset", words(finding.asset))
    if finding.references:
        _add_fact(page, "references", words(", ".join(finding.references)))
    if finding.also_reported_by:
        _add_fact(page, "also found by", words(", ".join(finding.also_reported_by)))
    page.gap()


def _add_fact(page: TextPage, name: str, value: Text) -> None:
    page.add(value, _LABELS, Text(f"  {name}", "bold"))


def _add_fix(page: TextPage, finding: Finding) -> None:
    page.add(rule_words(first_paragraph(finding.remediation)), 7, Text("  fix", "bold"))
    parts = list(blocks(finding.remediation))
    code = next((block for block in parts if isinstance(block, Code)), None)
    if code:
        page.gap()
        for line in code.lines[:FIX_LINES]:
            page.code(Text(line, "green"), 7)
        if len(code.lines) > FIX_LINES:
            more = f"… whence explain {finding.rule}"
            page.add(words((more, "dim")), 7)


def _add_summary(page: TextPage, audit: Audit, numbers: Tally, verbose: bool) -> None:
    page.add(Text("─" * page.width, "dim"))
    page.add(_headline(numbers))
    if numbers.dismissed:
        dismissed = f"{numbers.suppressed} by suppressions, {numbers.baseline} by the baseline"
        _add_line(page, "dismissed", Text(dismissed))
    if numbers.hidden:
        _add_line(page, "hidden", Text(f"{numbers.hidden} below the risk level asked for"))
    _add_work(page, audit)
    _add_looked_at(page, audit, numbers, verbose)
    if audit.data:
        known = "; ".join(f"{each.name} of {each.date}" for each in audit.data)
        _add_line(page, "data", words(known))
    warnings = audit.warnings if verbose else audit.warnings[:WARNINGS]
    for warning in warnings:
        _add_line(page, "warning", words((warning, "yellow")))
    if len(audit.warnings) > len(warnings):
        more = counted(len(audit.warnings) - len(warnings), "more warning")
        _add_line(page, "", Text(f"and {more}"))


def _headline(numbers: Tally) -> Text:
    if not numbers.open:
        if not numbers.files[Treatment.ANALYSED] + numbers.files[Treatment.PARTIAL]:
            return Text("Nothing was audited: no file could be analysed", "bold yellow")
        found = "No findings at this risk level" if numbers.hidden else "No findings"
        return Text(found, "bold green").append(
            f": {counted(numbers.rules_applied, 'rule')} looked at "
            f"{counted(numbers.subjects, 'place')}", "not bold default"
        )  # fmt: skip
    line = Text(counted(numbers.open, "finding"), "bold").append(":", "not bold")
    for severity, count in numbers.by_severity.items():
        if count:
            line.append(" " if line.plain.endswith(":") else ", ", "not bold")
            line.append(f"{count} {severity.value}", _STYLES[severity])
    return line


def _add_work(page: TextPage, audit: Audit) -> None:
    for number, item in enumerate(audit.roadmap[:SHORT_LIST], 1):
        text = rule_words(f"{number}. {clipped(item.title, 200)}")
        worth = f"{item.effort}, closes {len(item.findings)}, {item.risk_removed:.0%} of the risk"
        text.append_text(words((f"  {worth}", "dim")))
        _add_line(page, "do first" if number == 1 else "", text)
    if len(audit.roadmap) > SHORT_LIST:
        more = counted(len(audit.roadmap) - SHORT_LIST, "more step")
        _add_line(page, "", Text(f"and {more} in the Markdown report", "dim"))
    for number, chain in enumerate(audit.chains[:SHORT_LIST]):
        steps = counted(len(chain.steps), "step")
        text = words(f"{chain.start} → {chain.goal}", (f"  in {steps}", "dim"))
        _add_line(page, "attack paths" if number == 0 else "", text)
    if len(audit.chains) > SHORT_LIST:
        more = counted(len(audit.chains) - SHORT_LIST, "more path")
        _add_line(page, "", Text(f"and {more} in the Markdown report", "dim"))


def _add_looked_at(page: TextPage, audit: Audit, numbers: Tally, verbose: bool) -> None:
    files = numbers.files
    total = counted(sum(files.values()), "file")
    text = (
        f"{total}: {files[Treatment.ANALYSED]} analysed, {files[Treatment.PARTIAL]} partly, "
        f"{files[Treatment.SKIPPED]} skipped; {counted(numbers.rules_applied, 'rule')} at "
        f"{counted(numbers.subjects, 'place')}"
    )
    if numbers.rules_idle:
        text += f", {counted(numbers.rules_idle, 'rule')} had nothing to look at or did not run"
    _add_line(page, "looked at", Text(text))
    if verbose:
        for each in sorted(audit.coverage, key=lambda each: each.rule):
            if not each.looked_at:
                _add_line(page, "", words((f"{each.rule}: {each.reason}", "dim")))
    if not numbers.not_audited:
        return
    top = [f"{reason} ({count})" for reason, count in numbers.reasons[:SHORT_LIST]]
    text = f"{counted(numbers.not_audited, 'place')}: {', '.join(clipped(t, 120) for t in top)}"
    if len(numbers.reasons) > SHORT_LIST:
        text += f" and {counted(len(numbers.reasons) - SHORT_LIST, 'other reason')}"
    _add_line(page, "not audited", words((text, "yellow" if numbers.faults else "")))
    if numbers.faults:
        fault = f"whence itself failed at {counted(numbers.faults, 'place')}; --debug shows why"
        _add_line(page, "", Text(fault, "bold yellow"))
    if verbose:
        for unread in sorted(audit.not_audited)[:PLACES_VERBOSE]:
            _add_line(page, "", words((f"{unread.span}: {unread.reason}", "dim")))


def _add_line(page: TextPage, label: str, text: Text) -> None:
    page.add(text, _LABELS, Text(f"  {label}", "dim") if label else None)
