"""What one hand decides is one finding, with all its lines: a program's options, a repository, an address."""

from __future__ import annotations

from pathlib import Path

import pytest

from whence.auditing import audit
from whence.config import Config

OPTIONS = {
    "shop/launch.py": """
import argparse
import subprocess

parser = argparse.ArgumentParser()
parser.add_argument("--host", default="localhost")
parser.add_argument("--logs", default="./logs")
args = parser.parse_args()


def start():
    subprocess.run(f"serve {args.host} > {args.logs}/serve.log", shell=True, check=True)


def stop():
    subprocess.run(f"ssh {args.host} pkill serve", shell=True, check=True)


start()
stop()
"""
}
REPOSITORY = {
    "shop/data.py": """
import requests

BASE = "https://huggingface.co/datasets/acme/reviews/resolve/main"


def fetched():
    train = requests.get(f"{BASE}/train.jsonl", timeout=30).text
    test = requests.get(f"{BASE}/test.jsonl", timeout=30).text
    return train, test
"""
}
TRAINING = """
import urllib.request

from sklearn.svm import SVC

urllib.request.urlretrieve("https://files.example.org/reviews/reviews.csv", "data/reviews.csv")
rows = read("data/reviews.csv")
SVC().fit(rows.values, rows.label)
"""
ADDRESS = {"shop/train.py": TRAINING, "shop/compare.py": TRAINING}


@pytest.mark.parametrize(
    ("rule", "files", "places"),
    [
        ("command-injection", OPTIONS, 2),
        ("mutable-data-source", REPOSITORY, 2),
        ("unverified-data-download", ADDRESS, 2),
    ],
)
def test_one_hand_is_told_once_with_all_places(
    rule: str, files: dict[str, str], places: int, tmp_path: Path
) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)

    found = audit(tmp_path, config=Config(only=(rule,), offline=True), use_cache=False).findings

    assert len(found) == 1
    sinks = [each for each in found[0].evidence if each.note != "on the way"]
    assert len({(each.span.path, each.span.first) for each in sinks}) >= places


def test_two_addresses_are_two_findings(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING)
    other = TRAINING.replace("files.example.org/reviews/reviews", "data.example.net/loans/loans")
    (tmp_path / "compare.py").write_text(other)

    config = Config(only=("unverified-data-download",), offline=True)
    found = audit(tmp_path, config=config, use_cache=False).findings

    assert len(found) == 2
