"""The command line: one module per command; arguments in, one call, exit code out."""

from __future__ import annotations

import sys


def main() -> None:
    """The command `whence`."""
    if sys.argv[1:] == ["--version"]:
        # Answered before anything is imported: scripts ask it often.
        from whence import __version__

        sys.stdout.write(f"whence {__version__}\n")
        return
    from whence.cli.commands import whence

    whence(prog_name="whence")
