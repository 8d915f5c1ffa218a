"""What serves development only weighs less than what ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from whence import audit
from whence.config import Config

LINE = "theme @ git+https://git.example.com/team/theme@main\n"


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("requirements.txt", "high"),
        ("requirements/prod.txt", "high"),
        ("requirements/docs.txt", "medium"),
        ("requirements-dev.txt", "medium"),
    ],
)
def test_a_branch_that_only_developers_install_is_medium(
    path: str, severity: str, tmp_path: Path
) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(LINE)
    only = Config(offline=True, only=("unpinned-vcs-dependency",))

    (found,) = audit(tmp_path, config=only, use_cache=False).findings

    assert found.severity == severity
