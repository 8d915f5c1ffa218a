"""Exit codes, and the one way in which a command gives up."""

from __future__ import annotations

import click

NOTHING_FOUND = 0
FOUND = 1
WRONG_USE = 2
INCOMPLETE = 3


class Stop(click.ClickException):
    """Wrong use or unreadable input: one line that says what, where and how to mend it. Exit 2."""

    exit_code = WRONG_USE

    def show(self, file: object = None) -> None:
        click.echo(f"whence: {self.format_message()}", err=True)
