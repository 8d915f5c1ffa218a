"""`whence challenge`: the SentiBot project to audit, and its grader."""

from __future__ import annotations

import shlex
import subprocess
import sys
from importlib import resources
from pathlib import Path

import click
import msgspec

from whence.auditing import audit as run_audit
from whence.challenge import instructor_notes, scorecard
from whence.challenge.answer_key import (
    FILE_NAME,
    AnswerKey,
    BrokenSeal,
    edited_files,
    open_key,
    sealed,
)
from whence.challenge.edition import (
    CLEAN,
    JULY_2026,
    Difficulty,
    Edition,
    drawn_edition,
    named_edition,
)
from whence.challenge.grading import UnreadableReport, grade, read_report
from whence.challenge.grading.report import Report
from whence.challenge.plant import Kind
from whence.challenge.project import write
from whence.challenge.selftest import Outcome, Tool, selftest
from whence.cli import output_files
from whence.cli.stopping import FOUND, Stop
from whence.config import Config
from whence.reports import render
from whence.rules import every_rule

BRIEF = "CHALLENGE.md"


@click.group()
def challenge() -> None:
    """The SentiBot challenge: audit a realistic ML project, by hand or with any tool, for 100 points.

    \b
    whence challenge new sentibot            write the project and the brief (CHALLENGE.md)
    whence challenge grade sentibot report.md
    """


@challenge.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--edition", type=click.Choice([JULY_2026, CLEAN]), help="A fixed edition. Default: 2026-07.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), help="Draw an edition of your own instead.")
@click.option("--difficulty", type=click.Choice([each.value for each in Difficulty]),
              help="How much of a drawn edition is in plain sight. Default: standard.")  # fmt: skip
@click.option("--count", type=click.IntRange(1, 1000), default=1, show_default=True,
              help="Make so many, with consecutive seeds, in FOLDER/1, FOLDER/2 …")  # fmt: skip
def new(
    folder: Path, edition: str | None, seed: int | None, difficulty: str | None, count: int
) -> None:
    """Write an edition of SentiBot to FOLDER, which must be new or empty.

    The answers lie sealed beside the project; `whence challenge grade` opens them.
    """
    if seed is None and (difficulty or count > 1):
        raise Stop("--difficulty and --count draw editions: give a --seed N as well")
    if seed is not None and edition:
        raise Stop("--edition is fixed and --seed draws: give one of them")
    if seed is None:
        _write_edition(folder, named_edition(edition or JULY_2026))
        return
    level = Difficulty(difficulty or Difficulty.STANDARD)
    for number in range(count):
        target = folder / str(number + 1) if count > 1 else folder
        _write_edition(target, drawn_edition(seed + number, level))


@challenge.command("grade")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--reveal", is_flag=True, help="Name what was missed.")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text",
              show_default=True, help="The form of the scorecard.")  # fmt: skip
@click.option("--output", default="-", metavar="FILE", help="Where it goes; - is standard output.")
def grade_report(folder: Path, report: Path, reveal: bool, form: str, output: str) -> None:
    """Score REPORT against the edition in FOLDER.

    REPORT is Markdown after the template in CHALLENGE.md (or as you write it), SARIF of any tool,
    whence JSON, or CycloneDX VEX.
    """
    key = _key(folder)
    output_files.check_writable(output)
    try:
        read = read_report(report, key.digests)
    except UnreadableReport as error:
        raise Stop(str(error)) from None
    known = any(path in key.digests for claim in read.claims for path, _, _ in claim.places)
    if read.claims and not known:
        raise Stop(f"{report} names no file of the edition in {folder}: is it another project's?")
    result = grade(read, key, _weaknesses(), edited_files(key, folder))
    if form == "json":
        text = scorecard.as_json(result, reveal=reveal)
    else:
        text = scorecard.as_markdown(result, reveal=reveal)
    if form == "text" and output == output_files.STANDARD_OUTPUT and sys.stdout.isatty():
        _print_rich(text)
    else:
        output_files.write(output, text)


@challenge.command()
@click.argument("folder", type=click.Path(path_type=Path))
def answers(folder: Path) -> None:
    """Print the answers to the edition in FOLDER as Markdown, with the reasoning. For instructors."""
    click.echo(instructor_notes.as_markdown(_key(folder)))


@challenge.command("selftest")
@click.option("--tool", metavar="COMMAND",
              help="Another tool: a command that is given the project's folder as its last "
                   "argument and prints SARIF. Default: whence itself.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def test_tool(tool: str | None, as_json: bool) -> None:
    """Plant every flaw alone on the clean project and show what a tool finds.

    A flaw passes when it is found with the plant and silent without it, a red herring when it is
    never accused. Exit code 1 where one does not pass.
    """
    chosen = _command(tool) if tool else _ourselves
    outcomes = list(selftest(chosen, _weaknesses()))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(outcomes), indent=2).decode())
    else:
        click.echo(_table(outcomes))
    sys.exit(0 if all(outcome.passed for outcome in outcomes) else FOUND)


def _write_edition(folder: Path, edition: Edition) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Stop(f"{folder} is not empty: name a new folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(edition.files, folder)
        if edition.name != CLEAN:
            brief = (resources.files("whence.challenge") / "brief.md").read_bytes()
            write({BRIEF: brief, FILE_NAME: sealed(edition)}, folder)
    except OSError as error:
        raise Stop(f"{folder} cannot be written: {error.strerror}") from None
    click.echo(f"{folder}: SentiBot, edition {edition.name}, {len(edition.files)} files", err=True)


def _key(folder: Path) -> AnswerKey:
    try:
        return open_key(folder)
    except BrokenSeal as error:
        raise Stop(str(error)) from None


def _weaknesses() -> dict[str, frozenset[str]]:
    return {
        rule.id: frozenset(ref for ref in rule.references if ref.startswith("CWE-"))
        for rule in every_rule()
    }


def _ourselves(folder: Path) -> Report:
    result = run_audit(folder, config=Config(offline=True), use_cache=False)
    return _read_text(render("json", result, color=False, verbose=False), folder)


def _command(tool: str) -> Tool:
    def run(folder: Path) -> Report:
        done = subprocess.run(
            [*shlex.split(tool), str(folder)], capture_output=True, text=True, check=False
        )
        return _read_text(done.stdout, folder)

    return run


def _read_text(text: str, folder: Path) -> Report:
    location = folder.parent / f"{folder.name}.report"
    try:
        location.write_text(text, "utf-8")
        files = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
        return read_report(location, files)
    except UnreadableReport as error:
        raise Stop(str(error)) from None
    finally:
        location.unlink(missing_ok=True)


def _table(outcomes: list[Outcome]) -> str:
    lines = []
    for outcome in outcomes:
        word = "ok    " if outcome.passed else "MISSED"
        if outcome.kind is Kind.RED_HERRING and not outcome.passed:
            word = "FALSE "
        elif outcome.noisy:
            word = "NOISY "
        lines.append(f"{word} {outcome.section:28} {outcome.plant}")
    flaws = [each for each in outcomes if each.kind is not Kind.RED_HERRING]
    herrings = [each for each in outcomes if each.kind is Kind.RED_HERRING]
    lines.append(
        f"\n{sum(each.passed for each in flaws)} of {len(flaws)} flaws found, "
        f"{sum(each.passed for each in herrings)} of {len(herrings)} red herrings left alone"
    )
    return "\n".join(lines)


def _print_rich(text: str) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))
