from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

ROUTES = '''"""Try a candidate beside the released model, before it is released."""

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, HTTPException, status
from pydantic import BaseModel, ConfigDict, Field

from inference.predictor import ServedRelease
from sentibot.checkpoint import WEIGHTS_FILE, CheckpointRefused, from_bytes
from sentibot.classifier import Parameters, forward, shapes
from sentibot.tokens import encode


class Candidate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    FIELD: str


class Trial(BaseModel):
    model_config = ConfigDict(extra="forbid")

    texts: Annotated[list[str], Field(min_length=1, max_length=32)]


def add_NAME(app: FastAPI, served: ServedRelease) -> None:
    loaded: dict[str, Parameters] = {}

    @app.METHOD("/v1/NAME")
    def choose(candidate: Candidate) -> dict[str, str]:
        metadata = served.current.metadata
        model, labels = metadata.model, metadata.labels
        expected = shapes(model.buckets, model.dimensions, len(labels))
        try:
            content = READ
            loaded["NAME"] = from_bytes(content, expected)
        except (OSError, CheckpointRefused) as problem:
            raise HTTPException(status.HTTP_409_CONFLICT, str(problem)) from problem
        return {"loaded": candidate.FIELD}

    @app.post("/v1/NAME/sentiment")
    def sentiment(trial: Trial) -> list[str]:
        metadata = served.current.metadata
        model, labels = metadata.model, metadata.labels
        if "NAME" not in loaded:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "no candidate is loaded")
        rows, mask = encode(trial.texts, model.buckets, model.max_tokens)
        answers = forward(loaded["NAME"], rows, mask).probabilities.argmax(axis=1)
        return [labels[int(answer)] for answer in answers]
'''
FORMS = (
    ("folder", "(Path(candidate.folder) / WEIGHTS_FILE).read_bytes()"),
    ("address", "urllib.request.urlopen(candidate.address, timeout=10).read(1 << 24)"),
    ("path", "Path(candidate.path).read_bytes()"),
)


@plant(
    rules=("unauthenticated-model-management", "path-traversal"),
    severities=("high", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.SEVERAL_FILES,
    words=("unauthenticated", "no authentication", "without authentication", "path", "ssrf"),
    cwes=("CWE-306", "CWE-862", "CWE-22", "CWE-918"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Anybody who reaches the service can have it load a model from a place of their choice.

    ## Why
    The route asks for no token, takes a path or an address from the caller and reads it: the answers
    of the trial route are then the caller's, error messages tell which files exist, and an address
    makes the pod ask inside the cluster. The release beside it is verified, this model is not.

    ## Fix
    Ask for the administrator's token and choose among verified releases of one configured folder.
    """
    name = vary.choose("candidate", "trial", "canary")
    field, read = vary.choose(*FORMS)
    method = vary.choose("post", "put")
    code = ROUTES.replace("FIELD", field).replace("READ", read).replace("METHOD", method)
    if field == "address":
        code = code.replace("from pathlib import Path\n", "import urllib.request\n")
    if "WEIGHTS_FILE" not in read:
        code = code.replace("import WEIGHTS_FILE, ", "import ")
    path = f"src/inference/{name}.py"
    project.add(path, code.replace("NAME", name))
    app = "src/inference/app.py"
    project.insert_after(
        app,
        "from inference.auth import is_administrator, read_token",
        f"from inference.{name} import add_{name}",
    )
    yield Place(path, f'@app.{method}("/v1/{name}")')
    yield Place(path, f"content = {read}")
    yield project.insert_after(
        app,
        "add_administration(app, served, read_token(settings.admin_token_file))",
        f"    add_{name}(app, served)",
    )
