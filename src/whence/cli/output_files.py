"""Where reports go: standard output, or files that are replaced whole or not at all."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path

from whence.cli.stopping import Stop

STANDARD_OUTPUT = "-"


def check_writable(target: str) -> None:
    """Fails before the work is done rather than after. Raises Stop for a target that cannot be."""
    if target == STANDARD_OUTPUT:
        return
    location = Path(target)
    if location.is_dir():
        raise Stop(f"{target} is a folder: name a file for the report")
    if not location.parent.is_dir():
        raise Stop(f"the folder {location.parent} does not exist: create it, or write elsewhere")
    if not os.access(location.parent, os.W_OK):
        raise Stop(f"the folder {location.parent} is not writable: write the report elsewhere")


def write(target: str, text: str) -> None:
    """Writes a report; a file appears complete or not at all. Raises Stop where it cannot."""
    if target == STANDARD_OUTPUT:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    location = Path(target)
    try:
        handle, temporary = tempfile.mkstemp(dir=location.parent, prefix=".whence-")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text if text.endswith("\n") else text + "\n")
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, location)
    except OSError as error:
        raise Stop(f"{target} cannot be written: {error.strerror}") from None
