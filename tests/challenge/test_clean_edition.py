"""The clean SentiBot is a model of good practice, and our rules agree."""

from __future__ import annotations

from pathlib import Path

from whence import audit
from whence.challenge.edition import CLEAN, named_edition
from whence.challenge.project import write
from whence.config import Config
from whence.vocabulary.finding import Severity


def test_the_clean_edition_has_no_finding_of_medium_or_above(tmp_path: Path) -> None:
    write(named_edition(CLEAN).files, tmp_path)

    result = audit(tmp_path, config=Config(offline=True), use_cache=False)

    grave = [f for f in result.open_findings if f.severity.rank >= Severity.MEDIUM.rank]
    assert [finding.description for finding in grave] == []
    assert not [each for each in result.not_audited if each.fault]
    looked = [each.rule for each in result.coverage if each.looked_at]
    assert len(looked) >= 50, "silence must mean: looked and found nothing"
