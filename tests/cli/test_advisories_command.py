"""`whence advisories` takes good data whole and leaves what it had otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-m", "whence", "advisories", *arguments],
        capture_output=True, text=True, check=False, env=environment, cwd=tmp_path,
    )  # fmt: skip


def test_status_names_date_and_source(tmp_path: Path) -> None:
    done = run(tmp_path, "status")

    assert done.returncode == 0
    assert "advisories on PyPI packages of 20" in done.stdout
    assert "none on npm packages: `whence advisories update --ecosystem npm`" in done.stdout
    assert "source:" in done.stdout


def test_an_implausible_export_is_refused_and_the_old_data_stay(tmp_path: Path) -> None:
    before = run(tmp_path, "status").stdout
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        affected = [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": ["1"]}]
        record = {"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": affected}
        archive.writestr("X-1.json", json.dumps(record))

    done = run(tmp_path, "update", "--from", "all.zip")

    assert done.returncode == 2
    assert "less than half" in done.stderr
    assert run(tmp_path, "status").stdout == before


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    done = run(tmp_path, "update", "--from", "nowhere.zip")

    assert done.returncode == 2
    assert "nowhere.zip" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://bob:s3cret@files.example.com/all.zip?token=s3cret", "is not https"),
        ("https://bob:s3cret@127.0.0.1:1/all.zip#s3cret", "cannot be reached"),
        ("https://bob:s3cret@[::1/all.zip", "not an address"),
    ],
)
def test_credentials_of_an_address_are_not_printed(address: str, said: str, tmp_path: Path) -> None:
    done = run(tmp_path, "update", "--from", address)

    assert done.returncode == 2
    assert said in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    assert done.stderr.count("all.zip") <= 1
