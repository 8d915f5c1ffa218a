"""An audit that may ask: loopback index, hand-made repository, findings out."""

import datetime
import json
from collections.abc import Callable
from datetime import UTC
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from loopback import Answer, send
from repositories import Repository

from whence import audit
from whence.config import Config
from whence.vocabulary.audit import Audit

JSON = "application/vnd.pypi.simple.v1+json"
TODAY = datetime.date(2026, 8, 1)
MARCH = int(datetime.datetime(2026, 3, 1, tzinfo=UTC).timestamp())


@pytest.fixture
def audited(
    serve: Callable[[Answer], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Audit]:
    """Audit a project that requires two little-known names; `uploads` are their first days."""

    def run(as_of: str = "", **uploads: str) -> Audit:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            name = handler.path.strip("/").rpartition("/")[2]
            day = uploads.get(name.replace("-", "_"))
            if day is None:
                send(handler, b"", status=404)
                return
            files = {
                "filename": f"{name.replace('-', '_')}-1.0.tar.gz",
                "url": f"https://packages.example.com/{name}-1.0.tar.gz",
                "hashes": {},
                "upload-time": f"{day}T00:00:00Z",
                "provenance": None,
            }
            page = {"meta": {"api-version": "1.4"}, "name": name, "files": [files]}
            send(handler, json.dumps(page).encode(), JSON)

        monkeypatch.setenv("PIP_INDEX_URL", serve(answer) + "/simple")
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        root = tmp_path / "project"
        text = "sentiment-vector-pipes==1.0\n"
        made = Repository(root)
        made.commit(MARCH, requirements_txt=text)
        made.write_loose()
        (root / "requirements.txt").write_text(text)
        return audit(root, config=Config(as_of=as_of), use_cache=False, today=TODAY)

    return run


def messages(found: Audit) -> list[str]:
    return [each.description for each in found.findings if each.rule == "typosquat"]


def test_a_name_that_no_index_has_is_found(audited: Callable[..., Audit]) -> None:
    assert any("no package `sentiment-vector-pipes`" in text for text in messages(audited()))


def test_a_name_published_after_the_project_asked_for_it_is_found(
    audited: Callable[..., Audit],
) -> None:
    found = messages(audited(sentiment_vector_pipes="2026-05-01"))
    assert any("of 2026-03-01 requires it" in text for text in found)


def test_a_name_published_before_is_silent(audited: Callable[..., Audit]) -> None:
    assert messages(audited(sentiment_vector_pipes="2025-05-01")) == []


def test_an_index_that_cannot_be_reached_is_listed(
    audited: Callable[..., Audit], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "requirements.txt").write_text("sentiment-vector-pipes==1.0\n")
    result = audit(tmp_path, use_cache=False, today=TODAY)
    assert any("cannot be reached" in each.reason for each in result.not_audited)
    assert messages(result) == []
