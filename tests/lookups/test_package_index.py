"""What a package index says is read whole or reported as unanswered; nothing is assumed."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from loopback import Answer, send

from whence.lookups.download import Bounds
from whence.lookups.index_answers import Missing, ProjectFacts, Unanswered
from whence.lookups.index_cache import KEPT
from whence.lookups.package_index import PackageIndexes
from whence.lookups.pip_configuration import PipSettings

NOW = datetime(2026, 7, 23, 12, tzinfo=UTC)
JSON = "application/vnd.pypi.simple.v1+json"
Serve = Callable[[Answer], str]


def file(name: str, day: str, **more: Any) -> dict[str, Any]:
    return {
        "filename": name,
        "url": f"https://packages.example.com/files/{name}",
        "hashes": {"sha256": "0" * 64},
        "requires-python": ">=3.9",
        "size": 1234,
        "upload-time": f"{day}T10:00:00.123456Z",
        "core-metadata": {"sha256": "0" * 64},
        "yanked": False,
        "provenance": None,
        **more,
    }


def page(name: str, *files: dict[str, Any], version: str = "1.4", **more: Any) -> dict[str, Any]:
    return {
        "meta": {"api-version": version, "_last-serial": 7},
        "name": name,
        "versions": [],
        "files": list(files),
        "alternate-locations": [],
        **more,
    }


HERE = "https://packages.example.com"
PAGE = page(
    "Acme.ML",
    file("acme_ml-2.0.tar.gz", "2026-03-01"),
    file("acme_ml-1.0.tar.gz", "2024-01-05", provenance=f"{HERE}/integrity/a"),
    file("acme_ml-1.0-py3-none-any.whl", "2024-01-04", provenance=f"{HERE}/integrity/b"),
    file("acme-ml-1.1.zip", "2025-02-02", yanked="broken wheel"),
    **{"project-status": {"status": "archived", "reason": "moved"}},
)


def index(*urls: str, tmp_path: Path, now: datetime = NOW, **bounds: float) -> PackageIndexes:
    limits = {"size": 1_000_000, "silence": 0.5, "total": 1.0} | bounds
    return PackageIndexes(PipSettings(urls), tmp_path / "cache", now, Bounds(**limits))  # type: ignore[arg-type]


def says(what: object, kind: str = JSON) -> Answer:
    body = what if isinstance(what, bytes) else json.dumps(what).encode()
    return lambda handler: send(handler, body, kind)


def test_releases_dates_yanks_status_and_attestations_are_read(
    serve: Serve, tmp_path: Path
) -> None:
    facts = index(serve(says(PAGE)) + "/simple/", tmp_path=tmp_path).project("acme_ml")
    assert isinstance(facts, ProjectFacts)
    assert (facts.status, facts.status_reason) == ("archived", "moved")
    assert [release.version for release in facts.releases] == ["1.0", "1.1", "2.0"]
    assert facts.offered == ("1.0", "2.0")
    assert facts.first_upload == datetime(2024, 1, 4, 10, 0, 0, 123456, tzinfo=UTC)
    assert facts.last_upload == datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)
    yanked = facts.release("1.1.0+local")
    assert yanked is not None
    assert (yanked.yanked, yanked.yank_reason) == (True, "broken wheel")
    lost = {release.version for release in facts.releases if facts.attestation_lost(release)}
    assert lost == {"1.1", "2.0"}
    assert facts.not_told == ()


def test_facts_that_an_index_does_not_give_are_listed_not_assumed(
    serve: Serve, tmp_path: Path
) -> None:
    bare = {"url": "a-1.0.tar.gz", "hashes": {}}
    files = [{"filename": "acme-ml-1.0.tar.gz", **bare}, {"filename": "odd", **bare}]
    told = page("acme-ml", *files, version="1.0")
    facts = index(serve(says(told)), tmp_path=tmp_path).project("acme-ml")
    assert isinstance(facts, ProjectFacts)
    assert facts.status == ""
    assert facts.last_upload is None
    assert facts.releases[0].attested is None
    assert facts.attestation_lost(facts.releases[0]) is None
    assert set(facts.not_told) == {
        "upload times",
        "the project's status",
        "attestations",
        "the version of 1 files",
    }


def test_a_page_in_html_is_read_too(serve: Serve, tmp_path: Path) -> None:
    html = f"""<!DOCTYPE html><html><head>
    <meta name="pypi:repository-version" content="1.4">
    <meta name="pypi:project-status" content="quarantined">
    </head><body><h1>Links for acme-ml</h1>
    <a href="{HERE}/acme_ml-1.0.tar.gz#sha256=00" data-provenance="{HERE}/p">acme_ml-1.0.tar.gz</a>
    <a href="{HERE}/acme_ml-1.1.tar.gz#sha256=00" data-yanked="broken">acme_ml-1.1.tar.gz</a>
    </body></html>"""
    for kind in ("text/html; charset=utf-8", "application/vnd.pypi.simple.v1+html"):
        url = serve(says(html.encode(), kind))
        facts = index(url, tmp_path=tmp_path / kind[:4]).project("acme-ml")
        assert isinstance(facts, ProjectFacts)
        assert facts.status == "quarantined"
        assert [(r.version, r.yanked, r.attested) for r in facts.releases] == [
            ("1.0", False, True),
            ("1.1", True, False),
        ]
        assert facts.not_told == ("upload times",)


def test_a_release_is_yanked_only_if_all_its_files_are(serve: Serve, tmp_path: Path) -> None:
    told = page(
        "p",
        file("p-1.0.tar.gz", "2024-01-01", yanked=True),
        file("p-1.0-py3-none-any.whl", "2024-01-01", yanked=False),
    )
    facts = index(serve(says(told)), tmp_path=tmp_path).project("p")
    assert isinstance(facts, ProjectFacts)
    assert facts.releases[0].yanked is False


def test_a_name_is_missing_only_where_every_index_says_so(serve: Serve, tmp_path: Path) -> None:
    def nothing(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b"", status=404)

    empty, broken = serve(nothing), serve(lambda h: send(h, b"", status=500))
    full = serve(says(page("acme-ml", file("acme_ml-1.0.tar.gz", "2024-01-01"))))
    assert isinstance(index(empty, full, tmp_path=tmp_path).project("acme-ml"), ProjectFacts)
    assert isinstance(index(empty, broken, tmp_path=tmp_path).project("acme-ml"), Unanswered)
    assert isinstance(index(empty, empty, tmp_path=tmp_path).project("acme-ml"), Missing)
    (tmp_path / "wheels" / "acme-ml").mkdir(parents=True)
    folder = (tmp_path / "wheels").as_uri()
    assert isinstance(index(empty, folder, tmp_path=tmp_path).project("acme-ml"), Unanswered)
    assert isinstance(index(empty, folder, tmp_path=tmp_path).project("other"), Missing)


def test_an_index_that_keeps_failing_is_left_alone(serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []

    def failing(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        send(handler, b"", status=503)

    found = index(serve(failing), tmp_path=tmp_path).projects(f"name{n}" for n in range(60))
    assert len(found) == 60
    assert all(isinstance(answer, Unanswered) for answer in found.values())
    assert len(asked) < 20


def test_a_name_that_the_index_does_not_have_is_missing(serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        send(handler, b"", status=404)

    found = index(serve(answer) + "/simple", tmp_path=tmp_path)
    assert found.project("Acme__ML") == Missing("acme-ml")
    assert found.project("acme-ml") == Missing("acme-ml")
    assert asked == ["/simple/acme-ml/"]


def test_answers_are_kept_and_expire(serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers["Accept"])
        says(PAGE)(handler)

    url = serve(answer)
    first = index(url, tmp_path=tmp_path).project("acme-ml")
    assert (
        index(url, tmp_path=tmp_path, now=NOW + KEPT - timedelta(minutes=1)).project("acme-ml")
        == first
    )
    assert len(asked) == 1
    assert asked[0].startswith(JSON)
    index(url, tmp_path=tmp_path, now=NOW + KEPT).project("acme-ml")
    index(url, tmp_path=tmp_path, now=NOW - timedelta(days=1)).project("acme-ml")
    assert len(asked) == 3


def test_a_damaged_or_unwritable_cache_costs_a_question_and_no_more(
    serve: Serve, tmp_path: Path
) -> None:
    found = index(serve(says(PAGE)), tmp_path=tmp_path)
    first = found.project("acme-ml")
    (kept,) = (tmp_path / "cache" / "index").iterdir()
    kept.write_bytes(b"\xc1 damaged")
    assert found.project("acme-ml") == first
    (tmp_path / "file").write_text("in the way")
    settings = PipSettings((serve(says(PAGE)),))
    blocked = PackageIndexes(settings, tmp_path / "file", NOW)
    assert isinstance(blocked.project("acme-ml"), ProjectFacts)


def test_credentials_go_to_the_index_and_into_no_message_or_file(
    serve: Serve, tmp_path: Path
) -> None:
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        send(handler, b"", status=401)

    url = serve(answer).replace("http://", "http://reader:pa%2Fss@")
    found = index(url, tmp_path=tmp_path).project("acme-ml")
    assert isinstance(found, Unanswered)
    assert seen == ["Basic cmVhZGVyOnBhL3Nz"]
    assert "reader" not in found.reason
    assert "401" in found.reason
    says_page = serve(says(PAGE)).replace("http://", "http://reader:secret@")
    index(says_page, tmp_path=tmp_path).project("acme-ml")
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
        (says(b"<svg/>", "image/svg+xml"), "in a form that is no index's"),
        (says(page("other")), "about another project"),
        (says(page("acme-ml", version="2.0")), "in a form that is no index's"),
        (says(page("acme-ml") | {"files": 7}), "unreadably"),
        (lambda h: send(h, b"{}", JSON, length=500), "broke off"),
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
    found = index(serve(answer), tmp_path=tmp_path).project("acme-ml")
    assert isinstance(found, Unanswered)
    assert reason in found.reason
    assert not (tmp_path / "cache").exists()


def test_without_an_index_nothing_is_asked(tmp_path: Path) -> None:
    settings = PipSettings((), "pip is configured to ask no index")
    found = PackageIndexes(settings, tmp_path, NOW).project("acme-ml")
    assert found == Unanswered("acme-ml", "pip is configured to ask no index")


def test_an_address_that_is_not_https_is_not_asked(tmp_path: Path) -> None:
    found = index("http://packages.example.com/simple", tmp_path=tmp_path).project("acme-ml")
    assert isinstance(found, Unanswered)
    assert "not https" in found.reason


def test_a_redirect_to_plain_http_is_not_followed(serve: Serve, tmp_path: Path) -> None:
    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", "http://packages.example.com/acme-ml/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    found = index(serve(elsewhere), tmp_path=tmp_path).project("acme-ml")
    assert isinstance(found, Unanswered)
    assert "not https" in found.reason


@pytest.mark.parametrize("name", ["../../etc", "a/b", "a?b", "pandаs", "", "a b"])
def test_a_name_that_is_none_never_becomes_a_path(name: str, serve: Serve, tmp_path: Path) -> None:
    asked: list[str] = []
    found = index(serve(lambda h: asked.append(h.path)), tmp_path=tmp_path).project(name)
    assert isinstance(found, Unanswered)
    assert asked == []


def test_many_projects_are_answered_in_order_of_their_names(serve: Serve, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.strip("/")
        if name.endswith("7"):
            send(handler, b"", status=404)
        else:
            says(page(name, file(f"{name}-1.0.tar.gz", "2024-01-01")))(handler)

    names = [f"name{n}" for n in range(20)]
    found = index(serve(answer), tmp_path=tmp_path, total=60.0, silence=30.0).projects(
        reversed(names)
    )
    assert list(found) == sorted(names)
    assert [one for one in found.values() if isinstance(one, Unanswered)] == []
    assert [name for name, one in found.items() if isinstance(one, Missing)] == ["name17", "name7"]


def test_a_connection_that_the_server_has_closed_meanwhile_costs_no_answer(
    serve: Serve, tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        if len(asked) != 2:
            handler.close_connection = False
            name = handler.path.strip("/")
            says(page(name, file(f"{name}-1.0.tar.gz", "2024-01-01")))(handler)

    indexes = index(serve(answer), tmp_path=tmp_path)
    assert isinstance(indexes.project("first"), ProjectFacts)
    assert isinstance(indexes.project("second"), ProjectFacts)
    assert asked == ["/first/", "/second/", "/second/"]
