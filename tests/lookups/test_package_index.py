"""What a package index says is read whole or reported as unanswered; nothing is assumed."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import Answer, send

from whence.lookups.download import Bounds
from whence.lookups.index_answers import Missing, ProjectFacts, Unanswered, project_facts
from whence.lookups.package_index import KEPT, PackageIndex

NOW = datetime(2026, 7, 23, 12, tzinfo=UTC)
JSON = "application/vnd.pypi.simple.v1+json"
Serve = Callable[[Answer], str]


def file(name: str, day: str, **more: Any) -> dict[str, Any]:
    return {"filename": name, "url": "x", "hashes": {}, "upload-time": f"{day}T10:00:00Z", **more}


PAGE = {
    "meta": {"api-version": "1.4"},
    "name": "Acme.ML",
    "project-status": {"status": "archived", "reason": "moved"},
    "versions": ["1.0", "1.1", "2.0"],
    "files": [
        file("acme_ml-2.0.tar.gz", "2026-03-01", provenance=None),
        file("acme_ml-1.0.tar.gz", "2024-01-05", provenance="https://packages.example.com/a"),
        file(
            "acme_ml-1.0-py3-none-any.whl",
            "2024-01-04",
            provenance="https://packages.example.com/b",
        ),
        file("acme-ml-1.1.zip", "2025-02-02", yanked="broken wheel", provenance=None),
    ],
}


def index(url: str, tmp_path: Path, now: datetime = NOW, **bounds: float) -> PackageIndex:
    limits = {"size": 1_000_000, "silence": 0.5, "total": 1.0} | bounds
    return PackageIndex(url, tmp_path / "cache", now, Bounds(**limits))  # type: ignore[arg-type]


def says(page: object, kind: str = JSON) -> Answer:
    body = page if isinstance(page, bytes) else json.dumps(page).encode()
    return lambda handler: send(handler, body, kind)


def test_releases_dates_yanks_status_and_attestations_are_read(
    serve: Serve, tmp_path: Path
) -> None:
    facts = index(serve(says(PAGE)) + "/simple/", tmp_path).project("acme_ml")
    assert isinstance(facts, ProjectFacts)
    assert (facts.status, facts.status_reason) == ("archived", "moved")
    assert [release.version for release in facts.releases] == ["1.0", "1.1", "2.0"]
    assert facts.offered == ("1.0", "2.0")
    assert facts.first_upload == datetime(2024, 1, 4, 10, tzinfo=UTC)
    assert facts.last_upload == datetime(2026, 3, 1, 10, tzinfo=UTC)
    yanked = facts.release("1.1.0+local")
    assert yanked is not None
    assert (yanked.yanked, yanked.yank_reason) == (True, "broken wheel")
    lost = facts.unattested_after_attested()
    assert lost is not None
    assert lost.version == "1.1"
    assert facts.not_told == ()


def test_facts_that_an_index_does_not_give_are_listed_not_assumed(
    serve: Serve, tmp_path: Path
) -> None:
    page = {"name": "acme-ml", "files": [{"filename": "acme-ml-1.0.tar.gz"}, {"filename": "odd"}]}
    facts = index(serve(says(page)), tmp_path).project("acme-ml")
    assert isinstance(facts, ProjectFacts)
    assert facts.status == ""
    assert facts.last_upload is None
    assert facts.releases[0].attested is None
    assert facts.unattested_after_attested() is None
    assert set(facts.not_told) == {
        "upload times",
        "the project's status",
        "attestations",
        "the version of 1 files",
    }


def test_a_release_is_yanked_only_if_all_its_files_are() -> None:
    page = {
        "name": "p",
        "files": [
            file("p-1.0.tar.gz", "2024-01-01", yanked=True),
            file("p-1.0-py3-none-any.whl", "2024-01-01", yanked=False),
        ],
    }
    assert project_facts("p", json.dumps(page).encode()).releases[0].yanked is False


def test_a_name_that_the_index_does_not_have_is_missing(serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        send(handler, b"", status=404)

    found = index(serve(answer) + "/simple", tmp_path)
    assert found.project("Acme__ML") == Missing("acme-ml")
    assert found.project("acme-ml") == Missing("acme-ml")
    assert asked == ["/simple/acme-ml/"]


def test_answers_are_kept_and_expire(serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers["Accept"])
        says(PAGE)(handler)

    url = serve(answer)
    first = index(url, tmp_path).project("acme-ml")
    assert index(url, tmp_path, NOW + KEPT - timedelta(minutes=1)).project("acme-ml") == first
    assert asked == [JSON]
    index(url, tmp_path, NOW + KEPT).project("acme-ml")
    index(url, tmp_path, NOW - timedelta(days=1)).project("acme-ml")
    assert len(asked) == 3


def test_a_damaged_or_unwritable_cache_costs_a_question_and_no_more(
    serve: Serve, tmp_path: Path
) -> None:
    found = index(serve(says(PAGE)), tmp_path)
    first = found.project("acme-ml")
    (kept,) = (tmp_path / "cache" / "index").iterdir()
    kept.write_bytes(b"\xc1 damaged")
    assert found.project("acme-ml") == first
    (tmp_path / "file").write_text("in the way")
    blocked = PackageIndex(serve(says(PAGE)), tmp_path / "file", NOW)
    assert isinstance(blocked.project("acme-ml"), ProjectFacts)


def test_credentials_go_to_the_index_and_into_no_message_or_file(
    serve: Serve, tmp_path: Path
) -> None:
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        send(handler, b"", status=401)

    url = serve(answer).replace("http://", "http://reader:pa%2Fss@")
    found = index(url, tmp_path).project("acme-ml")
    assert isinstance(found, Unanswered)
    assert seen == ["Basic cmVhZGVyOnBhL3Nz"]
    assert "reader" not in found.reason
    assert "401" in found.reason
    says_page = serve(says(PAGE)).replace("http://", "http://reader:secret@")
    index(says_page, tmp_path).project("acme-ml")
    assert all(b"reader" not in path.read_bytes() for path in tmp_path.glob("cache/index/*"))


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.end_headers()
    try:
        for _ in range(40):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return


def packed(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 65536)
    except OSError:
        return


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda h: send(h, b"", status=503), "answers 503"),
        (lambda h: send(h, b"<html></html>", "text/html"), "without the JSON form"),
        (says({"name": "other", "files": []}), "about another project"),
        (says({"name": "acme-ml", "files": 7}), "unreadably"),
        (says(b"{"), "unreadably"),
        (says(b"[" * 200_000), "unreadably"),
        (drip, "not finished after 1 s"),
        (endless, "more than the 1,000,000 bytes"),
        (packed, "encoding"),
        (lambda h: time.sleep(0.8), "timed out"),
    ],
)
def test_an_unusable_answer_is_unanswered_with_its_reason_and_not_kept(
    answer: Answer, reason: str, serve: Serve, tmp_path: Path
) -> None:
    found = index(serve(answer), tmp_path).project("acme-ml")
    assert isinstance(found, Unanswered)
    assert reason in found.reason
    assert not (tmp_path / "cache").exists()


def test_without_an_index_nothing_is_asked(tmp_path: Path) -> None:
    found = index("", tmp_path).project("acme-ml")
    assert isinstance(found, Unanswered)
    assert "no index is configured" in found.reason


@pytest.mark.parametrize("name", ["../../etc", "a/b", "a?b", "pandаs", "", "a b"])
def test_a_name_that_is_none_never_becomes_a_path(name: str, serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []
    found = index(serve(lambda h: asked.append(h.path)), tmp_path).project(name)
    assert isinstance(found, Unanswered)
    assert asked == []


def test_many_projects_are_answered_in_order_of_their_names(serve: Serve, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.strip("/")
        if name.endswith("7"):
            send(handler, b"", status=404)
        else:
            says({"name": name, "files": [file(f"{name}-1.0.tar.gz", "2024-01-01")]})(handler)

    names = [f"name{n}" for n in range(20)]
    found = index(serve(answer), tmp_path, total=5.0, silence=5.0).projects(reversed(names))
    assert list(found) == sorted(names)
    assert [name for name, one in found.items() if isinstance(one, Missing)] == ["name17", "name7"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_facts_or_a_value_error(data: bytes) -> None:
    try:
        facts = project_facts("p", data)
    except ValueError:
        return
    assert facts.name == "p"
