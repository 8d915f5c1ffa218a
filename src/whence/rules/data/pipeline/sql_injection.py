"""Values from outside are written into the text of a query."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    doubts,
    evidence,
    exposed,
    only_tests,
    shown,
    subject,
    told,
    who_decides,
)
from whence.vocabulary.fact.code import Exposure, OriginKind, SqlQuery
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_RIGHT = {
    True: "a parameter",
    False: "a query of the program's own, or an account that may only read what anybody may see",
}


@rule(
    severity=Severity.HIGH,
    references=("CWE-89", "AML.T0049"),
)
def check(use: SqlQuery, graph: SupplyGraph) -> Iterator[Observation]:
    """Values from data or a request are written into the text of a query.

    A quote in the value ends the literal, and the rest is read as SQL: rows of other customers are
    returned, labels are changed, tables are dropped.

    ## Attack
    A reviewer's name is `x'); DELETE FROM labels; --`. The import job writes it into an `INSERT`, and
    the labels are gone, or changed to what suits the attacker.

    ## Fix
    Pass values as parameters:
    ```python
    cursor.execute("SELECT text, label FROM reviews WHERE source = ?", (source,))
    ```

    ## Score
    - AV:N the value comes over the network
    - AC:L a quote is enough
    - PR:N sending a value needs no account on this system
    - UI:N the job runs the query by itself
    - S:U the database account's tables are reached
    - C:H any row can be read
    - I:N reading is the common case
    - A:N the service goes on

    ## Bad
    ```python labels.py
    import sqlite3

    from flask import Flask, request

    app = Flask(__name__)


    @app.get("/labels")
    def labels():
        connection = sqlite3.connect("labels.db")
        query = "SELECT text FROM labels WHERE source = '%s'" % request.args["source"]
        return {"rows": connection.execute(query).fetchall()}  # finding
    ```
    ## Good
    ```python labels.py
    import sqlite3

    from flask import Flask, request

    app = Flask(__name__)
    TABLE = "labels"


    @app.get("/labels")
    def labels():
        connection = sqlite3.connect("labels.db")
        query = f"SELECT text FROM {TABLE} WHERE source = ?"
        return {"rows": connection.execute(query, (request.args["source"],)).fetchall()}
    ```
    """
    if only_tests(use) or not (use.built or use.whole):
        return
    made = "is put together from" if use.built else "is all text from"
    for origin in exposed(use, Exposure.OPERATOR, "allow-list", "escaped", "characters"):
        if origin.kind is OriginKind.CONFIG or origin.kind is OriginKind.ENVIRONMENT:
            continue
        if use.whole and origin.exposure < Exposure.OUTSIDER:
            continue
        anyone = origin.exposure >= Exposure.INSIDER
        yield Observation(
            subject=subject(use, origin),
            message=(
                f"A query {made} {told(origin)}{shown(use)}:"
                f" {who_decides(origin)}.{doubts(origin)} Right would be {_RIGHT[use.built]}."
            ),
            evidence=evidence(use, origin, "the query is run here"),
            severity=None if anyone else Severity.LOW,
            because="" if anyone else who_decides(origin),
        )
