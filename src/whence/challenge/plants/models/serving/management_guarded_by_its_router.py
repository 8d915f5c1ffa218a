from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

ROUTES = '''"""What an administrator may ask of the served release."""

from fastapi import APIRouter, HTTPException, status

from inference.predictor import ServedRelease
from inference.schemas import ModelDescription
from sentibot.checkpoint import CheckpointRefused
from sentibot.digests import DigestMismatch
from sentibot.envelope import SignatureRefused


def NAME_routes(served: ServedRelease) -> APIRouter:
    routes = APIRouter(prefix="/v1/NAME")

    @routes.post("/reload")
    def reload_release() -> ModelDescription:
        try:
            release = served.reload()
        except (SignatureRefused, DigestMismatch, CheckpointRefused) as problem:
            raise HTTPException(status.HTTP_409_CONFLICT, "the release was refused") from problem
        return ModelDescription(
            name=release.metadata.name,
            version=release.metadata.version,
            weights_sha256=release.weights_sha256,
        )

    @routes.get("/lineage")
    def lineage() -> dict[str, str]:
        found = served.current.metadata.lineage
        return {"base": found.base_checkpoint_sha256, "data": found.data_manifest_sha256}

    return routes
'''
GUARD = '''"""Routes that only the holder of the token reaches."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, status

from inference.auth import is_administrator


def include_guarded(app: FastAPI, routes: APIRouter, token: str | None) -> None:
    """Add routes behind the check of the token."""

    def administrator(authorization: Annotated[str | None, Header()] = None) -> None:
        if not is_administrator(authorization, token):
            raise HTTPException(
                status.HTTP_401_UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"}
            )

    app.include_router(routes, dependencies=[Depends(administrator)])
'''
TEST = '''"""Nobody manages the model without the token."""

import pytest
from fastapi.testclient import TestClient
from test_service import TOKEN, bearer, client, settings

__all__ = ["client", "settings"]


@pytest.mark.parametrize("path", ["reload", "lineage"])
def test_managing_needs_the_token(path: str, client: TestClient) -> None:
    method = "POST" if path == "reload" else "GET"
    assert client.request(method, f"/v1/NAME/{path}").status_code == 401
    allowed = client.request(method, f"/v1/NAME/{path}", headers=bearer(TOKEN))
    assert allowed.status_code == 200
'''


@plant(
    rules=("unauthenticated-model-management",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("unauthenticated", "no authentication", "without authentication"),
    cwes=("CWE-306", "CWE-862"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A route that reloads the model shows no authentication.

    ## Why
    The router that it belongs to is included by `include_guarded`, in another module, with the check
    of the token as a dependency of all of its routes; the route takes no argument and a test shows
    the 401.
    """
    name = vary.choose("management", "operations")
    app = "src/inference/app.py"
    project.add(f"src/inference/{name}.py", ROUTES.replace("NAME", name))
    project.add("src/inference/guarded.py", GUARD)
    project.add(f"tests/test_{name}.py", TEST.replace("NAME", name))
    project.insert_after(
        app,
        "from inference.auth import is_administrator, read_token",
        f"from inference.guarded import include_guarded\nfrom inference.{name} import {name}_routes",
    )
    project.insert_after(
        app,
        "add_administration(app, served, read_token(settings.admin_token_file))",
        f"    token = read_token(settings.admin_token_file)\n"
        f"    include_guarded(app, {name}_routes(served), token)",
    )
    yield Place(f"src/inference/{name}.py", '@routes.post("/reload")')
