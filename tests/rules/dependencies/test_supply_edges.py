"""Packages stand in the supply graph with who supplies them, what installs them, and how fixed."""

from __future__ import annotations

from pathlib import Path

import pytest

from whence import audit
from whence.config import Config
from whence.vocabulary.graph import FlowKind, Pin, SupplyGraph

COMMIT = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@pytest.fixture
def graph(tmp_path: Path) -> SupplyGraph:
    (tmp_path / "requirements.txt").write_text(
        "--index-url https://user:secret@packages.example.com/simple\n"
        "open>=1\n"
        "exact==1.0\n"
        f"hashed==1.0 --hash=sha256:{'0' * 64}\n"
        f"fixed @ git+https://git.example.com/team/fixed@{COMMIT}\n"
        "moving @ git+https://token@git.example.com/team/moving@main\n"
    )
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.11-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    )
    return audit(tmp_path, config=Config(offline=True), use_cache=False).graph


@pytest.mark.parametrize(
    ("name", "pin"),
    [
        ("open", Pin.NAME),
        ("exact", Pin.VERSION),
        ("hashed", Pin.DIGEST),
        ("fixed", Pin.DIGEST),
        ("moving", Pin.NAME),
    ],
)
def test_a_package_is_installed_with_what_fixes_it(graph: SupplyGraph, name: str, pin: Pin) -> None:
    flow = next(
        flow
        for flow in graph.into("config:requirements.txt", FlowKind.INSTALLS)
        if flow.source == f"package:pypi/{name}"
    )

    assert flow.pin is pin
    assert flow.evidence[0].span.path == "requirements.txt"


def test_a_package_comes_from_the_index_or_address_that_answers_for_it(graph: SupplyGraph) -> None:
    sources = {
        name: {flow.source for flow in graph.into(f"package:pypi/{name}", FlowKind.FETCHES)}
        for name in ("open", "moving")
    }

    assert sources == {
        "open": {"source:https://packages.example.com/simple"},
        "moving": {"source:https://git.example.com/team/moving"},
    }
