from __future__ import annotations

import random
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import as_csv
from whence.challenge.project import Place, Project

SCRIPT = '''"""Invent contact requests, to try the masking of addresses and numbers on.

    python data/scripts/invent_contacts.py --output data/samples/contacts.csv

Domains are those reserved for documentation (RFC 2606), numbers those reserved for fiction.
"""

import argparse
import csv
import io
import random
from pathlib import Path

from sentibot.files import write_atomically

SEED = 20260511
COUNT = 60
SENTENCES = ("Please call me back.", "Where is my parcel?", "I would like to exchange it.")


def contacts() -> bytes:
    """The file, the same bytes on every machine."""
    rng = random.Random(SEED)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\\n")
    writer.writerow(("contact_id", "email", "phone", "text"))
    for number in range(1, COUNT + 1):
        address = f"person{rng.randrange(10_000):04d}@example.com"
        phone = f"+1-202-555-01{rng.randrange(100):02d}"
        sentence = SENTENCES[rng.randrange(len(SENTENCES))]
        writer.writerow((f"c{number:03d}", address, phone, sentence))
    return stream.getvalue().encode()


def main() -> int:
    parser = argparse.ArgumentParser(prog="invent_contacts")
    parser.add_argument("--output", type=Path, required=True)
    write_atomically(parser.parse_args().output, contacts())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
MASKING = '''"""Mask addresses and telephone numbers in texts."""

import re

ADDRESS = re.compile(r"[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+")
NUMBER = re.compile(r"\\+?\\d[\\d ()/-]{6,}\\d")


def masked(text: str) -> str:
    """The text without anything that could reach a person."""
    return NUMBER.sub("<number>", ADDRESS.sub("<address>", text))
'''
TEST = '''"""What could reach a person is masked."""

import csv
import io

import invent_contacts
from conftest import ROOT

from preprocessing.masking import masked

CONTENT = (ROOT / "data" / "samples" / "contacts.csv").read_bytes()


def test_the_sample_is_what_its_script_makes() -> None:
    assert invent_contacts.contacts() == CONTENT


def test_addresses_and_numbers_are_masked() -> None:
    for row in csv.DictReader(io.StringIO(CONTENT.decode(), newline="")):
        assert masked(f"{row['email']} {row['phone']}") == "<address> <number>"
'''
SENTENCES = ("Please call me back.", "Where is my parcel?", "I would like to exchange it.")


@plant(
    rules=("personal-data-unreviewed", "missing-data-licence", "untraced-data-source"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("personal data", "pii", "email", "phone number"),
    cwes=("CWE-359", "CWE-200"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A data file holds columns of e-mail addresses and telephone numbers.

    ## Why
    A script of the repository invents them with a fixed seed, a test compares the bytes, domain and
    numbers are reserved for examples, and the README says so. They try the masking and are not
    trained on.
    """

    rng = random.Random(20260511)  # noqa: S311 - what the planted script does
    rows = []
    for number in range(1, 61):
        address = f"person{rng.randrange(10_000):04d}@example.com"
        phone = f"+1-202-555-01{rng.randrange(100):02d}"
        rows.append((f"c{number:03d}", address, phone, SENTENCES[rng.randrange(3)]))
    path = "data/samples/contacts.csv"
    project.add(path, as_csv(rows, ("contact_id", "email", "phone", "text")))
    project.add("data/scripts/invent_contacts.py", SCRIPT)
    project.add("src/preprocessing/masking.py", MASKING)
    project.add("tests/test_masking.py", TEST)
    project.insert_after(
        "data/README.md",
        "| `raw/unlabelled.csv` | 480 | reviews without a label, for the base checkpoint | CC0-1.0 |",
        "| `samples/contacts.csv` | 60 | contact requests invented by `scripts/invent_contacts.py`, to"
        " try the masking on | CC0-1.0 |",
    )
    yield Place(path)
