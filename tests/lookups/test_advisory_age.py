"""Data older than a project accepts stops the audit; a broken write stops nothing."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from test_advisory_store import export

from whence import audit
from whence.config import Config, ConfigurationError
from whence.lookups.advisories import Advisories
from whence.lookups.advisory_store import AdvisoryStore
from whence.lookups.advisory_update import UpdateRefused, update

TODAY = date(2026, 8, 1)


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> date:
    """The date of the data in use, where the user has none of their own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return Advisories.embedded().origin.as_of


def audited(folder: Path, accepted: int, today: date) -> int:
    (folder / "requirements.txt").write_text("pyyaml==5.3\n")
    config = Config(offline=True, only=("known-vulnerability",), max_data_age=accepted)
    return len(audit(folder, config=config, today=today, use_cache=False).findings)


def test_data_as_old_as_accepted_are_used(day: date, tmp_path: Path) -> None:
    assert audited(tmp_path, 10, day + timedelta(days=10)) == 1


@pytest.mark.parametrize("days", [11, 400, -1])
def test_data_older_than_accepted_or_from_the_future_fail_the_audit(
    days: int, day: date, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="whence advisories update"):
        audited(tmp_path, 10, day + timedelta(days=days))


def test_what_an_interrupted_write_left_behind_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / ".advisories-x1y2z3").write_bytes(b"half a table")

    assert AdvisoryStore(folder).open().origin == Advisories.embedded().origin


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should stand")
    (tmp_path / "all.zip").write_bytes(export(7000))

    with pytest.raises(UpdateRefused, match="cannot be written"):
        update(AdvisoryStore(tmp_path / "data"), str(tmp_path / "all.zip"), TODAY)
