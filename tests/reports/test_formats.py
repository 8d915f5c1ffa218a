"""Reports are asked for by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from whence.reports import FORMATS, render
from whence.vocabulary.audit import Audit


def test_every_format_renders_text_that_ends_with_one_line_break(plain_audit: Audit) -> None:
    assert set(FORMATS) >= {"terminal", "markdown", "json", "sarif"}
    for name in FORMATS:
        text = render(name, plain_audit)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_an_unknown_format_is_refused(plain_audit: Audit) -> None:
    with pytest.raises(KeyError, match="html5"):
        render("html5", plain_audit)


def test_only_the_terminal_report_pays_for_the_terminal() -> None:
    program = (
        "import sys; from whence.reports import render; from whence.vocabulary.audit import Audit;"
        "from whence.vocabulary.graph import SupplyGraph;"
        "audit = Audit('p', '1', SupplyGraph(), (), (), (), (), (), ());"
        "[render(name, audit) for name in ('json', 'markdown', 'sarif')];"
        "print('rich' in sys.modules);"
        "render('terminal', audit);"
        "print('rich' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["False", "True"]
