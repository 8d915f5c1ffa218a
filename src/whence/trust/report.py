"""The verdicts for a terminal and for machines, and the exit code that they make."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from rich.text import Text

from whence.reports.escape import clipped, json_escaped, visible_lines
from whence.reports.tally import counted
from whence.reports.text_page import TextPage, words
from whence.trust.model_verdict import Load, ModelVerdict, Reason, TrustReport, Verdict

SCHEMA = "whence-trust-1"
NOTHING_AGAINST, AGAINST, UNREAD = 0, 1, 3
WIDTH = 100
REASONS, PROOF_LINES, PLACES, CLEAN_ONES = 5, 8, 5, 20
_LABELS = 18
_STYLES = {
    Verdict.MALICIOUS: "bold white on red",
    Verdict.INCOMPLETE: "bold magenta",
    Verdict.REVIEW: "bold yellow",
    Verdict.CLEAN: "bold green",
}


def exit_code(report: TrustReport, fail_on: Verdict = Verdict.REVIEW) -> int:
    """By the gravest verdict: 1 malicious, 3 not read in full, 1 needs review, 0 clean.

    `fail_on` is MALICIOUS where a model that needs review shall pass.
    """
    if report.worst is Verdict.INCOMPLETE:
        return UNREAD
    return AGAINST if report.worst.rank <= fail_on.rank else NOTHING_AGAINST


def as_json(report: TrustReport) -> str:
    """Everything, as one JSON object."""
    document = {
        "schema": SCHEMA,
        "verdict": report.worst,
        **msgspec.to_builtins(report),
    }
    return json_escaped(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def as_text(
    report: TrustReport, *, color: bool = False, width: int | None = None, verbose: bool = False
) -> str:
    """For the terminal; `verbose` shows every reason, all places and all clean models."""
    page = TextPage(color=color, width=width or WIDTH)
    page.add(words(("whence", "bold"), (f" {report.version}  ", "dim"), (report.subject, "bold")))
    page.gap()
    clean = 0
    for model in report.models:
        clean += model.verdict is Verdict.CLEAN
        if clean <= CLEAN_ONES or verbose:
            _add_model(page, model, verbose)
    if clean > CLEAN_ONES and not verbose:
        page.add(Text(f"and {counted(clean - CLEAN_ONES, 'more clean model')}", "dim"), 2)
        page.gap()
    _add_summary(page, report, verbose)
    return page.text()


def _add_model(page: TextPage, model: ModelVerdict, verbose: bool) -> None:
    badges = Text()
    for level in model.levels if model.verdict is not Verdict.CLEAN else (Verdict.CLEAN,):
        badges.append(f" {level.value.upper()} ", _STYLES[level]).append(" ")
    head = badges.append_text(words((model.path, "bold")))
    page.add(head.append_text(words((f"  {_described(model)}", "dim"))), 2)
    shown = model.reasons if verbose else model.reasons[:REASONS]
    for reason in shown:
        _add_reason(page, reason)
    if len(model.reasons) > len(shown):
        more = counted(len(model.reasons) - len(shown), "more reason")
        page.add(Text(f"and {more}", "dim"), 4)
    _add_bytes(page, model, verbose)
    _add_places(page, model, verbose)
    if model.verdict is not Verdict.CLEAN or verbose:
        _add_way_out(page, model)
    for note in model.notes:
        _add_line(page, "note", words(note))
    page.gap()


def _described(model: ModelVerdict) -> str:
    parts = f"{len(model.parts)} shards, " if len(model.parts) > 1 else ""
    share = "every byte accounted for" if model.covered == 1.0 else f"{model.covered:.2%} read"
    return f"{model.format}, {parts}{_size(model.size)}, {share}"


def _add_reason(page: TextPage, reason: Reason) -> None:
    mark = Text("  ! " if reason.verdict is Verdict.MALICIOUS else "  - ", _STYLES[reason.verdict])
    page.add(words(clipped(reason.text, 600), (f"  {reason.span}", "dim")), 4, mark)
    if reason.proof:
        for line in _both_ends(visible_lines(reason.proof)):
            page.code(Text(line, "cyan"), 8)


def _both_ends(lines: list[str]) -> list[str]:
    """A long proof without its middle: it begins with the import and ends with the call."""
    if len(lines) <= PROOF_LINES:
        return lines
    half = PROOF_LINES // 2
    left_out = len(lines) - 2 * half
    return [*lines[:half], f"{'…':>8}  {left_out} more, in the JSON report", *lines[-half:]]


def _add_bytes(page: TextPage, model: ModelVerdict, verbose: bool) -> None:
    parts = model.parts if verbose or len(model.parts) == 1 else ()
    for part in parts:
        if part.sha256:
            stated = f" (stated by {part.stated_by})" if part.stated_by else ""
            name = f"  {part.path}" if len(model.parts) > 1 else ""
            _add_line(page, "SHA-256", words((f"{part.sha256}{stated}{name}", "dim")))
    for record in model.records if verbose else model.records[:PLACES]:
        style = "bold red" if record.outcome == "differs" else "bold"
        _add_line(
            page,
            "recorded",
            words((record.outcome, style), f": {record.algorithm} at {record.span}", (f", kept {record.kept}", "dim")),
        )  # fmt: skip
    for signer in model.signers:
        _add_line(page, "signed", words(signer))
    for claim in model.claims if verbose else model.claims[:PLACES]:
        relation = "made from " if claim.relation == "base" else ""
        fixed = f"@{claim.revision}" if claim.revision else ", no revision"
        said = f"{relation}{claim.origin}{fixed}"
        _add_line(page, "says it is", words(said, (f"  {claim.span}", "dim")))


def _add_places(page: TextPage, model: ModelVerdict, verbose: bool) -> None:
    for load in model.loaded_by if verbose else model.loaded_by[:PLACES]:
        _add_line(page, "loaded by", words(f"{load.span} ", _call(load), f": {load.effect}"))
    hidden = len(model.loaded_by) - PLACES
    if hidden > 0 and not verbose:
        _add_line(page, "", words(f"and {counted(hidden, 'more place')}"))
    if model.findings:
        _add_line(page, "rules", words((", ".join(model.findings), "dim")))


def _call(load: Load) -> str:
    versions = f", version {' or '.join(load.versions)}" if load.versions else ""
    return f"{load.callee}({', '.join(load.settings)}){versions}"


def _add_way_out(page: TextPage, model: ModelVerdict) -> None:
    if model.verdict is Verdict.MALICIOUS:
        what = (
            "do not load it. Take it out of every store and cache, find out what has loaded it,"
            " and replace the credentials of those processes"
        )
        _add_line(page, "do", Text(what))
    if model.needed_safe_globals:
        _add_line(page, "needs to allow", words(", ".join(model.needed_safe_globals)))
    if model.conversion:
        page.rule_text(model.conversion, _LABELS, Text("  convert", "dim"))


def _add_summary(page: TextPage, report: TrustReport, verbose: bool) -> None:
    page.add(Text("─" * page.width, "dim"))
    numbers = dict.fromkeys(Verdict, 0)
    for model in report.models:
        numbers[model.verdict] += 1
    line = Text(counted(len(report.models), "model"), "bold").append(":", "not bold")
    for level, count in numbers.items():
        if count:
            line.append(" " if line.plain.endswith(":") else ", ", "not bold")
            line.append(f"{count} {level.value}", _STYLES[level])
    page.add(line)
    for note in report.notes:
        _add_line(page, "note", words(note))
    passed = report.unjudged
    if passed:
        _add_line(page, "not judged", words(counted(len(passed), "other place")))
    for each in passed if verbose else passed[:PLACES]:
        _add_line(page, "", words((f"{each.path}: {each.reason}", "dim")))
    if len(passed) > PLACES and not verbose:
        _add_line(page, "", Text(f"and {counted(len(passed) - PLACES, 'more')}", "dim"))


def _add_line(page: TextPage, label: str, text: Text) -> None:
    page.add(text, _LABELS, Text(f"  {label}", "dim") if label else None)


def _size(count: int) -> str:
    units: Iterable[tuple[str, int]] = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
    for unit, size in units:
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return counted(count, "byte")
