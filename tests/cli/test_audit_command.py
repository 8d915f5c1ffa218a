"""`whence audit` as a user meets it: exit codes, outputs, settings, wrong input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM python:latest\nUSER 10001\n")
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    environment = {**os.environ, "WHENCE_CACHE": str(tmp_path / "cache"), "NO_COLOR": "1"}

    def call(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "whence", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
        )

    return call


def audit_json(run: Run, *arguments: object) -> dict[str, list[dict[str, object]]]:
    done = run("audit", *arguments, "--offline", "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    result: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return result


def rules(result: dict[str, list[dict[str, object]]]) -> set[object]:
    return {finding["rule"] for finding in result["findings"] if finding["status"] == "open"}


def test_findings_make_exit_code_1(run: Run, project: Path) -> None:
    done = run("audit", project, "--offline")

    assert done.returncode == 1
    assert "unpinned-base-image" in done.stdout


def test_exit_code_0_below_the_threshold(run: Run, project: Path) -> None:
    assert run("audit", project, "--offline", "--fail-on", "critical").returncode == 0
    assert run("audit", project, "--offline", "--fail-on", "never").returncode == 0


def test_strict_makes_exit_code_3_where_something_was_not_audited(run: Run, project: Path) -> None:
    (project / "Dockerfile").write_text("FROM scratch\nUSER 1\n")
    (project / "broken.py").write_text("def broken(:\n")

    assert run("audit", project, "--offline", "--fail-on", "high").returncode == 0
    assert run("audit", project, "--offline", "--fail-on", "high", "--strict").returncode == 3


def test_a_single_file_is_audited_alone(run: Run, project: Path) -> None:
    (project / "other.py").write_text("import os\n")

    result = audit_json(run, project / "Dockerfile")

    assert [file["path"] for file in result["files"]] == ["Dockerfile"]
    assert "unpinned-base-image" in rules(result)


def test_only_and_skip_choose_rules(run: Run, project: Path) -> None:
    assert rules(audit_json(run, project, "--only", "unpinned-base-image")) == {
        "unpinned-base-image"
    }
    assert "unpinned-base-image" not in rules(
        audit_json(run, project, "--skip", "unpinned-base-image")
    )


def test_a_baseline_leaves_only_what_is_new(run: Run, project: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    run("audit", project, "--offline", "--write-baseline", baseline)

    assert run("audit", project, "--offline", "--baseline", baseline).returncode == 0
    (project / "Dockerfile").write_text("FROM python:latest\n")
    assert run("audit", project, "--offline", "--baseline", baseline).returncode == 1


def test_a_comment_with_a_reason_dismisses_a_finding(run: Run, project: Path) -> None:
    (project / "Dockerfile").write_text(
        '# whence: ignore[unpinned-base-image] reason="rebuilt nightly on purpose"\n'
        "FROM python:latest\nUSER 10001\n"
    )

    result = audit_json(run, project)

    assert "unpinned-base-image" not in rules(result)
    dismissed = [each for each in result["findings"] if each["status"] == "suppressed"]
    assert [each["rule"] for each in dismissed] == ["unpinned-base-image"]


def test_project_settings_are_read_and_the_command_line_goes_first(run: Run, project: Path) -> None:
    (project / "whence.toml").write_text('fail-on = "critical"\n')

    assert run("audit", project, "--offline").returncode == 0
    assert run("audit", project, "--offline", "--fail-on", "low").returncode == 1


def test_several_reports_are_written_in_one_run(run: Run, project: Path, tmp_path: Path) -> None:
    done = run(
        "audit", project, "--offline",
        "--format", "sarif", "--output", tmp_path / "a.sarif",
        "--format", "markdown", "--output", tmp_path / "a.md",
        "--format", "json", "--output", "-",
    )  # fmt: skip

    assert json.loads(done.stdout)["findings"]
    assert json.loads((tmp_path / "a.sarif").read_text())["version"] == "2.1.0"
    assert "unpinned-base-image" in (tmp_path / "a.md").read_text()


WRONG = {
    "missing path": (["audit", "nowhere"], "does not exist"),
    "empty folder": (["audit", "empty"], "is empty"),
    "unknown rule": (["audit", "project", "--only", "unpinned-base-imag"], "did you mean"),
    "broken configuration": (["audit", "broken"], "whence.toml cannot be read"),
    "unknown setting": (["audit", "misspelt"], "fail-onn"),
    "no such output folder": (
        ["audit", "project", "--format", "json", "--output", "no/such/a.json"],
        "does not exist",
    ),
    "output is a folder": (["audit", "project", "--format", "json", "--output", "empty"], "folder"),
    "missing baseline": (["audit", "project", "--baseline", "none.json"], "cannot be read"),
    "two reports to standard output": (
        ["audit", "project", "--format", "json", "--format", "sarif"],
        "only one report",
    ),
    "bad date": (["audit", "project", "--as-of", "yesterday"], "YYYY-MM-DD"),
    "unknown page": (["explain", "unpinned-base-imag"], "did you mean"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_use_is_one_clear_line_and_exit_code_2(
    run: Run, project: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "whence.toml").write_text("= nothing\n")
    (tmp_path / "misspelt").mkdir()
    (tmp_path / "misspelt" / "whence.toml").write_text('fail-onn = "low"\n')
    before = sorted(tmp_path.rglob("*"))

    done = run(*arguments, *(["--offline"] if arguments[0] == "audit" else []))

    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
    assert [path for path in sorted(tmp_path.rglob("*")) if "cache" not in path.parts] == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_listed(run: Run, project: Path) -> None:
    (project / "locked.py").write_text("")
    (project / "locked.py").chmod(0)

    result = audit_json(run, project)

    assert any(each["path"] == "locked.py" for each in result["not_audited"])


def test_explain_lists_every_rule_and_shows_pages(run: Run) -> None:
    listing = run("explain").stdout
    page = run("explain", "unpinned-base-image").stdout

    assert "unpinned-base-image" in listing
    assert "## Fix" in page


def test_version_is_one_line(run: Run) -> None:
    done = run("--version")

    assert (done.returncode, done.stdout.split()[0]) == (0, "whence")
