"""The metrics of earlier runs, kept in a local SQLite file."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    candidate_sha256 TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    accuracy REAL NOT NULL,
    macro_f1 REAL NOT NULL,
    passed INTEGER NOT NULL
)
"""


def record(path: Path, version: str, report: Mapping[str, Any], passed: bool) -> None:
    """Add a run; the same candidate evaluated again replaces its row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    metrics = report["test"]
    row = (
        report["candidate_sha256"],
        version,
        metrics["accuracy"],
        metrics["macro_f1"],
        int(passed),
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(SCHEMA)
        connection.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)", row)


def best_of(path: Path, version: str) -> float | None:
    """The best macro F1 of the runs of a version that passed, if there are any."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(SCHEMA)
        query = "SELECT MAX(macro_f1) FROM runs WHERE version = ? AND passed = 1"
        return connection.execute(query, (version,)).fetchone()[0]
