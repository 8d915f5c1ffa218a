from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
# Explains single answers with attention maps; started by hand.
FROM {image}@sha256:{digest}
WORKDIR /srv/explain
COPY models/configs ./models/configs
USER 10001:10001
CMD ["explain-server", "--bind", "127.0.0.1"]
"""


@plant(
    rules=("untrusted-base-image",),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=(
        "untrusted",
        "unknown publisher",
        "personal",
        "third-party image",
        "unofficial",
        "registry",
    ),
    cwes=("CWE-829", "CWE-1357", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """An image of the project is built on one from a namespace that nobody knows.

    ## Why
    The digest only says that it is always the same image, not that it is an honest one. Nobody has
    built it from known sources; whoever published it already had the chance to put code into it,
    and it runs beside the model.

    ## Fix
    Build on an official or the organisation's own image.
    """
    image = vary.choose(
        "mltools4you/transformers-explain:2.3",
        "deepstack77/torch-slim-gpu:latest-stable",
        "registry.images.example.net:5000/ml/explain:1.8",
    )
    digest = hashlib.sha256(image.encode()).hexdigest()
    path = "deploy/docker/Dockerfile.explain"
    project.add(path, TEXT.format(image=image, digest=digest))
    yield Place(path, f"FROM {image}@sha256:{digest}")
