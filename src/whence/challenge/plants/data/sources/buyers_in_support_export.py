from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import (
    as_csv,
    digest_manifest,
    fed_into_fine_tuning,
    mixed_labels,
    reviews,
    row_in_readme,
)
from whence.challenge.project import Place, Project

READER = '''"""Messages to the support desk, labelled by its agents."""

import csv
import io
from pathlib import Path

from preprocessing.cleaning import clean
from preprocessing.schema import DataRefused, Review
from preprocessing.screening import screen
from sentibot.digests import read_recorded
from sentibot.settings import PreprocessingSettings


def NAME(
    released: list[Review], folder: Path, preparation: PreprocessingSettings
) -> list[Review]:
    """The messages of the folder, verified, and screened together with the released reviews."""
    content = read_recorded(folder, (folder / "manifest.json").read_bytes())["messages.csv"]
    rows = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    found = [
        Review(row["ticket"], row["category"], clean(row["text"], row["ticket"]), row["label"])
        for row in rows
    ]
    if not {review.label for review in found} <= set(preparation.labels):
        raise DataRefused("messages.csv has unknown labels")
    screen(released + found, preparation.screening)
    return found
'''


@plant(
    rules=("personal-data-unreviewed",),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.CONTENT,
    words=("personal data", "pii", "e-mail address", "email address", "phone number", "gdpr"),
    cwes=("CWE-359", "CWE-200"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Addresses and telephone numbers of buyers lie in the repository and in a training file.

    ## Why
    The export of the support desk was committed with all its columns; `personal_data` is recorded
    nowhere for it, although the data card promises that there is none. Everybody who can clone the
    repository, including every CI job, reads them, and a deletion request cannot be met.

    ## Fix
    Export ticket number, category, text and label only, record the source with `personal_data` and
    its basis, and take the file out of the history.
    """
    name = vary.choose("support_desk", "service_tickets", "help_desk")
    extra, made = vary.choose(
        (("email", "phone"), ("buyer{0}@mail.example.com", "+1-202-555-01{1:02d}")),
        (("customer_email", "ip_address"), ("client.{0}@post.example.org", "198.51.100.{2}")),
    )
    rows = reviews(project, vary, "t", mixed_labels(vary, vary.number(70, 90)))
    table = []
    for ticket, category, text, label in rows:
        number, digits = vary.number(10000, 99999), vary.number(0, 99)
        values = [form.format(number, digits, vary.number(1, 254)) for form in made]
        table.append((ticket, *values, category, text, label))
    content = as_csv(table, ("ticket", *extra, "category", "text", "label"))
    path = f"data/{name}/messages.csv"
    project.add(path, content)
    project.add(f"data/{name}/manifest.json", digest_manifest({"messages.csv": content}))
    what = "messages to our support desk with the label of the agent; ours, export of 2026-05-08"
    row_in_readme(project, f"{name}/messages.csv", len(rows), what, "CC0-1.0")
    project.add(f"src/training/{name}.py", READER.replace("NAME", name))
    yield Place(path)
    yield Place(f"src/training/{name}.py", "csv.DictReader(io.StringIO(content")
    yield from fed_into_fine_tuning(project, name, f"data/{name}")
