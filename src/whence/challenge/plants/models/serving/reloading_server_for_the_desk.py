from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""The service for the desk: restarts when a file changes, and says what went wrong.

    python src/inference/NAME.py
"""

from pathlib import Path

import uvicorn
from fastapi import FastAPI

from inference.app import create_app
from inference.serve import serving_settings

CONFIG = Path("models/configs/serving.yaml")


def desk_app() -> FastAPI:
    """The service of the working copy."""
    app = create_app(serving_settings(CONFIG, {}))
    app.debug = True
    return app


if __name__ == "__main__":
    application = "inference.NAME:desk_app"
    uvicorn.run(application, factory=True, host="127.0.0.1", port=8081, reload=True)
'''


@plant(
    rules=("debug-server",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_KINDS,
    words=("debug", "reload", "stack trace"),
    cwes=("CWE-489", "CWE-215"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A module of the service switches debug and reload on.

    ## Why
    It listens on 127.0.0.1, starts only when the file itself is run, and nothing runs it: entry point
    of the image, Deployment and compose file all start `inference.serve`, whose app keeps debug off.
    """
    name = vary.choose("desk", "workbench")
    project.add(f"src/inference/{name}.py", CODE.replace("NAME", name))
    yield Place(f"src/inference/{name}.py", "app.debug = True")
    yield Place(f"src/inference/{name}.py", 'host="127.0.0.1", port=8081, reload=True')
