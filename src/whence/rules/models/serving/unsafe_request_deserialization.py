"""Bodies of requests or messages become objects or code."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    doubts,
    evidence,
    exposed,
    only_tests,
    subject,
    told,
    who_decides,
)
from whence.vocabulary.fact.code import Deserialization, Exposure, OriginKind
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_HERE = ("ipc://", "inproc://", "tcp://127.", "tcp://localhost", "tcp://[::1]")
_ONLY_HERE = "only programs on the same machine can send it"


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-502", "AML.T0049", "AML.T0011.000", "OWASP-ML06:2023"),
)
def check(use: Deserialization, graph: SupplyGraph) -> Iterator[Observation]:
    """The body of a request or message is turned into objects by a format that can run code.

    Everyone who can reach the endpoint or the queue then runs commands in the server, next to the
    model, its data and its credentials.

    ## Attack
    A client sends a pickle whose `__reduce__` starts a shell instead of an array of features. The
    server runs it while it reads the request, before it looks at the content.

    ## Fix
    Take JSON, and say which fields and types there are:
    ```python
    class Features(pydantic.BaseModel):
        values: list[float]
    ```

    ## Score
    - AV:N requests come over the network
    - AC:L a made-up pickle is a few lines
    - PR:N whoever reaches the endpoint can send
    - UI:N the server answers by itself
    - S:U what runs is the server's process
    - C:H it reads what the server reads
    - I:H it changes the answers and the model
    - A:H it can end the server

    ## Bad
    ```python worker.py
    import pickle

    import redis

    queue = redis.Redis(host="queue")


    def work():
        while True:
            _, body = queue.blpop("features")
            features = pickle.loads(body)  # finding
            print(len(features))
    ```
    ## Bad: an upload
    ```python serve.py
    import io

    import joblib
    from fastapi import FastAPI, UploadFile

    app = FastAPI()


    @app.post("/batch")
    async def batch(upload: UploadFile):
        rows = joblib.load(io.BytesIO(await upload.read()))  # finding
        return {"rows": len(rows)}
    ```
    ## Good
    ```python serve.py
    import yaml
    from fastapi import FastAPI, Request

    app = FastAPI()


    @app.post("/batch")
    async def batch(request: Request):
        rows = yaml.safe_load(await request.body())
        return {"rows": len(rows)}
    ```
    ## Good: a keyed digest first
    ```python worker.py
    import hashlib
    import hmac
    import os
    import pickle

    import redis

    KEY = os.environ["QUEUE_KEY"].encode()
    queue = redis.Redis(host="queue")


    def work():
        _, body = queue.blpop("features")
        tag, payload = body[:32], body[32:]
        if not hmac.compare_digest(hmac.new(KEY, payload, hashlib.sha256).digest(), tag):
            raise ValueError("not from a worker of ours")
        return pickle.loads(payload)
    ```
    """
    if use.safe or only_tests(use):
        return
    for origin in exposed(use, Exposure.ANYONE, "signature", "allow-list", "opt-in"):
        local = origin.kind is OriginKind.MESSAGE and origin.detail.startswith(_HERE)
        who = _ONLY_HERE if local else who_decides(origin)
        yield Observation(
            subject=subject(use, origin),
            message=(
                f"`{use.callee.removeprefix('?.')}` loads {told(origin)}, and {use.why}: {who}."
                f"{doubts(origin)} Right would be JSON with a schema, and"
                " files that the service names itself."
            ),
            evidence=evidence(use, origin, f"{use.callee} turns it into objects"),
            severity=Severity.LOW if local else None,
            because=who if local else "",
        )
