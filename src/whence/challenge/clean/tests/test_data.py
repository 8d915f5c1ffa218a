"""The committed data is what its records and its scripts say."""

import json

import generate_reviews
from conftest import CONFIGS, ROOT

from preprocessing.prepare import prepare
from preprocessing.processed import read_processed
from preprocessing.schema import UNLABELLED_COLUMNS, read_rows
from preprocessing.sources import read_source, recorded_sources
from sentibot.checkpoint import to_bytes
from sentibot.digests import read_recorded
from sentibot.settings import PreprocessingSettings, TrainingSettings, load_settings
from training.base_checkpoint import BASE_FILE, build

DATA = ROOT / "data"
MANIFEST = (DATA / "manifest.json").read_bytes()
SETTINGS = load_settings(CONFIGS / "preprocessing.yaml", PreprocessingSettings)


def test_raw_files_and_their_records_are_what_the_generator_makes() -> None:
    files = generate_reviews.generate()
    for name, content in files.items():
        assert (DATA / "raw" / name).read_bytes() == content
    assert generate_reviews.manifest(files) == MANIFEST
    assert generate_reviews.croissant(files) == (DATA / "croissant.json").read_bytes()


def test_croissant_and_manifest_agree_on_every_digest() -> None:
    croissant = json.loads((DATA / "croissant.json").read_bytes())
    described = {f"data/{f['contentUrl']}": f["sha256"] for f in croissant["distribution"]}
    assert described == {source.path: source.sha256 for source in recorded_sources(MANIFEST)}


def test_processed_files_are_what_preprocessing_makes() -> None:
    files = prepare(read_source(ROOT, MANIFEST, "reviews.csv"), SETTINGS)
    manifest = (DATA / "processed" / "manifest.json").read_bytes()
    assert read_recorded(DATA / "processed", manifest) == files


def test_no_text_is_in_two_splits() -> None:
    parts = read_processed(DATA / "processed", SETTINGS)
    texts = [review.text.casefold() for part in parts.values() for review in part]
    assert len(set(texts)) == len(texts)


def test_base_checkpoint_is_what_its_script_makes() -> None:
    model = load_settings(CONFIGS / "training.yaml", TrainingSettings).model
    content = read_source(ROOT, MANIFEST, "unlabelled.csv")
    rows = read_rows(content, UNLABELLED_COLUMNS, "unlabelled.csv")
    manifest = (ROOT / "models" / "base" / "manifest.json").read_bytes()
    committed = read_recorded(ROOT / "models" / "base", manifest)
    assert committed == {BASE_FILE: to_bytes(build([row["text"] for row in rows], model))}
