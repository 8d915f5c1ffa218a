"""Lineage in the styles of many teams: platforms, stores of runs, schedulers, volumes, servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects_of_lineage import graph_of, is_drawn, told

HERE = Path(__file__).parent
TEAMS = sorted((HERE / "teams").glob("*.txt"))
APART = sorted((HERE / "apart").glob("*.txt"))


@pytest.mark.parametrize("project", TEAMS, ids=[path.stem for path in TEAMS])
def test_every_step_from_data_to_server_is_drawn_and_no_other_way(
    project: Path, tmp_path: Path
) -> None:
    assert judged(project, tmp_path) == ([], [])


@pytest.mark.parametrize("project", APART, ids=[path.stem for path in APART])
def test_what_only_looks_alike_is_kept_apart(project: Path, tmp_path: Path) -> None:
    assert judged(project, tmp_path) == ([], [])


def judged(project: Path, root: Path) -> tuple[list[str], list[str]]:
    """The links of a project's truth that are missing, and those that are drawn and not true."""
    files, truth = told(project.read_text())
    graph = graph_of(files, root)
    drawn = {link: is_drawn(graph, link) for link in truth}
    missing = [str(link) for link, found in drawn.items() if link.how != "!>" and not found]
    return missing, [str(link) for link, found in drawn.items() if link.how == "!>" and found]
