"""What our own rules find of the plants: a ratchet that only rises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RECORD = Path(__file__).with_name("selftest.json")


@pytest.mark.slow
def test_what_was_found_once_is_found_again() -> None:
    """Write the record anew with: whence challenge selftest --json (see CONTRIBUTING.md)."""
    done = subprocess.run(
        [sys.executable, "-m", "whence", "challenge", "selftest", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    outcomes = {each["plant"]: each for each in json.loads(done.stdout)}
    passing = {
        plant
        for plant, each in outcomes.items()
        if (
            not each["found"]
            if each["kind"] == "red-herring"
            else each["found"] and not each["noisy"]
        )
    }
    recorded = set(json.loads(RECORD.read_text()))

    assert sorted(recorded - passing) == [], "found before and no longer"
    assert sorted(passing - recorded) == [], "found now: add to selftest.json, so that it stays"
