"""Same input, same bytes out: however many processes, from the cache or not, in any order."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from whence import audit
from whence.config import Config
from whence.readers import reading
from whence.reports import render

TODAY = datetime.date(2026, 1, 1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for number in range(60):
        (folder / f"module_{number}.py").write_text(
            f"import pickle\n\ndef load(path):\n    return pickle.load(open(path, 'rb'))  # {number}\n"
        )
    (folder / "requirements.txt").write_text("requests>=2\nnumpy==1.26.0\n")
    (folder / "Dockerfile").write_text("FROM python:latest\nCOPY . .\nRUN pip install flask\n")
    return folder


def report(project: Path, *, use_cache: bool, processes: int) -> str:
    result = audit(
        project,
        config=Config(offline=True),
        use_cache=use_cache,
        processes=processes,
        today=TODAY,
    )
    assert result.findings
    return render("json", result, color=False, verbose=False)


def test_serial_and_parallel_runs_give_the_same_bytes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serial = report(project, use_cache=False, processes=1)
    monkeypatch.setattr(reading, "POOL_PAYS_FROM", 0)

    assert report(project, use_cache=False, processes=2) == serial


def test_a_warm_run_gives_the_same_bytes_as_a_cold_one(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHENCE_CACHE", str(tmp_path / "cache"))
    cold = report(project, use_cache=True, processes=1)
    stores = list((tmp_path / "cache" / "facts").iterdir())

    assert report(project, use_cache=True, processes=1) == cold
    assert len(stores) == 1


def test_a_damaged_cache_is_read_anew(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHENCE_CACHE", str(tmp_path / "cache"))
    cold = report(project, use_cache=True, processes=1)
    for stored in (tmp_path / "cache" / "facts").iterdir():
        stored.write_bytes(b"\x93\x01\x02")

    assert report(project, use_cache=True, processes=1) == cold


def test_an_edited_file_is_read_anew(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHENCE_CACHE", str(tmp_path / "cache"))
    before = report(project, use_cache=True, processes=1)
    (project / "requirements.txt").write_text("requests==2.0.0\nnumpy==1.26.0\nflask>=1\n")

    after = report(project, use_cache=True, processes=1)

    assert after != before
    assert after == report(project, use_cache=False, processes=1)
