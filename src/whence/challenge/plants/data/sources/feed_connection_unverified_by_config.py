from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import fed_into_fine_tuning
from whence.challenge.project import Place, Project

CONFIG = """# Feeds of labelled reviews that are renewed between releases.
feeds:
  - name: FEED
    url: https://feeds.FEED.example.com/v2/reviews.csv
    timeout_seconds: 30
    # Their gateway presents a certificate of their internal authority.
    KEY: VALUE
"""
SETTINGS = """

class FeedSettings(Settings):
    name: str
    url: str = Field(pattern=r"^https://")
    timeout_seconds: int = Field(ge=1, le=120)
    KEY: bool = DEFAULT


class FeedsSettings(Settings):
    feeds: tuple[FeedSettings, ...]
"""
TRANSPORT = '''"""Connections to the services of others."""

import ssl
import urllib.request


def tls(strict: bool) -> ssl.SSLContext:
    """The context of a connection; without `strict` any certificate is taken."""
    return ssl.create_default_context() if strict else ssl._create_unverified_context()


def get(url: str, timeout: int, strict: bool, limit: int) -> bytes:
    """The body of an answer, up to a limit."""
    with urllib.request.urlopen(url, timeout=timeout, context=tls(strict)) as answer:
        body: bytes = answer.read(limit)
    return body
'''
READER = '''"""Labelled reviews of the feeds in `models/configs/feeds.yaml`."""

from pathlib import Path

from preprocessing.cleaning import clean
from preprocessing.schema import Review, read_reviews
from preprocessing.screening import screen
from sentibot import transport
from sentibot.settings import FeedsSettings, PreprocessingSettings, load_settings

MAX_BYTES = 16 * 1024 * 1024


def feeds(released: list[Review], config: Path, preparation: PreprocessingSettings) -> list[Review]:
    """The reviews of all feeds, screened together with the released ones."""
    found = []
    for feed in load_settings(config, FeedsSettings).feeds:
        content = transport.get(feed.url, feed.timeout_seconds, STRICT, MAX_BYTES)
        for row in read_reviews(content, preparation.labels, feed.name):
            text = clean(row.text, row.review_id)
            found.append(Review(row.review_id, row.category, text, row.label))
    screen(released + found, preparation.screening)
    return found
'''


@plant(
    rules=("insecure-transport", "unverified-data-download"),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("certificate", "verify: false", "tls verification", "man in the middle"),
    cwes=("CWE-295", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A line in a YAML file turns certificate checks off for a feed that fine-tuning reads.

    ## Why
    The schema accepts the switch, the reader hands it on, and `sentibot.transport` builds a context
    that takes any certificate. Whoever stands between the cluster and the feed can answer with
    reviews of their own, and no digest of the feed would show it.

    ## Fix
    Trust the feed's authority by name (`cafile`) and drop the switch; compare a recorded digest.
    """
    feed = vary.choose("wholesale", "loyalty", "returns")
    key, value, default, strict = vary.choose(
        ("verify", "false", "True", "feed.verify"),
        ("verify_tls", "false", "True", "feed.verify_tls"),
        ("insecure", "true", "False", "not feed.insecure"),
    )
    config = CONFIG.replace("FEED", feed).replace("KEY", key).replace("VALUE", value)
    project.add("models/configs/feeds.yaml", config)
    project.add("src/sentibot/transport.py", TRANSPORT)
    project.add("src/training/feeds.py", READER.replace("STRICT", strict))
    project.insert_after(
        "src/sentibot/settings.py",
        "vocabulary: str",
        SETTINGS.replace("KEY", key).replace("DEFAULT", default).rstrip("\n"),
    )
    yield Place("models/configs/feeds.yaml", f"{key}: {value}")
    yield Place("src/sentibot/transport.py", "ssl._create_unverified_context()")
    yield Place("src/training/feeds.py", f"feed.timeout_seconds, {strict}, MAX_BYTES")
    yield from fed_into_fine_tuning(project, "feeds", "$(CONFIGS)/feeds.yaml")
