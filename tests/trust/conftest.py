"""A small hub on the loopback: the listing, ranges, and the ways in which a server misbehaves."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 512


class Hub(ThreadingHTTPServer):
    """Files of one repository `acme/encoder` at one commit, and what was served of them."""

    daemon_threads = True

    commit = COMMIT

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.served: dict[str, int] = {}
        self.ranges = True
        self.gated = False
        self.silent = False
        self.silent_files = False
        self.cut = False
        self.redirect = ""
        self.busy = 0
        self.retry_after = "0"
        self.status = 200
        self.asked = 0
        self.instead: dict[str, bytes] = {}
        self.tokens: set[str] = set()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle is no fault of the hub."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def listing(self) -> dict[str, object]:
        siblings = []
        for path, content in self.files.items():
            entry: dict[str, object] = {"rfilename": path, "size": len(content), "blobId": "0" * 40}
            if len(content) > LARGE:
                digest = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
            siblings.append(entry)
        return {"id": "acme/encoder", "sha": COMMIT, "siblings": siblings, "tags": []}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if token := self.headers.get("Authorization"):
            self.server.tokens.add(token)
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/api/models/"):
            self.list_files(path.removeprefix("/api/models/"))
        elif found := re.fullmatch(r"/acme/encoder/resolve/([^/]+)/(.+)", path):
            self.give(found[1], found[2])
        else:
            self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def list_files(self, asked: str) -> None:
        hub = self.server
        if hub.silent:
            time.sleep(2)
        name, _, revision = asked.partition("/revision/")
        if hub.status != 200:
            self.answer(hub.status, b"{}", {})
        elif name != "acme/encoder":
            self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif hub.gated:
            self.answer(403, b"{}", {"X-Error-Code": "GatedRepo"})
        elif revision not in ("", "main", "v1", COMMIT):
            self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        else:
            self.answer(200, json.dumps(hub.listing()).encode(), {})

    def give(self, revision: str, path: str) -> None:
        hub = self.server
        assert revision == COMMIT, "only the commit that was listed may be read"
        hub.asked += 1
        if hub.busy:
            hub.busy -= 1
            return self.answer(429, b"", {"Retry-After": hub.retry_after})
        if hub.silent_files:
            time.sleep(2)
        if hub.redirect:
            return self.answer(302, b"", {"Location": hub.redirect + self.path})
        content = hub.instead.get(path, hub.files.get(path))
        if content is None:
            return self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        status, headers, body = 200, {}, content
        if wanted and hub.ranges:
            first, last = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
            body = content[first : last + 1]
            headers = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
            status = 206
        hub.served[path] = hub.served.get(path, 0) + len(body)
        self.answer(status, body, headers)

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = self.server.cut and status == 206
        self.close_connection = self.close_connection or cut
        if self.command != "HEAD":
            with suppress(OSError):
                self.wfile.write(body[: len(body) // 2] if cut else body)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub that the client asks, without a token of the user's own."""
    with running() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("HF_TOKEN", "")
        yield server


@pytest.fixture
def store() -> Iterator[Hub]:
    """A second server, to which the hub may redirect."""
    with running() as server:
        yield server


@contextmanager
def running() -> Iterator[Hub]:
    """The hub, as long as the block lasts."""
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
