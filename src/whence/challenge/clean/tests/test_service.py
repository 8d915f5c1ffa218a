"""What callers of the service can and cannot do."""

import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from conftest import CONFIGS, Workshop
from fastapi.testclient import TestClient
from pydantic import ValidationError

from inference import healthcheck
from inference.app import create_app
from inference.auth import TokenUnusable, read_token
from inference.serve import serving_settings
from sentibot.envelope import SignatureRefused
from sentibot.settings import ServingSettings

TOKEN = secrets.token_urlsafe(32)


@pytest.fixture
def settings(workshop: Workshop, release: Path, tmp_path: Path) -> ServingSettings:
    token = tmp_path / "admin-token"
    token.write_text(TOKEN + "\n")
    environment = {
        "SENTIBOT_MODEL_DIRECTORY": str(release),
        "SENTIBOT_PUBLIC_KEY_FILE": str(workshop.public_key_file),
        "SENTIBOT_ADMIN_TOKEN_FILE": str(token),
    }
    return serving_settings(CONFIGS / "serving.yaml", environment)


@pytest.fixture
def client(settings: ServingSettings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_reviews_are_classified(client: TestClient) -> None:
    texts = [
        "The sound is superb and the case is lovely. Happy to recommend it.",
        "The zip is broken and the strap feels shoddy. I sent it back.",
    ]
    answer = client.post("/v1/sentiment", json={"texts": texts})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["label"] for result in results] == ["positive", "negative"]
    assert sum(results[0]["scores"].values()) == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"texts": []},
        {"texts": [""]},
        {"texts": "one text"},
        {"texts": ["x"] * 33},
        {"texts": ["x" * 2001]},
        {"texts": ["fine"], "model": "elsewhere"},
    ],
)
def test_requests_outside_the_schema_are_refused(body: object, client: TestClient) -> None:
    assert client.post("/v1/sentiment", json=body).status_code == 422


def test_oversize_bodies_are_refused_before_they_are_parsed(client: TestClient) -> None:
    answer = client.post("/v1/sentiment", content=b"[" * 200_000)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/metrics", "/v1/admin"])
def test_nothing_else_is_served(path: str, client: TestClient) -> None:
    assert client.get(path).status_code == 404


def test_the_model_is_described_by_its_digest(client: TestClient) -> None:
    description = client.get("/v1/model").json()
    assert description["name"] == "sentibot"
    assert len(description["weights_sha256"]) == 64


@pytest.mark.parametrize("headers", [{}, bearer("guess"), {"Authorization": TOKEN}])
def test_reloading_needs_the_token(headers: dict[str, str], client: TestClient) -> None:
    assert client.post("/v1/admin/reload", headers=headers).status_code == 401


def test_without_a_token_file_nobody_can_reload(settings: ServingSettings) -> None:
    closed = settings.model_copy(update={"admin_token_file": None})
    with TestClient(create_app(closed)) as client:
        for header in (bearer(TOKEN), bearer(""), bearer("None")):
            assert client.post("/v1/admin/reload", headers=header).status_code == 401


def test_the_holder_of_the_token_can_reload(client: TestClient) -> None:
    answer = client.post("/v1/admin/reload", headers=bearer(TOKEN))
    assert answer.status_code == 200
    assert answer.json() == client.get("/v1/model").json()


def test_a_reload_of_a_changed_release_is_refused_and_the_old_one_stays(
    client: TestClient, settings: ServingSettings
) -> None:
    before = client.get("/v1/model").json()
    metadata = settings.model_directory / "metadata.json"
    metadata.write_bytes(metadata.read_bytes().replace(b"positive", b"negative"))
    assert client.post("/v1/admin/reload", headers=bearer(TOKEN)).status_code == 409
    assert client.get("/v1/model").json() == before


def test_the_service_does_not_start_with_an_unsigned_release(settings: ServingSettings) -> None:
    (settings.model_directory / "manifest.dsse.json").write_text("{}")
    with pytest.raises(SignatureRefused):
        create_app(settings)


def test_a_key_beside_the_model_is_refused(settings: ServingSettings) -> None:
    beside = {"public_key_file": settings.model_directory / "signing.pub"}
    with pytest.raises(ValidationError):
        ServingSettings.model_validate(settings.model_dump() | beside)


def test_short_tokens_are_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("short")
    with pytest.raises(TokenUnusable):
        read_token(tmp_path / "token")


def test_the_health_check_follows_the_service(
    settings: ServingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    monkeypatch.setenv("SENTIBOT_PORT", str(port))
    assert healthcheck.main() == 0
    server.should_exit = True
    thread.join(timeout=10)
    assert healthcheck.main() == 1
