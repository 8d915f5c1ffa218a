from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

DOCKERFILE = "deploy/docker/Dockerfile"
LOCKED = (
    " \\\n    && python -m pip --python /srv/venv/bin/python install --only-binary :all:"
    " --require-hashes -r requirements.txt\n"
)
WHEEL = "install --no-index --no-deps /build/dist/sentibot-1.4.0-py3-none-any.whl"
RANGES = """\
boto3>=1.42,<2
cryptography>=46
fastapi>=0.120,<1
huggingface-hub>=1.0,<2
numpy>=2.3,<2.5
pydantic>=2.12,<3
pyyaml>=6.0.2,<7
safetensors>=0.6,<1
uvicorn>=0.38,<1
"""


@plant(
    rules=("unpinned-dependency", "missing-hashes", "stale-lock", "ci-unpinned-tool"),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("unpinned", "without the lock", "ignores the lock", "bypass", "not pinned", "ranges"),
    cwes=("CWE-1357", "CWE-494", "CWE-829", "CWE-1104"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The image resolves version ranges at build time and never uses the hashed lock.

    ## Why
    The lock is tested and scanned, but the image installs whatever the index offers inside the
    ranges on the day of the build. A release of any of these packages, or of what they depend on,
    reaches production without having been seen by a test, a scan or a review.

    ## Fix
    Install `-r requirements.txt` with `--require-hashes` and the project itself with `--no-deps`.
    """
    if vary.choose(True, False):
        yield project.replace(
            DOCKERFILE, WHEEL, "install /build/dist/sentibot-1.4.0-py3-none-any.whl"
        )
        project.replace(DOCKERFILE, LOCKED, "\n")
        project.replace(
            DOCKERFILE,
            "COPY deploy/docker/requirements-build.txt requirements.txt ./",
            "COPY deploy/docker/requirements-build.txt ./",
        )
        yield Place("pyproject.toml", '"cryptography>=46"')
        return
    project.replace(DOCKERFILE, "requirements-build.txt requirements.txt ./", "requirements-*.* ./")
    project.replace(
        DOCKERFILE,
        LOCKED,
        " \\\n    && python -m pip --python /srv/venv/bin/python install -r requirements-serving.in\n",
    )
    yield Place(DOCKERFILE, "install -r requirements-serving.in")
    yield project.add("deploy/docker/requirements-serving.in", RANGES)
    project.replace(
        ".dockerignore", "!deploy/docker/requirements-build.txt", "!deploy/docker/requirements-*"
    )
