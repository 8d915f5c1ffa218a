"""`whence advisories`: which advisory data are in use, and how to get newer ones."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

import click

from whence.cli.stopping import Stop
from whence.lookups.advisory_store import AdvisoryStore, data_age
from whence.lookups.advisory_table import Origin, UnusableTable
from whence.lookups.advisory_update import SOURCES, Phase, UpdateRefused, shown_source
from whence.lookups.advisory_update import update as run_update
from whence.lookups.ecosystems import NPM, PYPI, update_command
from whence.lookups.user_folders import data_folder


@click.group()
def advisories() -> None:
    """The advisory data that audits rest on.

    \b
    whence advisories status
    whence advisories update
    whence advisories update --ecosystem npm
    whence advisories update --from all.zip
    """


@advisories.command()
def status() -> None:
    """Show the date, source and size of the data in use."""
    for ecosystem in (PYPI, NPM):
        command = update_command(ecosystem)
        try:
            found = _store().open() if ecosystem is PYPI else _store().stored(ecosystem)
        except UnusableTable as error:
            raise Stop(f"{error}: `{command}` replaces it") from None
        if found is None:
            click.echo(f"none on {ecosystem.name} packages: `{command}` fetches them")
        else:
            _tell(found.origin)


def _tell(origin: Origin) -> None:
    age = data_age(origin.as_of, datetime.date.today())
    live = f"{origin.counts['live']:,} advisories on {origin.ecosystem} packages"
    click.echo(f"{live} of {origin.as_of} ({age.days} days old)")
    click.echo(f"source: {origin.source} ({origin.licence})")


@advisories.command()
@click.option(
    "--from", "source", metavar="FILE|URL", default="",
    help="An OSV export: a zip with one JSON document for each advisory. Default: the one that OSV"
    " publishes for --ecosystem.",
)  # fmt: skip
@click.option(
    "--ecosystem", type=click.Choice(sorted(SOURCES)), default=PYPI.type, show_default=True,
    help="Whose advisories to fetch. An export given with --from says by itself.",
)  # fmt: skip
def update(source: str, ecosystem: str) -> None:
    """Fetch the current advisories and use them from now on. Uses the network unless FILE is given.

    The new data replace the old ones only when they are complete and plausible.
    """
    source = source or SOURCES[ecosystem]
    try:
        with _Bar() as bar:
            table = run_update(_store(), source, datetime.date.today(), bar)
    except UpdateRefused as error:
        label = shown_source(source)
        reason = str(error).removeprefix(label).strip()
        raise Stop(f"{label} was not taken: {reason}; the data in use stay as they are") from None
    origin = table.origin
    packages = f"on {origin.ecosystem} packages"
    click.echo(
        f"{origin.counts['live']:,} advisories {packages} of {origin.as_of} are now in use",
        err=True,
    )


def _store() -> AdvisoryStore:
    return AdvisoryStore(data_folder(os.environ, Path.home()))


class _Bar:
    """A progress line on a terminal's standard error: the phase, and how much of it is done."""

    def __enter__(self) -> _Bar:
        return self

    def __call__(self, phase: Phase, done: int, total: int) -> None:
        if sys.stderr.isatty():
            share = f" {done / total:.0%}" if total else f" {done:,}"
            sys.stderr.write(f"\r\x1b[K{phase.value}{share}")
            sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
