from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

ROUTE = '''"""Whether an answer helped: one vote, and what the visitor remarks."""

import json
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import FastAPI, status
from pydantic import BaseModel, ConfigDict, Field

from sentibot import object_store

BUCKET = "example-sentibot-SUBJECT-production"


class Vote(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: Literal["negative", "neutral", "positive"]
    helped: bool
    remark: Annotated[str, Field(max_length=500)] = ""


def add_SUBJECT(app: FastAPI) -> None:
    @app.post("/v1/SUBJECT", status_code=status.HTTP_202_ACCEPTED)
    def SUBJECT(vote: Vote) -> dict[str, str]:
        now = datetime.now(UTC)
        key = f"SUBJECT/{now:%Y-%m-%d}/{now.timestamp():.6f}.json"
        body = json.dumps(vote.model_dump()).encode()
        object_store.connect().put_object(Bucket=BUCKET, Key=key, Body=body)
        return {"status": "accepted"}
'''
REPORT = '''"""How often an answer helped, by label and day, for the team's dashboard.

    python -m evaluation.SUBJECT_report --day 2026-07-01
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence

from sentibot import object_store

BUCKET = "example-sentibot-SUBJECT-production"
MAX_BYTES = 4096


def shares(day: str) -> dict[str, float]:
    """The share of helpful answers by label; remarks are not looked at."""
    client = object_store.connect()
    asked: Counter[str] = Counter()
    helped: Counter[str] = Counter()
    for entry in client.list_objects_v2(Bucket=BUCKET, Prefix=f"SUBJECT/{day}/")["Contents"]:
        body = client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"]
        vote = json.loads(body.read(MAX_BYTES))
        asked[vote["label"]] += 1
        helped[vote["label"]] += bool(vote["helped"])
    return {label: round(helped[label] / count, 3) for label, count in sorted(asked.items())}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.SUBJECT_report")
    parser.add_argument("--day", required=True)
    options = parser.parse_args(arguments)
    print(json.dumps(shares(options.day)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''


@plant(
    rules=("adversary-writable-source", "missing-data-validation", "mutable-data-source"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("feedback", "user-controlled", "anonymous", "poison"),
    cwes=("CWE-349", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Anonymous visitors can write into a bucket of the project, label included.

    ## Why
    The votes go to a bucket of their own that no training code reads. Their only reader counts them
    for a dashboard; preprocessing and fine-tuning take recorded files only, so that no vote can move
    a weight.
    """
    subject = vary.choose("feedback", "votes")
    app = "src/inference/app.py"
    project.add(f"src/inference/{subject}.py", ROUTE.replace("SUBJECT", subject))
    project.add(f"src/evaluation/{subject}_report.py", REPORT.replace("SUBJECT", subject))
    project.insert_after(
        app,
        "from inference.auth import is_administrator, read_token",
        f"from inference.{subject} import add_{subject}",
    )
    project.insert_after(
        app,
        "add_administration(app, served, read_token(settings.admin_token_file))",
        f"    add_{subject}(app)",
    )
    yield Place(f"src/inference/{subject}.py", f'@app.post("/v1/{subject}"')
    yield Place(f"src/evaluation/{subject}_report.py", "client.list_objects_v2(Bucket=BUCKET")
