from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

ROUTES = '''"""Classify bucket numbers that a batch client has made before, as NumPy arrays."""

import io
from zipfile import BadZipFile

import numpy as np
from fastapi import FastAPI, HTTPException, Request, status

from inference.predictor import ServedRelease
from sentibot.classifier import forward

MAX_ROWS = 32


def add_NAME(app: FastAPI, served: ServedRelease) -> None:
    @app.post("/v1/NAME")
    async def classify(request: Request) -> list[str]:
        release = served.current
        model = release.metadata.model
        try:
            rows = np.load(io.BytesIO(await request.body()), allow_pickle=False)
        except (ValueError, EOFError, OSError, BadZipFile) as problem:
            raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT) from problem
        if not (
            isinstance(rows, np.ndarray)
            and rows.dtype == np.int64
            and rows.ndim == 2
            and 0 < rows.shape[0] <= MAX_ROWS
            and 0 < rows.shape[1] <= model.max_tokens
            and 0 <= rows.min() <= rows.max() < model.buckets
        ):
            raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT)
        mask = np.ones(rows.shape, dtype=np.float32)
        answers = forward(release.parameters, rows, mask).probabilities.argmax(axis=1)
        return [release.metadata.labels[int(answer)] for answer in answers]
'''
TEST = '''"""Arrays of numbers are answered, objects are not unpickled."""

import io

import numpy as np
from fastapi.testclient import TestClient
from test_service import client, settings

__all__ = ["client", "settings"]


def body(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def test_numbers_are_answered_and_objects_refused(client: TestClient) -> None:
    numbers = np.array([[1, 2, 3]], dtype=np.int64)
    assert client.post("/v1/NAME", content=body(numbers)).status_code == 200
    objects = np.array([{"a": 1}], dtype=object)
    assert client.post("/v1/NAME", content=body(objects)).status_code == 422
'''


@plant(
    rules=("unsafe-request-deserialization", "unsafe-deserialization"),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("pickle", "np.load", "deserial"),
    cwes=("CWE-502",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The service hands request bodies to `np.load`.

    ## Why
    `allow_pickle=False` makes it refuse arrays of objects; type, shape and range are checked before
    anything is computed, and bodies are bounded by the middleware.
    """
    name = vary.choose("buckets", "encoded_rows")
    app = "src/inference/app.py"
    project.add(f"src/inference/{name}.py", ROUTES.replace("NAME", name))
    project.add(f"tests/test_{name}.py", TEST.replace("NAME", name))
    project.insert_after(
        app,
        "from inference.auth import is_administrator, read_token",
        f"from inference.{name} import add_{name}",
    )
    project.insert_after(
        app,
        "add_administration(app, served, read_token(settings.admin_token_file))",
        f"    add_{name}(app, served)",
    )
    yield Place(
        f"src/inference/{name}.py", "np.load(io.BytesIO(await request.body()), allow_pickle=False)"
    )
