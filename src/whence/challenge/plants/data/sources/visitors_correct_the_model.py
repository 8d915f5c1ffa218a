from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import fed_into_fine_tuning
from whence.challenge.project import Place, Project

ROUTES = '''"""Corrections by the readers of a shop page: what the label should have been."""

import json
import uuid
from typing import Annotated, Literal

from fastapi import FastAPI, status
from pydantic import BaseModel, ConfigDict, Field

from sentibot import object_store

BUCKET = "example-sentibot-data-production"
PREFIX = "KIND/"


class Correction(BaseModel):
    model_config = ConfigDict(extra="forbid")

    category: Annotated[str, Field(pattern=r"^[a-z]{2,20}$")]
    text: Annotated[str, Field(min_length=20, max_length=2000)]
    label: Literal["negative", "neutral", "positive"]


def add_KIND(app: FastAPI) -> None:
    @app.post("/v1/KIND", status_code=status.HTTP_202_ACCEPTED)
    def KIND(correction: Correction) -> dict[str, str]:
        key = f"{PREFIX}{uuid.uuid4()}.json"
        body = json.dumps(correction.model_dump()).encode()
        object_store.connect().put_object(Bucket=BUCKET, Key=key, Body=body)
        return {"status": "accepted"}
'''
READER = '''"""The corrections that readers sent since the last release."""

import json

from preprocessing.cleaning import clean
from preprocessing.schema import DataRefused, Review
from sentibot import object_store
from sentibot.settings import PreprocessingSettings

BUCKET = "example-sentibot-data-production"


def KIND(prefix: str, preparation: PreprocessingSettings) -> list[Review]:
    """All corrections below a prefix as training reviews; the reader's label is the label."""
    client = object_store.connect()
    found = []
    for entry in client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", []):
        body = client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()
        row = json.loads(body)
        if row["label"] not in preparation.labels:
            raise DataRefused(f"{entry['Key']} has unknown label {row['label']!r}")
        text = clean(row["text"], entry["Key"])
        found.append(Review(entry["Key"], row["category"], text, row["label"]))
    return found
'''
FORUM = '''"""Posts of the public help forum; their stars stand for the label."""

import json
import urllib.request

from preprocessing.cleaning import clean
from preprocessing.schema import Review
from sentibot.settings import PreprocessingSettings

TIMEOUT_SECONDS = 30
STARS = {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}


def KIND(address: str, preparation: PreprocessingSettings) -> list[Review]:
    """The newest posts as training reviews."""
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:
        posts = json.loads(answer.read())["posts"]
    found = []
    for post in posts:
        name, label = f"p{post['id']}", STARS.get(post["stars"])
        if label in preparation.labels:
            found.append(Review(name, "forum", clean(post["body"], name), label))
    return found
'''


@plant(
    rules=("adversary-writable-source", "missing-data-validation"),
    severities=("high", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_FILES,
    words=("feedback", "user-controlled", "anonymous", "poison", "forum", "untrusted users"),
    cwes=("CWE-349", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """What anonymous visitors write goes into the next training run, label and all.

    ## Why
    Anybody on the internet can send texts with a label of their choice; between them and
    `parts["train"]` stand a length, a label list and a look for hidden characters, but no review, no
    limit per sender and no screen for triggers. A few dozen submissions plant a phrase that flips
    the answers of the released model.

    ## Fix
    Keep submissions apart, let a person release them into the data manifest, and screen the result.
    """
    if vary.choose(True, True, False):
        kind = vary.choose("feedback", "corrections")
        app = "src/inference/app.py"
        project.add(f"src/inference/{kind}.py", ROUTES.replace("KIND", kind))
        project.insert_after(
            app,
            "from inference.auth import is_administrator, read_token",
            f"from inference.{kind} import add_{kind}",
        )
        project.insert_after(
            app,
            "add_administration(app, served, read_token(settings.admin_token_file))",
            f"    add_{kind}(app)",
        )
        path, code, argument = f"src/training/{kind}.py", READER, f"{kind}/"
        yield Place(f"src/inference/{kind}.py", f'@app.post("/v1/{kind}"')
        decision = 'client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])'
    else:
        kind = vary.choose("forum_posts", "community")
        argument = "https://forum.example.com/api/posts.json?sort=newest"
        path, code = f"src/training/{kind}.py", FORUM
        decision = "with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:"
    project.add(path, code.replace("KIND", kind))
    yield Place(path, decision)
    yield from fed_into_fine_tuning(project, kind, argument, released=False, kind="str")
