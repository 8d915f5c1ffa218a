"""All commands. A command's module is imported when it is called or asked for help."""

from __future__ import annotations

import importlib

import click

from whence import __version__

# command → module below `whence.cli`; the function in it has the name of the command
_COMMANDS = {
    "audit": "audit_command",
    "explain": "explain_command",
    "advisories": "advisories_command",
    "challenge": "challenge_command",
    "trust": "trust_command",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(importlib.import_module(f"whence.cli.{module}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="whence", message="%(prog)s %(version)s")
def whence() -> None:
    """Audit the complete supply chain of a machine-learning project.

    \b
    whence audit .                 what is wrong here, ranked, with evidence and fixes
    whence explain RULE            what a rule looks for, with a bad and a good example
    whence trust model.pt          can we trust this model? a verdict with the bytes that prove it
    whence advisories update       newer advisory data than this release carries
    whence challenge new DIR       a flawed ML project to audit, graded to 100 points
    """
