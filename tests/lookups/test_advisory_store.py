"""An update replaces the advisory data as a whole, or leaves what was there."""

import io
import json
import random
import socket
import struct
import time
import zipfile
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from loopback import Answer, send
from osv_exports import between, record, zipped

from whence.lookups.advisories import Advisories
from whence.lookups.advisory_store import AdvisoryStore, data_age, too_old
from whence.lookups.advisory_table import UnusableTable
from whence.lookups.advisory_update import Phase, UpdateRefused, update
from whence.lookups.download import Bounds

TODAY = date(2026, 8, 1)
Serve = Callable[[Answer], str]


@pytest.fixture(scope="module")
def whole() -> bytes:
    """An export as large as the embedded one and a little newer."""
    return export(7000)


def export(count: int, modified: str = "2026-07-30T00:00:00Z", **extra: bytes) -> bytes:
    records = [
        record(f"PYSEC-2026-{n}", f"name-{n % 900}", ranges=[between("0", "2")], modified=modified)
        for n in range(count)
    ]
    return zipped(records, {f"{name}.json": data for name, data in extra.items()})


@pytest.fixture(scope="module")
def kept(whole: bytes, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The data file that an update from the whole export writes."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "all.zip").write_bytes(whole)
    update(AdvisoryStore(folder), str(folder / "all.zip"), TODAY)
    return (folder / "advisories.xz").read_bytes()


@pytest.fixture
def store(tmp_path: Path) -> AdvisoryStore:
    return AdvisoryStore(tmp_path / "data")


def leaves_everything_as_it_was(store: AdvisoryStore, folder: Path, source: str) -> str:
    before = {path.name: path.read_bytes() for path in folder.glob("**/*") if path.is_file()}
    bounds = Bounds(size=20_000_000, silence=0.5, total=1.0)
    with pytest.raises(UpdateRefused) as refused:
        update(store, source, TODAY, bounds=bounds)
    after = {path.name: path.read_bytes() for path in folder.glob("**/*") if path.is_file()}
    assert after == before
    return str(refused.value)


def test_an_update_from_a_file_is_used_from_then_on(
    store: AdvisoryStore, tmp_path: Path, whole: bytes
) -> None:
    source = tmp_path / "all.zip"
    source.write_bytes(whole)
    told: list[Phase] = []
    update(store, str(source), TODAY, lambda phase, *_: told.append(phase))
    opened = store.open()
    assert opened.origin.as_of == date(2026, 7, 30)
    assert opened.origin.source == "all.zip"
    assert len(opened.match("name-3", "1.0").matches) > 1
    assert opened.match("requests", "2.19").matches == ()
    assert Phase.READ in told
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["advisories.xz"]


def test_an_update_from_an_address_tells_its_progress(
    store: AdvisoryStore, serve: Serve, whole: bytes
) -> None:
    told: list[tuple[Phase, int, int]] = []
    url = serve(lambda handler: send(handler, whole)) + "/all.zip"
    update(store, url, TODAY, lambda *step: told.append(step))
    downloads = [step for step in told if step[0] is Phase.DOWNLOAD]
    assert downloads[-1] == (Phase.DOWNLOAD, len(whole), len(whole))
    assert [done for _, done, _ in downloads] == sorted(done for _, done, _ in downloads)
    assert store.open().origin.counts["live"] == 7000


def reset(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def drip(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    try:
        for n in range(40):
            handler.wfile.write(body[n : n + 1])
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return


def silent(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    time.sleep(1.0)
    handler.close_connection = True


def redirected(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://downloads.example.com/all.zip")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reset, "broke off"),
        (drip, "not finished after 1 s"),
        (silent, "timed out"),
        (redirected, "not https"),
        (lambda h, b: send(h, b"", status=500), "answers 500"),
        (lambda h, b: send(h, b"", status=404), "answers 404"),
        (lambda h, b: send(h, b"", status=206), "answered 206"),
        (lambda h, b: send(h, b[:-100], length=len(b)), "bytes of"),
        (lambda h, b: send(h, b, length=30_000_000), "announces 30,000,000 bytes"),
        (lambda h, b: send(h, b[:-100]), "not a whole zip archive"),
        (lambda h, b: send(h, b"<html>maintenance</html>"), "not a whole zip archive"),
        (lambda h, b: send(h, spoilt(b)), "not a whole zip archive"),
        (lambda h, b: send(h, b""), "not a whole zip archive"),
    ],
)
def test_a_broken_download_leaves_the_old_data(
    answer: Callable[[BaseHTTPRequestHandler, bytes], None],
    reason: str,
    store: AdvisoryStore,
    serve: Serve,
    tmp_path: Path,
    whole: bytes,
    kept: bytes,
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "advisories.xz").write_bytes(kept)
    url = serve(lambda handler: answer(handler, whole)) + "/all.zip"
    assert reason in leaves_everything_as_it_was(store, tmp_path, url)
    assert store.open().origin.counts["live"] == 7000


def spoilt(body: bytes) -> bytes:
    pick = random.Random(1)
    damaged = bytearray(body)
    for _ in range(50):
        damaged[pick.randrange(60, len(body) // 2)] ^= 0xFF
    return bytes(damaged)


def test_an_unreachable_address_leaves_the_old_data(store: AdvisoryStore, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    reason = leaves_everything_as_it_was(store, tmp_path, f"http://127.0.0.1:{port}/all.zip")
    assert "cannot be reached" in reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (lambda: export(2000), "less than half"),
        (lambda: export(7000, modified="2026-07-01T00:00:00Z"), "older than the data in use"),
        (lambda: zipped([]), "holds no advisories"),
        (lambda: export(7000, **{f"bad{n}": b"{" for n in range(500)}), "unreadable"),
        (lambda: odd_method(), "compressed in a way"),
        (lambda: b"PK", "not a whole zip archive"),
    ],
)
def test_an_implausible_export_is_refused(
    body: Callable[[], bytes], reason: str, store: AdvisoryStore, tmp_path: Path
) -> None:
    source = tmp_path / "all.zip"
    source.write_bytes(body())
    assert reason in leaves_everything_as_it_was(store, tmp_path, str(source))


def odd_method() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.json", "{}")
    return stream.getvalue()


def test_a_few_bad_documents_cost_only_themselves(store: AdvisoryStore, tmp_path: Path) -> None:
    deep = b'{"id":"X-1","modified":"2026-01-01","affected":' + b"[" * 100_000
    typed = json.dumps({"id": 7, "modified": "2026-01-01T00:00:00Z"}).encode()
    undated = json.dumps({"id": "X-2", "modified": "yesterday"}).encode()
    odd = {"deep": deep, "typed": typed, "undated": undated, "bytes": b"\xff\xfe"}
    source = tmp_path / "all.zip"
    source.write_bytes(export(7000, **odd))
    table = update(store, str(source), TODAY)
    assert table.origin.counts["unreadable"] == 4
    assert table.origin.counts["live"] == 7000


def test_a_missing_file_and_a_folder_are_refused_in_words(
    store: AdvisoryStore, tmp_path: Path
) -> None:
    for source in (tmp_path / "none.zip", tmp_path):
        assert "cannot be read" in leaves_everything_as_it_was(store, tmp_path, str(source))


def test_a_plain_http_address_elsewhere_is_refused(store: AdvisoryStore, tmp_path: Path) -> None:
    url = "http://user:hidden@downloads.example.com/all.zip"
    reason = leaves_everything_as_it_was(store, tmp_path, url)
    assert reason == "http://downloads.example.com/all.zip is not https"


def test_without_an_update_the_embedded_data_is_used(store: AdvisoryStore) -> None:
    assert store.open().origin == Advisories.embedded().origin


def test_a_damaged_store_is_reported_and_can_be_repaired(
    store: AdvisoryStore, tmp_path: Path, whole: bytes
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "advisories.xz").write_bytes(b"damaged")
    with pytest.raises(UnusableTable):
        store.open()
    source = tmp_path / "all.zip"
    source.write_bytes(whole)
    update(store, str(source), TODAY)
    assert store.open().origin.counts["live"] == 7000


def test_age_is_counted_in_days_and_fails_closed() -> None:
    day = date(2026, 7, 23)
    assert not data_age(day, date(2026, 8, 22)).stale
    assert data_age(day, date(2026, 8, 23)).stale
    assert data_age(day, date(2026, 7, 1)).days == 0
    assert too_old(day, date(2026, 8, 2), 10) == ""
    assert "11 days old, more than 10" in too_old(day, date(2026, 8, 3), 10)
    assert "after today" in too_old(day, date(2026, 7, 22), 10)
    assert too_old(day, date(2036, 7, 22), None) == ""
