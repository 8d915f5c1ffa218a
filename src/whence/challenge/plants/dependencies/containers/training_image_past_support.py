from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CUDA = """\
# The GPU image of the embedding experiments; the cluster's nodes still have the old driver.
FROM nvidia/cuda:10.2-cudnn8-runtime-ubuntu18.04@sha256:{digest}
RUN apt-get update \\
    && apt-get install -y --no-install-recommends python3 python3-venv \\
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/experiments
COPY src ./src
USER 10001:10001
CMD ["python3", "-m", "training.hub_base", "--help"]
"""
PYTHON = """\
# Runs the yearly comparison with the first SentiBot, whose pipeline needs this Python.
FROM python:3.8-slim-buster@sha256:{digest}
WORKDIR /srv/experiments
COPY src ./src
USER 10001:10001
CMD ["python", "-m", "evaluation.evaluate", "--help"]
"""


@plant(
    rules=("outdated-base-image", "outdated-gpu-stack"),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.OUTSIDE,
    words=("end of life", "end-of-life", "eol", "outdated", "unsupported", "no longer supported"),
    cwes=("CWE-1104", "CWE-1395", "CWE-1329"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """An image of the training side stands on a distribution that gets no fixes any more.

    ## Why
    The distribution and the Python or CUDA line of the base image are past their support. Flaws
    found since are public and stay open, in an image that reads models and data of others.

    ## Fix
    Move to a supported line, by digest.
    """
    name, text = vary.choose(("gpu", CUDA), ("comparison", PYTHON))
    digest = hashlib.sha256(f"sentibot {name} base".encode()).hexdigest()
    path = f"deploy/docker/Dockerfile.{name}"
    project.add(path, text.format(digest=digest))
    yield Place(path, f"@sha256:{digest}")
