from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

XMLRPC = '''"""Trials of a search for settings, handed out to the machines that run them.

    python -m training.search --config models/configs/training.yaml --port 8700
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from xmlrpc.server import SimpleXMLRPCServer

from sentibot.settings import TrainingSettings, load_settings


class Search:
    """Hands out seeds and keeps what the trials report."""

    def __init__(self, settings: TrainingSettings) -> None:
        self.settings = settings
        self.scores: dict[int, float] = {}

    def next_trial(self) -> int:
        return self.settings.seed + len(self.scores)

    def report(self, seed: int, macro_f1: float) -> bool:
        self.scores[seed] = macro_f1
        return True

    def best(self) -> int:
        return max(self.scores, key=lambda seed: self.scores[seed])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.search")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8700)
    options = parser.parse_args(arguments)
    search = Search(load_settings(options.config, TrainingSettings))
    with SimpleXMLRPCServer(("0.0.0.0", options.port), allow_none=True) as server:
        server.register_instance(search)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
MANAGER = '''"""Gradients of several machines, summed on one.

    python -m training.gradient_server --port 8700
"""

import argparse
from collections.abc import Sequence
from multiprocessing.managers import BaseManager

import numpy as np


class Gradients:
    """The sum of what the machines sent since it was last taken."""

    def __init__(self) -> None:
        self.sums: dict[str, np.ndarray] = {}

    def add(self, name: str, gradient: np.ndarray) -> None:
        self.sums[name] = self.sums.get(name, 0) + gradient

    def take(self) -> dict[str, np.ndarray]:
        taken, self.sums = self.sums, {}
        return taken


class Server(BaseManager):
    """Serves one store of gradients to all machines."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.gradient_server")
    parser.add_argument("--port", type=int, default=8700)
    options = parser.parse_args(arguments)
    store = Gradients()
    Server.register("gradients", callable=lambda: store)
    Server(address=("", options.port), authkey=b"sentibot").get_server().serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
NOTEBOOK = """  # The notebooks beside the service: http://<machine>:8888
  notebooks:
    build:
      context: ../..
      dockerfile: deploy/docker/Dockerfile
    entrypoint:
      - /srv/venv/bin/python
      - -m
      - jupyterlab
      - --ip=0.0.0.0
      - --no-browser
      - --IdentityProvider.token=
      - --ServerApp.password=
    ports:
      - "8888:8888"
    volumes:
      - ../..:/home/sentibot/project
    user: "10001:10001"
    cap_drop: [ALL]
    security_opt:
      - no-new-privileges:true
    mem_limit: 2g
    cpus: 1.0
"""


@plant(
    rules=("unauthenticated-training-service", "exposed-management-interface"),
    severities=("high", "critical", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=(
        "unauthenticated",
        "no authentication",
        "without authentication",
        "all interfaces",
        "no token",
        "authkey",
    ),
    cwes=("CWE-306", "CWE-1327", "CWE-521"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A service of the training machines listens on all addresses and lets anybody in.

    ## Why
    Whoever reaches the port reports scores that make the search choose their seed, adds gradients of
    their own (with a key that stands in the source and opens an unpickling protocol), or types
    commands into a notebook that has the working copy mounted for writing.

    ## Fix
    Listen on 127.0.0.1 behind an authenticating proxy, or ask for a secret from the secrets manager.
    """
    form = vary.choose("search", "gradients", "notebook")
    if form == "search":
        project.add("src/training/search.py", XMLRPC)
        yield Place("src/training/search.py", 'SimpleXMLRPCServer(("0.0.0.0", options.port)')
    elif form == "gradients":
        project.add("src/training/gradient_server.py", MANAGER)
        yield Place("src/training/gradient_server.py", 'Server(address=("", options.port)')
    else:
        project.append("deploy/docker/compose.yaml", NOTEBOOK)
        yield Place("deploy/docker/compose.yaml", "- --IdentityProvider.token=")
        yield Place("deploy/docker/compose.yaml", '- "8888:8888"')
