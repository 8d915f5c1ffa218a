from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""How the candidates did on the categories of goods, over all runs.

    python -m evaluation.slices --database build/evaluation/slices.sqlite \\
        --reviews data/processed/test.csv --answers build/evaluation/answers.csv
"""

import argparse
import csv
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

SCHEMA = "CREATE TABLE IF NOT EXISTS answers (review_id TEXT, category TEXT, correct INTEGER)"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def take_in(connection: sqlite3.Connection, reviews: Path, answers: Path) -> set[str]:
    """Add the answers of a run and return the categories of its reviews."""
    connection.execute(SCHEMA)
    given = {row["review_id"]: row["label"] for row in rows_of(answers)}
    kept = [row for row in rows_of(reviews) if row["review_id"] in given]
    connection.executemany(
        "INSERT INTO answers VALUES (?, ?, ?)",
        [(r["review_id"], r["category"], int(given[r["review_id"]] == r["label"])) for r in kept],
    )
    return {row["category"] for row in kept}


def accuracy(connection: sqlite3.Connection, category: str) -> float:
    """The share of correct answers on one category."""
    QUERY
    return float(row.fetchone()[0])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.slices")
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--reviews", type=Path, required=True)
    parser.add_argument("--answers", type=Path, required=True)
    options = parser.parse_args(arguments)
    with closing(sqlite3.connect(options.database)) as connection, connection:
        for category in sorted(take_in(connection, options.reviews, options.answers)):
            print(category, round(accuracy(connection, category), 3))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
FORMS = (
    (
        "row = connection.execute(\n"
        "        f\"SELECT AVG(correct) FROM answers WHERE category = '{category}'\"\n    )",
        "f\"SELECT AVG(correct) FROM answers WHERE category = '{category}'\"",
    ),
    (
        "query = \"SELECT AVG(correct) FROM answers WHERE category = '%s'\" % category\n"
        "    row = connection.execute(query)",
        "\"SELECT AVG(correct) FROM answers WHERE category = '%s'\" % category",
    ),
    (
        "where = \"category = '{}'\".format(category)\n"
        '    row = connection.execute("SELECT AVG(correct) FROM answers WHERE " + where)',
        "where = \"category = '{}'\".format(category)",
    ),
)  # fmt: skip
TARGET = """
slices:
	$(PYTHON) -m evaluation.slices --database $(EVALUATION)/slices.sqlite \\
		--reviews data/processed/test.csv --answers $(EVALUATION)/answers.csv
"""


@plant(
    rules=("sql-injection",),
    severities=("high", "medium", "low"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("sql injection", "string formatting", "parameterized", "parameterised"),
    cwes=("CWE-89",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The category of a review is formatted into an SQL query.

    ## Why
    Categories come from the rows of the data and nothing restricts them. A review of the category
    `x' UNION SELECT 1 --` decides what accuracy the report shows, and so hides that a candidate
    fails on the very slice that was poisoned; other quotes read the rest of the database.

    ## Fix
    Pass the value as a parameter (`WHERE category = ?`), as `evaluation.history` does.
    """
    query, decision = vary.choose(*FORMS)
    path = "src/evaluation/slices.py"
    project.add(path, CODE.replace("QUERY", query))
    project.append("Makefile", TARGET)
    yield Place(path, decision)
