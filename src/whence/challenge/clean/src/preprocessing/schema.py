"""What a review row must look like; rows that do not are refused, not repaired."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LABELLED_COLUMNS = ("review_id", "category", "text", "label")
UNLABELLED_COLUMNS = ("review_id", "category", "text")


class DataRefused(Exception):
    """The data breaks a rule that training relies on."""


@dataclass(frozen=True)
class Review:
    review_id: str
    category: str
    text: str
    label: str


def read_rows(content: bytes, columns: Sequence[str], name: str) -> list[dict[str, str]]:
    """Parse a CSV file whose header must be exactly the expected columns."""
    reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    if tuple(reader.fieldnames or ()) != tuple(columns):
        raise DataRefused(f"{name}: columns are {reader.fieldnames}, needed {list(columns)}")
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise DataRefused(f"{name}:{reader.line_num}: wrong number of fields")
        rows.append(row)
    return rows


def read_reviews(content: bytes, labels: Iterable[str], name: str) -> list[Review]:
    """Parse labelled reviews; labels outside the list and repeated ids are refused."""
    allowed = set(labels)
    reviews = [Review(**row) for row in read_rows(content, LABELLED_COLUMNS, name)]
    for review in reviews:
        if review.label not in allowed:
            raise DataRefused(f"{name}: {review.review_id} has unknown label {review.label!r}")
    if len({review.review_id for review in reviews}) != len(reviews):
        raise DataRefused(f"{name}: review ids repeat")
    return reviews


def write_reviews(reviews: Iterable[Review]) -> bytes:
    """Write reviews in the form that `read_reviews` reads."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(LABELLED_COLUMNS)
    for review in reviews:
        writer.writerow((review.review_id, review.category, review.text, review.label))
    return stream.getvalue().encode()
