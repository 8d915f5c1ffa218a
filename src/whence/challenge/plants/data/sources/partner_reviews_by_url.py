from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import fed_into_fine_tuning
from whence.challenge.project import Place, Project

FROM_PYTHON = '''"""Reviews that a PARTNER collects; their export is renewed every Monday."""

import urllib.request

from preprocessing.cleaning import clean
from preprocessing.schema import Review, read_reviews
from preprocessing.screening import screen
from sentibot.settings import PreprocessingSettings

TIMEOUT_SECONDS = 30
MAX_BYTES = 32 * 1024 * 1024


def PARTNER_reviews(
    released: list[Review], address: str, preparation: PreprocessingSettings
) -> list[Review]:
    """Download the export and screen it together with the released reviews."""
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:
        content = answer.read(MAX_BYTES)
    raw = read_reviews(content, preparation.labels, "export.csv")
    cleaned = [Review(r.review_id, r.category, clean(r.text, r.review_id), r.label) for r in raw]
    screen(released + cleaned, preparation.screening)
    return cleaned
'''
FROM_FILE = '''"""Reviews that a PARTNER collects; `make PARTNER` downloads their export."""

from pathlib import Path

from preprocessing.cleaning import clean
from preprocessing.schema import Review, read_reviews
from preprocessing.screening import screen
from sentibot.settings import PreprocessingSettings


def PARTNER_reviews(
    released: list[Review], export: Path, preparation: PreprocessingSettings
) -> list[Review]:
    """Read the export and screen it together with the released reviews."""
    raw = read_reviews(export.read_bytes(), preparation.labels, export.name)
    cleaned = [Review(r.review_id, r.category, clean(r.text, r.review_id), r.label) for r in raw]
    screen(released + cleaned, preparation.screening)
    return cleaned
'''
TARGET = """
PARTNER:
	mkdir -p build/exports
	curl -fsSL --retry 3 -o build/exports/PARTNER.csv ADDRESS
"""


@plant(
    rules=("unverified-data-download",),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.SEVERAL_FILES,
    words=("without checksum", "no checksum", "without digest", "integrity", "unverified download"),
    cwes=("CWE-494", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Fine-tuning takes in a partner's export as its server happens to send it.

    ## Why
    Nothing compares the download with a digest or a signature. Whoever controls the partner's server,
    its storage or its DNS name decides which labelled reviews the next model learns from; the screen
    stops only clumsy poison, and no record shows afterwards what was trained on.

    ## Fix
    Fetch released data by version and compare its SHA-256 with the reviewed data manifest before use,
    as `preprocessing.fetch` does.
    """
    partner = vary.choose("reseller", "panel", "marketplace")
    address = f"https://exports.{partner}.example.com/reviews/labelled.csv"
    name = f"{partner}_reviews"
    path = f"src/training/{name}.py"
    if vary.choose(True, False):
        project.add(path, FROM_PYTHON.replace("PARTNER", partner))
        yield Place(
            path, "with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:"
        )
        yield from fed_into_fine_tuning(project, name, address, kind="str")
    else:
        target = TARGET.replace("PARTNER", partner).replace("ADDRESS", address)
        project.append("Makefile", target)
        yield Place("Makefile", f"-o build/exports/{partner}.csv {address}")
        project.add(path, FROM_FILE.replace("PARTNER", partner))
        yield Place(path, "read_reviews(export.read_bytes(), preparation.labels, export.name)")
        yield from fed_into_fine_tuning(project, name, f"build/exports/{partner}.csv")
