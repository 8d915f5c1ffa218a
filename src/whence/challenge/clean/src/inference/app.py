"""The HTTP interface: classify texts, describe the model, and reload it with a token."""

import logging
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Response, status

from inference.auth import is_administrator, read_token
from inference.limits import BodyLimit
from inference.predictor import ServedRelease, predict
from inference.release import Release, load_release
from inference.schemas import Answer, Answers, ModelDescription, request_schema
from sentibot.checkpoint import CheckpointRefused
from sentibot.digests import DigestMismatch
from sentibot.envelope import SignatureRefused, read_public_key
from sentibot.settings import ServingSettings

log = logging.getLogger("inference")


def describe(release: Release) -> ModelDescription:
    return ModelDescription(
        name=release.metadata.name,
        version=release.metadata.version,
        weights_sha256=release.weights_sha256,
    )


def add_public_routes(app: FastAPI, served: ServedRelease, settings: ServingSettings) -> None:
    limited_request = request_schema(settings)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/model")
    def model() -> ModelDescription:
        return describe(served.current)

    @app.post("/v1/sentiment")
    def sentiment(request: limited_request) -> Answers:  # type: ignore[valid-type]
        release = served.current
        results = [
            Answer(label=prediction.label, scores=prediction.scores)
            for prediction in predict(release, request.texts)
        ]
        return Answers(model=f"{release.metadata.name} {release.metadata.version}", results=results)


def add_administration(app: FastAPI, served: ServedRelease, token: str | None) -> None:
    """Reload the release from the configured folder; the caller cannot name another."""

    def administrator(authorization: Annotated[str | None, Header()] = None) -> None:
        if not is_administrator(authorization, token):
            raise HTTPException(
                status.HTTP_401_UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"}
            )

    @app.post("/v1/admin/reload", dependencies=[Depends(administrator)])
    def reload() -> ModelDescription:
        try:
            return describe(served.reload())
        except (SignatureRefused, DigestMismatch, CheckpointRefused) as problem:
            log.error("reload refused: %s", problem)
            raise HTTPException(status.HTTP_409_CONFLICT, "the release was refused") from problem


def create_app(settings: ServingSettings) -> FastAPI:
    """Build the service; it does not start unless the release verifies."""
    key = read_public_key(settings.public_key_file)
    served = ServedRelease(lambda: load_release(settings.model_directory, key))
    log.info("serving weights %s", served.current.weights_sha256)
    app = FastAPI(title="SentiBot", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)

    @app.middleware("http")
    async def harden(request, call_next) -> Response:  # type: ignore[no-untyped-def]
        response: Response = await call_next(request)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    add_public_routes(app, served, settings)
    add_administration(app, served, read_token(settings.admin_token_file))
    return app
