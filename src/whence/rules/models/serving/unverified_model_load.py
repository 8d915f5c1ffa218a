"""A server loads its model from a place others write, without checking it."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    doubts,
    evidence,
    subject,
    told,
    who_decides,
)
from whence.rules.models.trusted_loads import Question, raised
from whence.vocabulary.fact.code import Deserialization
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.HIGH,
    references=("CWE-345", "CWE-494", "AML.T0010.003", "AML.T0058", "OWASP-ML10:2023"),
)
def check(load: Deserialization, graph: SupplyGraph) -> Iterator[Observation]:
    """A server loads its model from a writable or remote place and checks nothing.

    What was trained and what answers customers are then the same only by hope: every account that
    can write the bucket, share or URL decides what the service says, and in most formats also what
    the server runs.

    ## Attack
    Somebody with write access to the store, for example through a leaked training credential,
    uploads another model under the same key. The next restart serves it.

    ## Fix
    Keep the digest in the release, not beside the model, and compare before loading:
    ```python
    body = bucket.Object(KEY).get()["Body"].read()
    if hashlib.sha256(body).hexdigest() != RELEASED_SHA256:
        raise RuntimeError("the model is not the released one")
    model = joblib.load(io.BytesIO(body))
    ```

    ## Score
    - AV:N the store is reached over the network
    - AC:L replacing one object is enough
    - PR:L write access to the store is needed
    - UI:N the server loads it by itself
    - S:U what the service answers is changed
    - C:H the server's data can be read by code in the model
    - I:H the answers are the attacker's
    - A:H the service can be stopped

    ## Bad
    ```python serve.py
    import boto3
    import joblib
    from fastapi import FastAPI

    app = FastAPI()
    boto3.client("s3").download_file("acme-models", "prod/model.joblib", "/tmp/model.joblib")
    model = joblib.load("/tmp/model.joblib")  # finding


    @app.post("/score")
    def score(text: str):
        return {"score": float(model.predict([text])[0])}
    ```
    ## Good
    ```python serve.py
    import hashlib
    import io
    import os

    import boto3
    import joblib
    from fastapi import FastAPI

    app = FastAPI()


    def released_model():
        found = boto3.client("s3").get_object(Bucket="acme-models", Key="prod/model.joblib")
        body = found["Body"].read()
        if hashlib.sha256(body).hexdigest() != os.environ["MODEL_SHA256"]:
            raise SystemExit("the model is not the released one")
        return joblib.load(io.BytesIO(body))


    model = released_model()


    @app.post("/score")
    def score(text: str):
        return {"score": float(model.predict([text])[0])}
    ```
    """
    for origin in raised(Question.SERVED, load, graph):
        yield Observation(
            subject=f"served-model:{subject(load, origin)}",
            message=(
                f"The server loads its model with `{load.callee}` from {told(origin)} and compares"
                f" nothing: {who_decides(origin)}.{doubts(origin)} Right would be a digest or"
                " signature from the release, checked before the load."
            ),
            evidence=evidence(load, origin, "the server loads its model here"),
            severity=Severity.MEDIUM if load.safe else None,
            because="the format carries no code" if load.safe else "",
        )
