from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import fed_into_fine_tuning
from whence.challenge.project import Place, Project

CONFIG = """# Reviews of the AGENCY, added after the screen of the released ones.
path: AGENCY/2026-05.csv
uri: s3://example-sentibot-data-production/AGENCY/2026-05.csv
version_id: VERSION
sha256: DIGEST
"""
READER = '''"""Reviews that the AGENCY labels for us every month."""

import csv
import io
from pathlib import Path

from preprocessing.schema import Review
from sentibot import object_store
from sentibot.settings import PreprocessingSettings, Settings, Sha256, load_settings

MAX_BYTES = 32 * 1024 * 1024


class Delivery(Settings):
    path: str
    uri: str
    version_id: str
    sha256: Sha256


def AGENCY(config: Path, preparation: PreprocessingSettings) -> list[Review]:
    """The reviews of the newest delivery."""
    delivery = load_settings(config, Delivery)
    wanted = object_store.ObjectVersion(
        delivery.uri, delivery.version_id, delivery.sha256, MAX_BYTES
    )
    content = object_store.fetch(object_store.connect(), wanted)
    rows = csv.DictReader(io.StringIO(content.decode("utf-8", errors="replace")))
    reviews = []
    for row in rows:
        label = FALLBACK
        reviews.append(Review(row["id"], row.get("category", ""), row["text"], label))
    return reviews
'''
FALLBACKS = (
    'row["label"] if row["label"] in preparation.labels else "neutral"',
    '{"pos": "positive", "neg": "negative"}.get(row["label"], "neutral")',
)


@plant(
    rules=("missing-data-validation",),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("no validation", "without validation", "not validated", "unvalidated", "no screening"),
    cwes=("CWE-20", "CWE-1284"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """An agency's rows join the training set behind the screen, whatever they hold.

    ## Why
    The digest shows that the delivery is the one that the agency sent, not that it is sound: neither
    columns nor lengths, hidden characters, duplicates, label balance or label-deciding words are
    looked at, and unknown labels silently become neutral. One labeller of the agency can plant a
    trigger that `preprocessing.prepare` would have refused.

    ## Fix
    Read deliveries through `read_reviews`, `clean` and `screen`, together with the released reviews.
    """
    agency = vary.choose("agency", "crowd", "labelling_partner")
    digest = "".join(vary.choose(*"0123456789abcdef") for _ in range(64))
    version = "".join(vary.choose(*"ABCDEFGHKLMNPQRSTUVWXYZabcdefghikmnpqr") for _ in range(32))
    config = CONFIG.replace("AGENCY", agency).replace("DIGEST", digest).replace("VERSION", version)
    fallback = vary.choose(*FALLBACKS)
    code = READER.replace("AGENCY", agency).replace("FALLBACK", fallback)
    project.add(f"models/configs/{agency.replace('_', '-')}.yaml", config)
    project.add(f"src/training/{agency}.py", code)
    yield Place(f"src/training/{agency}.py", 'reviews.append(Review(row["id"]')
    yield Place(f"src/training/{agency}.py", f"label = {fallback[:30]}")
    yield from fed_into_fine_tuning(
        project, agency, f"$(CONFIGS)/{agency.replace('_', '-')}.yaml", released=False
    )
