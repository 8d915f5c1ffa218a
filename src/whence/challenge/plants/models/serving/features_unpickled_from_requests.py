from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

ROUTES = '''"""Classify features that a batch client has made before; it saves the encoding here."""

IMPORTS

from fastapi import FastAPI, HTTPException, Request, status

from inference.predictor import ServedRelease
from sentibot.classifier import forward


def add_NAME(app: FastAPI, served: ServedRelease) -> None:
    @app.post("/v1/NAME")
    async def classify(request: Request) -> list[str]:
        body = await request.body()
        try:
            LOAD
        except (ValueError, KeyError, TypeError) as problem:
            raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT) from problem
        release = served.current
        answers = forward(release.parameters, rows, mask).probabilities.argmax(axis=1)
        return [release.metadata.labels[int(answer)] for answer in answers]
'''
FORMS = (
    (
        "import pickle",
        "rows, mask = pickle.loads(body)",
        "rows, mask = pickle.loads(body)",
    ),
    (
        "import base64\nimport pickle\nimport zlib",
        'packed = base64.b64decode((await request.json())["features"])\n'
        "            rows, mask = pickle.loads(zlib.decompress(packed))",
        "pickle.loads(zlib.decompress(packed))",
    ),
    (
        "import io\n\nimport numpy as np",
        "with np.load(io.BytesIO(body), allow_pickle=True) as arrays:\n"
        '                rows, mask = arrays["rows"], arrays["mask"]',
        "np.load(io.BytesIO(body), allow_pickle=True)",
    ),
    (
        "import numpy as np\nimport yaml",
        "document = yaml.load(body, Loader=yaml.Loader)\n"
        '            rows, mask = np.array(document["rows"]), np.array(document["mask"])',
        "yaml.load(body, Loader=yaml.Loader)",
    ),
)


@plant(
    rules=("unsafe-request-deserialization", "unsafe-deserialization"),
    severities=("critical", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("pickle", "deserial", "yaml.load", "allow_pickle", "remote code execution"),
    cwes=("CWE-502",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A route of the service unpickles what the caller sends.

    ## Why
    One POST is code in the serving pod, before any check of shape or type: the model that answers,
    the administrator's token and the pod's cloud identity are the caller's. The load balancer
    routes the path to the internet.

    ## Fix
    Take texts as JSON with a schema, as `/v1/sentiment` does, or arrays with `allow_pickle=False`.
    """
    name = vary.choose("features", "encoded", "batch")
    imports, load, decision = vary.choose(*FORMS)
    path = f"src/inference/{name}.py"
    code = ROUTES.replace("IMPORTS", imports).replace("LOAD", load)
    project.add(path, code.replace("NAME", name))
    app = "src/inference/app.py"
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
    yield Place(path, decision)
    yield Place(path, f'@app.post("/v1/{name}")')
