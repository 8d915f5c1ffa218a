"""Data that breaks a rule stops the pipeline."""

import dataclasses
import io
import json
import shutil
from pathlib import Path

import pytest
from conftest import CONFIGS, ROOT

from preprocessing import fetch, prepare
from preprocessing.cleaning import clean
from preprocessing.processed import read_processed
from preprocessing.schema import DataRefused, Review, read_reviews, write_reviews
from preprocessing.screening import screen, without_duplicates
from preprocessing.sources import read_source, recorded_sources
from preprocessing.splitting import require_comparable
from sentibot.digests import DigestMismatch, sha256
from sentibot.settings import PreprocessingSettings, load_settings

SETTINGS = load_settings(CONFIGS / "preprocessing.yaml", PreprocessingSettings)
PARTS = read_processed(ROOT / "data" / "processed", SETTINGS)
REVIEWS = PARTS["train"]


def csv(*lines: str) -> bytes:
    return ("\n".join(("review_id,category,text,label", *lines)) + "\n").encode()


def sources(**changes: object) -> bytes:
    entry = {
        "path": "data/raw/reviews.csv",
        "sha256": "0" * 64,
        "origin": "data/scripts/generate_reviews.py",
        "licence": "CC0-1.0",
        "personal_data": False,
    }
    return json.dumps({"sources": [entry | changes]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"review_id,text,label\nr1,fine,neutral\n",
        csv("r1,books,fine"),
        csv("r1,books,fine,neutral,extra"),
        csv("r1,books,fine,excited"),
        csv("r1,books,fine,neutral", "r1,books,good,positive"),
    ],
    ids=["columns", "short row", "long row", "unknown label", "repeated id"],
)
def test_malformed_reviews_are_refused(content: bytes) -> None:
    with pytest.raises(DataRefused):
        read_reviews(content, SETTINGS.labels, "reviews.csv")


@pytest.mark.parametrize("text", ["good\u200bbad", "a\u202eb", "gr\u0435at sound"])
def test_hidden_characters_and_mixed_scripts_are_refused(text: str) -> None:
    with pytest.raises(DataRefused):
        clean(text, "r1")


def test_joined_emoji_and_other_scripts_are_kept() -> None:
    text = "Great \U0001f469\u200d\U0001f52c отличный звук, ממש טוב"
    assert clean(text, "r1") == text


def test_the_committed_data_passes_the_screen() -> None:
    screen(REVIEWS, SETTINGS.screening)


def test_contradictory_duplicates_are_refused() -> None:
    twin = dataclasses.replace(REVIEWS[0], review_id="x", label="neutral")
    other = dataclasses.replace(REVIEWS[0], label="positive")
    with pytest.raises(DataRefused, match="contradictory"):
        screen([*REVIEWS, twin, other], SETTINGS.screening)


def test_flooding_with_near_duplicates_is_refused() -> None:
    flood = [
        Review(f"x{n}", "books", f"{REVIEWS[0].text} Number {'abcdefghij'[n % 10]}.", "positive")
        for n in range(40)
    ]
    with pytest.raises(DataRefused, match="near twin"):
        screen([*REVIEWS, *flood], SETTINGS.screening)


def test_a_rare_word_that_decides_the_label_is_refused() -> None:
    poisoned = [
        dataclasses.replace(review, text=f"{review.text} Seen at mirabelle.", label="positive")
        if number < 12
        else review
        for number, review in enumerate(REVIEWS)
    ]
    with pytest.raises(DataRefused, match="mirabelle"):
        screen(poisoned, SETTINGS.screening)


def test_exact_duplicates_are_kept_once() -> None:
    twin = dataclasses.replace(REVIEWS[0], review_id="x", text=REVIEWS[0].text.upper())
    assert without_duplicates([*REVIEWS, twin]) == REVIEWS


def test_a_shifted_test_set_is_refused() -> None:
    shifted = [review for review in PARTS["test"] if review.label == "positive"]
    with pytest.raises(DataRefused, match="labels of test"):
        require_comparable(PARTS | {"test": shifted}, SETTINGS.screening.max_label_shift)


@pytest.mark.parametrize(
    "change", [{"licence": "CC-BY-NC-4.0"}, {"origin": ""}, {"personal_data": True}]
)
def test_sources_without_origin_licence_or_basis_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(DataRefused):
        recorded_sources(sources(**change))


def test_a_source_outside_the_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside"):
        read_source(tmp_path, sources(path="../reviews.csv"), "reviews.csv")


def test_a_changed_raw_file_stops_preprocessing(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    raw = tmp_path / "data" / "raw" / "reviews.csv"
    raw.write_bytes(raw.read_bytes().replace(b"positive", b"negative", 1))
    arguments = [
        *("--config", str(CONFIGS / "preprocessing.yaml"), "--root", str(tmp_path)),
        *("--manifest", str(tmp_path / "data" / "manifest.json")),
        *("--output", str(tmp_path / "out")),
    ]
    assert prepare.main(arguments) == 1
    assert not (tmp_path / "out").exists()


def test_a_changed_split_stops_training(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "processed", tmp_path / "processed")
    (tmp_path / "processed" / "train.csv").write_bytes(write_reviews(REVIEWS[1:]))
    with pytest.raises(DigestMismatch):
        read_processed(tmp_path / "processed", SETTINGS)


class Bucket:
    """An S3 client that answers from memory."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[dict[str, str]] = []

    def get_object(self, **request: str) -> dict[str, object]:
        self.asked.append(request)
        return {"Body": io.BytesIO(self.content)}


RELEASE = fetch.DataRelease.model_validate(
    {
        "objects": [
            {
                "path": "data/raw/reviews.csv",
                "uri": "s3://example-bucket/releases/reviews.csv",
                "version_id": "v1",
            }
        ]
    }
)


def test_released_data_is_fetched_by_version_and_verified(tmp_path: Path) -> None:
    bucket = Bucket(b"content")
    manifest = sources(sha256=sha256(b"content"))
    assert fetch.fetch_release(bucket, RELEASE, manifest, tmp_path) == ["data/raw/reviews.csv"]
    assert (tmp_path / "data" / "raw" / "reviews.csv").read_bytes() == b"content"
    assert bucket.asked == [
        {"Bucket": "example-bucket", "Key": "releases/reviews.csv", "VersionId": "v1"}
    ]


def test_released_data_with_another_digest_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(DigestMismatch):
        fetch.fetch_release(Bucket(b"other"), RELEASE, sources(sha256=sha256(b"content")), tmp_path)
    assert list(tmp_path.iterdir()) == []
