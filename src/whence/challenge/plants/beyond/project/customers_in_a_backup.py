from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

FIRST = ("alex", "bo", "chris", "dana", "eli", "fran", "gray", "harper", "ira", "jules")
STREETS = ("Mill Lane", "Station Road", "Harbour Street", "Church Way", "Orchard Close")
HEAD = """\
-- Feedback of the pilot, dumped before the move to the new database.
CREATE TABLE feedback (
    id integer PRIMARY KEY,
    customer_name text NOT NULL,
    customer_email text NOT NULL,
    postal_address text NOT NULL,
    review text NOT NULL,
    corrected_label text
);
INSERT INTO feedback VALUES
"""


@plant(
    rules=("personal-data-unreviewed",),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.CONTENT,
    words=(
        "personal data",
        "customer",
        "privacy",
        "gdpr",
        "pii",
        "e-mail addresses",
        "email addresses",
        "backup",
        "dump",
    ),
    cwes=("CWE-359", "CWE-530", "CWE-200", "CWE-538"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A dump with names and addresses of customers is committed.

    ## Why
    Everybody with access to the repository, every fork and every clone has the personal data of
    people who only said that the model was wrong. The data's README promises that there are none,
    and nobody will think of deleting them here when a customer asks for it.

    ## Fix
    Remove the file from the tree and the history, tell the person in charge of data protection, and
    keep dumps in an encrypted store with an end date.
    """
    path = vary.choose("backups/feedback-2026-05.sql", "deploy/migration/feedback-pilot.sql")
    rows = []
    for number in range(1, vary.number(24, 40)):
        name = FIRST[number % len(FIRST)]
        street = STREETS[number * 7 % len(STREETS)]
        house = number * 13 % 90 + 1
        values = (
            str(number),
            f"'{name.title()} Sample {number}'",
            f"'{name}.{number}@example.com'",
            f"'{house} {street}, Exampleton'",
            f"'The answer was wrong for order {4000 + number}.'",
            "'negative'",
        )
        rows.append(f"({', '.join(values)})")
    project.add(path, HEAD + ",\n".join(rows) + ";\n")
    yield Place(path)
