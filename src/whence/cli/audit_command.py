"""`whence audit`: audit a project and report."""

from __future__ import annotations

import datetime
import gc
import os
import shutil
import sys
from pathlib import Path

import click
import msgspec

from whence.auditing import audit as run_audit
from whence.cli import output_files
from whence.cli.baseline_file import read_baseline, save_baseline
from whence.cli.progress import progress_line
from whence.cli.stopping import FOUND, INCOMPLETE, NOTHING_FOUND, Stop
from whence.config import Config, ConfigurationError, load_config
from whence.reports import FORMATS, render
from whence.vocabulary.audit import Audit
from whence.vocabulary.finding import Severity

_LEVELS = click.Choice([severity.value for severity in Severity])
_NEVER = "never"


@click.command()
@click.argument("path", default=".", type=click.Path())
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(sorted(FORMATS)),
    help="What to report; repeat for several. Default: terminal.",
)  # fmt: skip
@click.option(
    "--output", "outputs", multiple=True, metavar="FILE",
    help="Where the first, second … --format goes; - is standard output (the default).",
)  # fmt: skip
@click.option("--fail-on", type=click.Choice([*_LEVELS.choices, _NEVER]),
              help="Exit with 1 from this risk level on. Default: low.")  # fmt: skip
@click.option("--min-severity", type=_LEVELS, help="Leave out findings below this risk level.")
@click.option("--only", multiple=True, metavar="RULE", help="Run these rules only; repeatable.")
@click.option("--skip", multiple=True, metavar="RULE", help="Do not run these rules; repeatable.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Do not look at these paths.")
@click.option("--baseline", metavar="FILE", help="Count only what this baseline does not hold.")
@click.option("--write-baseline", metavar="FILE",
              help="Write all open findings as the new baseline.")  # fmt: skip
@click.option("--offline", is_flag=True,
              help="Ask nothing over the network. Otherwise pip's index is asked about the names "
                   "of the project's public packages.")  # fmt: skip
@click.option("--as-of", metavar="DATE", help="Judge by what was known on YYYY-MM-DD.")
@click.option("--max-data-age", type=int, metavar="DAYS",
              help="Fail where the advisory data are older than this.")  # fmt: skip
@click.option("--strict", is_flag=True,
              help="Exit with 3 where something could not be audited.")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Read every file anew and remember nothing.")
@click.option("--processes", type=click.IntRange(1), metavar="N",
              help="Read with so many processes. Default: one per processor.")  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="All eight parts of every finding.")
@click.option("--debug", is_flag=True, help="Show the traceback of anything that failed.")
def audit(
    path: str,
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    fail_on: str | None,
    min_severity: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    exclude: tuple[str, ...],
    baseline: str | None,
    write_baseline: str | None,
    offline: bool,
    as_of: str | None,
    max_data_age: int | None,
    strict: bool,
    no_cache: bool,
    processes: int | None,
    verbose: bool,
    debug: bool,
) -> None:
    """Audit the project at PATH (a folder or one file) and report what is wrong with it.

    Nothing of the project is executed, imported or unpickled. Settings stand in whence.toml or
    [tool.whence] in pyproject.toml; the command line goes first.

    \b
    whence audit .
    whence audit . --offline --fail-on high
    whence audit . --format terminal --format sarif --output - --output whence.sarif
    whence audit . --write-baseline whence-baseline.json

    Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 wrong use or unreadable input;
    3 --strict and something could not be audited.
    """
    targets = _targets(formats or ("terminal",), outputs)
    for target in [
        *(target for _, target in targets),
        *([write_baseline] if write_baseline else []),
    ]:
        output_files.check_writable(target)
    given: dict[str, object] = {
        "only": only, "skip": skip, "exclude": exclude, "baseline": baseline, "as_of": as_of,
        "offline": offline, "strict": strict, "max_data_age": max_data_age,
        "min_severity": Severity(min_severity) if min_severity else None,
    }  # fmt: skip
    config = _configured(path, given)
    known = read_baseline(config.baseline) if config.baseline else frozenset()
    # Facts are many small values without cycles: looking for cycles costs a third of the reading.
    gc.set_threshold(500_000)
    try:
        with progress_line() as progress:
            result = run_audit(
                path,
                config=config,
                baseline=known,
                use_cache=not no_cache,
                processes=processes or os.cpu_count() or 1,
                progress=progress,
            )
    except ConfigurationError as error:
        raise Stop(str(error)) from None
    for name, target in targets:
        shown = target == output_files.STANDARD_OUTPUT and sys.stdout.isatty()
        output_files.write(
            target,
            render(
                name,
                result,
                color=shown and "NO_COLOR" not in os.environ,
                width=shutil.get_terminal_size().columns if shown else None,
                verbose=verbose,
            ),
        )
    if write_baseline:
        count = save_baseline(write_baseline, result.findings)
        click.echo(f"{write_baseline}: {count} findings are the new baseline", err=True)
    if debug:
        _show_traces(result)
    sys.exit(_exit_code(result, fail_on or config.fail_on.value, config.strict))


def _targets(formats: tuple[str, ...], outputs: tuple[str, ...]) -> list[tuple[str, str]]:
    if len(outputs) > len(formats):
        raise Stop("there are more --output than --format: each output needs its format")
    padded = [*outputs, *[output_files.STANDARD_OUTPUT] * (len(formats) - len(outputs))]
    if padded.count(output_files.STANDARD_OUTPUT) > 1:
        raise Stop("only one report can go to standard output: give the others an --output FILE")
    return list(zip(formats, padded, strict=True))


def _configured(path: str, given: dict[str, object]) -> Config:
    location = Path(path)
    if given["as_of"] and not _is_date(str(given["as_of"])):
        raise Stop(f"--as-of {given['as_of']} is no date: write YYYY-MM-DD")
    if not location.exists():
        raise Stop(f"{path} does not exist: name a folder or file to audit")
    if location.is_dir() and not os.access(location, os.R_OK | os.X_OK):
        raise Stop(f"{path} cannot be listed: check its permissions")
    if location.is_file() and not os.access(location, os.R_OK):
        raise Stop(f"{path} cannot be read: check its permissions")
    if location.is_dir() and not any(location.iterdir()):
        raise Stop(f"{path} is empty: there is nothing to audit")
    try:
        config = load_config(location if location.is_dir() else location.parent)
    except ConfigurationError as error:
        raise Stop(str(error)) from None
    asked = {key: value for key, value in given.items() if value not in (None, (), False)}
    if "exclude" in asked:
        asked["exclude"] = (*config.exclude, *given["exclude"])  # type: ignore[misc]
    return msgspec.structs.replace(config, **asked)


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _show_traces(result: Audit) -> None:
    for unread in result.not_audited:
        if unread.trace:
            click.echo(f"--- {unread.reader} at {unread.span}\n{unread.trace}", err=True)


def _exit_code(result: Audit, fail_on: str, strict: bool) -> int:
    if fail_on != _NEVER:
        floor = Severity(fail_on).rank
        if any(finding.severity.rank >= floor for finding in result.open_findings):
            return FOUND
    incomplete = any(unread.reader != "walk" or unread.fault for unread in result.not_audited)
    return INCOMPLETE if strict and incomplete else NOTHING_FOUND
