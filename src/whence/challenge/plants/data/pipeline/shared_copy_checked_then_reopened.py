from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import fed_into_fine_tuning
from whence.challenge.project import Place, Project

READER = '''"""Reviews of the last months, kept on this machine between the runs."""

import json
from pathlib import Path

from preprocessing.cleaning import clean
from preprocessing.schema import Review, read_reviews
from preprocessing.screening import screen
from sentibot import object_store
from sentibot.digests import read_verified
from sentibot.settings import PreprocessingSettings

KEPT = Path("FOLDER")
MAX_BYTES = 32 * 1024 * 1024


def kept(record: Path) -> Path:
    """The file of a record, fetched when it is not here yet, and checked."""
    wanted = object_store.ObjectVersion(**json.loads(record.read_bytes()), max_bytes=MAX_BYTES)
    path = KEPT / Path(wanted.uri).name
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        path.write_bytes(object_store.fetch(object_store.connect(), wanted))
    read_verified(path, wanted.sha256)
    return path


def NAME(
    released: list[Review], record: Path, preparation: PreprocessingSettings
) -> list[Review]:
    """The reviews of a record, screened together with the released ones."""
    path = kept(record)
    raw = read_reviews(path.read_bytes(), preparation.labels, path.name)
    cleaned = [Review(r.review_id, r.category, clean(r.text, r.review_id), r.label) for r in raw]
    screen(released + cleaned, preparation.screening)
    return cleaned
'''
RECORD = """{
  "uri": "s3://example-sentibot-data-production/releases/2026.04/NAME.csv",
  "version_id": "VERSION",
  "sha256": "DIGEST"
}
"""


@plant(
    rules=("check-then-use-race",),
    severities=("medium", "high", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("toctou", "race", "time of check", "re-read", "reopen", "predictable"),
    cwes=("CWE-367", "CWE-377", "CWE-379"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A file in a shared folder is checked by its path and then opened again by its path.

    ## Why
    The folder lies where every account of the machine may make it first, under a name that anybody
    can guess, and the digest is compared with bytes that are then thrown away. Whoever exchanges
    the file between check and second reading trains the model on data that no record knows.

    ## Fix
    Use the bytes that `read_verified` returns, and a private folder.
    """
    folder = vary.choose("/tmp/sentibot", "/var/tmp/sentibot-data", "/dev/shm/sentibot")  # noqa: S108
    name = vary.choose("recent_reviews", "spring_reviews")
    digest = "".join(vary.choose(*"0123456789abcdef") for _ in range(64))
    version = "".join(vary.choose(*"ABCDEFGHKLMNPQRSTUVWXYZabcdefghikmnpqr") for _ in range(32))
    record = RECORD.replace("NAME", name).replace("DIGEST", digest).replace("VERSION", version)
    project.add(f"data/{name}.json", record)
    path = f"src/training/{name}.py"
    project.add(path, READER.replace("NAME", name).replace("FOLDER", folder))
    yield Place(path, "read_reviews(path.read_bytes(), preparation.labels, path.name)")
    yield Place(path, "read_verified(path, wanted.sha256)")
    yield Place(path, f'KEPT = Path("{folder}")')
    fed_into_fine_tuning(project, name, f"data/{name}.json")
