"""An advisory without a score is of unknown severity, which is neither low nor medium."""

from __future__ import annotations

from pathlib import Path

from whence import audit
from whence.config import Config


def test_advisories_without_a_score_rank_behind_all_that_have_one(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("scipy==1.9.0\nrequests==2.30.0\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "requirements.txt").write_text("urllib3==2.5.0\n")

    found = audit(
        tmp_path, config=Config(offline=True, only=("known-vulnerability",)), use_cache=False
    ).findings

    subjects = [each.subject for each in found]
    unknown = found[-1]
    assert sorted(subjects) == ["requests", "scipy", "urllib3 in other"]
    assert unknown.subject == "scipy"
    assert "the advisory gives no CVSS score" in unknown.description
    assert unknown.priority > max(each.priority for each in found[:-1])
    assert any("severity is unknown" in metric.reason for metric in unknown.score.metrics)
