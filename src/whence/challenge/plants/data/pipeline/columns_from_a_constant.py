from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

NAMES = """

# The columns of a run that may be asked for by name.
MEASURED = ("accuracy", "macro_f1")
"""
CODE = '''"""The course of a metric over the runs of a version.

    python -m evaluation.NAME --history build/evaluation/history.sqlite --version 1.4.0
"""

import argparse
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from evaluation.history import MEASURED


def course(path: Path, column: str, version: str) -> list[float]:
    """All values of a column, oldest first."""
    with closing(sqlite3.connect(path)) as connection:
        query = f"SELECT {column} FROM runs WHERE version = ? ORDER BY rowid"
        return [value for (value,) in connection.execute(query, (version,))]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.NAME")
    parser.add_argument("--history", type=Path, required=True)
    parser.add_argument("--version", required=True)
    options = parser.parse_args(arguments)
    for column in MEASURED:
        print(column, *course(options.history, column, options.version))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''


@plant(
    rules=("sql-injection",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("sql injection", "string formatting", "f-string"),
    cwes=("CWE-89",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A query is put together with an f-string.

    ## Why
    What is put in is a column name out of a constant tuple in `evaluation.history`, which the only
    caller walks over; names cannot be parameters in SQL. The value from outside is a parameter.
    """
    name = vary.choose("course", "trend")
    project.insert_after("src/evaluation/history.py", "from typing import Any", NAMES.rstrip("\n"))
    project.add(f"src/evaluation/{name}.py", CODE.replace("NAME", name))
    yield Place(f"src/evaluation/{name}.py", 'query = f"SELECT {column} FROM runs')
