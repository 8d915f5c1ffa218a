"""An endpoint changes the served model and anybody may call it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import RouteHandler
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_DEED = re.compile(
    r"reload|(?:^|[\W_])load(?:[\W_]|$)|upload|deploy|swap|switch|promote|replace|delete|remove|register|unload|"
    r"rollback|(?:^|[\W_])set(?:[\W_]|$)|update|activate|refresh|retrain"
)
_CHANGES = re.compile(
    r"reload|unload|deploy|swap|switch|promote|delete|rollback|retrain|(?:^|[\W_])load"
)
_THING = re.compile(r"model|weights|checkpoint|adapter|torch|joblib|pickle|artifact|version|reload")
# What development servers do with their own code.
_OF_CODE = re.compile(r"(?:hot|live|auto)[-_]?reload")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PART = re.compile(r"[<{][^<>{}]*[>}]")

# Methods of pydantic's classes, which have nothing to do with models that answer.
_OF_SCHEMAS = re.compile(
    r"(?:parse_)?model_(?:dump|copy|validate|construct|json|fields|rebuild|post_init)\w*"
)


@rule(
    severity=Severity.HIGH,
    references=("CWE-306", "CWE-862", "AML.T0049", "OWASP-ML10:2023"),
)
def check(use: RouteHandler, graph: SupplyGraph) -> Iterator[Observation]:
    """An endpoint loads, reloads, uploads or deletes models and asks nobody who they are.

    Whoever reaches it decides which model answers, and where the path or URL comes from the caller
    also what the server loads.

    ## Attack
    A client on the same network posts the address of its own model to `/reload`. From then on the
    service answers as the attacker wants; in an executable format it also runs what the attacker wants.

    ## Fix
    Ask for a credential, and name models from a list:
    ```python
    @app.post("/reload", dependencies=[Depends(require_admin)])
    def reload(name: Literal["stable", "candidate"]): ...
    ```

    ## Score
    - AV:N requests come over the network
    - AC:L one request is enough
    - PR:N nobody is asked
    - UI:N the server answers by itself
    - S:U the server's model is changed
    - C:N nothing is disclosed by itself
    - I:H the answers are the attacker's
    - A:L the model can be taken away

    ## Bad
    ```python serve.py
    import torch
    from fastapi import FastAPI

    app = FastAPI()
    state = {}


    @app.post("/admin/reload")
    def reload_model(path: str):  # finding
        state["model"] = torch.load(path, weights_only=True)
        return {"loaded": path}
    ```
    ## Good
    ```python serve.py
    import os
    import secrets

    import torch
    from fastapi import Depends, FastAPI, Header, HTTPException

    app = FastAPI()
    state = {}


    def require_admin(token: str = Header()):
        if not secrets.compare_digest(token, os.environ["ADMIN_TOKEN"]):
            raise HTTPException(403)


    @app.post("/admin/reload", dependencies=[Depends(require_admin)])
    def reload_model():
        state["model"] = torch.load("/srv/model.pt", weights_only=True)
        return {"loaded": True}


    @app.get("/models")
    def list_models():
        return {"models": ["stable"]}
    ```
    """
    if use.authenticated or "test" in use.reached_from:
        return
    words = _OF_CODE.sub("", _HUMP.sub("_", f"{use.route} {use.function}").lower())
    calls = [name.lower() for name in use.does if not _OF_SCHEMAS.fullmatch(name)]
    asks = use.methods == ("GET",)
    named = _PART.sub(" ", words) if asks else words
    changes = _DEED.search(words) and _THING.search(" ".join([named, *calls]))
    if not changes or (asks and not _CHANGES.search(words)):
        return
    yield Observation(
        subject=f"route:{use.span.path}:{use.route or use.function}",
        message=(
            f"`{' '.join(use.methods)} {use.route}` ({use.function}) changes the served model and asks"
            " nobody who they are. Right would be a credential before it, and models named from a"
            " list."
        ),
        evidence=(Evidence(use.span, "nothing stands before this handler"),),
    )
