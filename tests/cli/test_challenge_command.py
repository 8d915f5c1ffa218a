"""`whence challenge` writes editions, grades reports, and says what is wrong with its input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "whence", "challenge", *arguments],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip


def test_an_edition_is_written_with_its_brief_and_sealed_answers(tmp_path: Path) -> None:
    done = run(tmp_path, "new", "class")

    assert done.returncode == 0
    assert "Report template" in (tmp_path / "class" / "CHALLENGE.md").read_text()
    assert (tmp_path / "class" / "edition.sealed").exists()
    assert "## Flaws (21)" in run(tmp_path, "answers", "class").stdout


def test_many_editions_are_drawn_at_once(tmp_path: Path) -> None:
    run(tmp_path, "new", "class", "--seed", "5", "--count", "2", "--difficulty", "easy")

    one, two = (run(tmp_path, "answers", f"class/{number}").stdout for number in (1, 2))
    assert "edition easy-5" in one
    assert "edition easy-6" in two


def test_a_report_is_graded_in_every_form(tmp_path: Path) -> None:
    run(tmp_path, "new", "class")
    (tmp_path / "report.md").write_text(
        "### Runs as root\n- Risk level: Medium\n- Evidence: deploy/docker/Dockerfile\n"
        "- Description: the container runs as root, no USER\n"
    )

    text = run(tmp_path, "grade", "class", "report.md").stdout
    revealed = run(tmp_path, "grade", "class", "report.md", "--reveal").stdout
    result = json.loads(run(tmp_path, "grade", "class", "report.md", "--format", "json").stdout)

    assert "1 of 21 flaws found" in text
    assert "20 flaws; --reveal names them" in text
    assert "--reveal" not in revealed
    assert 0 < result["score"] < 10
    assert result["missed"] == 20


def test_wrong_input_is_one_clear_line_and_exit_code_2(tmp_path: Path) -> None:
    run(tmp_path, "new", "class")
    (tmp_path / "other.md").write_text("### Bad\nSeverity: High\nEvidence: app/main.go:3\n")
    (tmp_path / "other.sarif").write_text(
        '{"runs": [{"tool": {"driver": {}}, "results": [{"ruleId": "x", "locations": '
        '[{"physicalLocation": {"artifactLocation": {"uri": "app/main.go"}}}]}]}]}'
    )
    (tmp_path / "broken.sarif").write_text('{"runs": [3]}')
    (tmp_path / "plain").mkdir()
    wrong = {
        ("new", "class"): "not empty",
        ("new", "x", "--count", "3"): "--seed",
        ("grade", "class", "other.sarif"): "another project",
        ("grade", "class", "broken.sarif"): "malformed",
        ("grade", "class", "none.md"): "cannot be read",
        ("grade", "plain", "other.md"): "an edition of the challenge",
        ("answers", "plain"): "an edition of the challenge",
    }

    for arguments, words in wrong.items():
        done = run(tmp_path, *arguments)
        assert done.returncode == 2, arguments
        assert words in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_an_empty_report_is_graded_with_nothing(tmp_path: Path) -> None:
    run(tmp_path, "new", "class")
    (tmp_path / "empty.md").write_text("")

    assert "0 of 100" in run(tmp_path, "grade", "class", "empty.md").stdout
