"""Turns example projects into folders, and audits them."""

from __future__ import annotations

from pathlib import Path

from whence import audit
from whence.config import Config
from whence.vocabulary.audit import Audit
from whence.vocabulary.page import Example


def write_project(example: Example, folder: Path) -> None:
    """Writes the example's files below the folder."""
    for path, content in example.files.items():
        target = folder / path
        assert target.resolve().is_relative_to(folder.resolve())
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def audit_project(example: Example, folder: Path, *rules: str) -> Audit:
    """What the named rules find in an example; all rules where none is named."""
    write_project(example, folder)
    return audit(folder, config=Config(offline=True, only=rules), use_cache=False)


def lines_found(result: Audit) -> set[tuple[str, int]]:
    """Every (path, line) that the open findings give as evidence."""
    return {
        (each.span.path, line)
        for finding in result.open_findings
        for each in finding.evidence
        for line in range(each.span.first, each.span.last + 1)
    }


def missing_marks(example: Example, result: Audit) -> set[tuple[str, int]]:
    """The marked lines that no finding shows. In a binary file any evidence on it will do."""
    found = lines_found(result)
    files = {path for path, _ in found}
    return {
        (path, line)
        for path, line in example.marked
        if (path, line) not in found and not (path in files and path in example.binary)
    }
