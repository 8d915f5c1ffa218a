from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

RELEASE = "deploy/ci/release.yml"
STEP = """\
        env:
          MODEL_SIGNING_KEY: ${{ secrets.MODEL_SIGNING_KEY }}
        run: |
          umask 077
"""
SIGN = """\
          umask 077
          trap 'rm -f "$RUNNER_TEMP/model-signing.pem"' EXIT
          printf '%s\\n' "$MODEL_SIGNING_KEY" > "$RUNNER_TEMP/model-signing.pem"
          make sign SIGNING_KEY="$RUNNER_TEMP/model-signing.pem"
"""
KEPT = """\
          umask 077
          printf '%s\\n' "$MODEL_SIGNING_KEY" > models/fine-tuned/signing.pem
          make sign SIGNING_KEY=models/fine-tuned/signing.pem
"""


@plant(
    rules=("ci-secret-exposure",),
    severities=("high", "critical", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.ONE_FILE,
    words=("secret", "signing key", "environment of the job", "job-level", "artifact", "artefact"),
    cwes=("CWE-522", "CWE-200", "CWE-532", "CWE-538", "CWE-668"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The key that signs models is within reach of more than the step that signs.

    ## Why
    Every package that `make install` brings can read the environment of the job, and everybody who
    may read the repository downloads its artefacts. With the key an attacker signs a model of his
    own, and the service takes it for a release.

    ## Fix
    Give the key to the one step that signs, write it outside of what is uploaded, and remove it.
    """
    if vary.choose(True, False):
        project.replace(RELEASE, STEP, "        run: |\n          umask 077\n")
        project.replace(
            RELEASE,
            "    environment: model-signing\n",
            "    environment: model-signing\n"
            "    env:\n      MODEL_SIGNING_KEY: ${{ secrets.MODEL_SIGNING_KEY }}\n",
        )
        yield Place(RELEASE, "MODEL_SIGNING_KEY: ${{ secrets.MODEL_SIGNING_KEY }}")
        return
    project.replace(RELEASE, SIGN, KEPT)
    yield Place(RELEASE, "> models/fine-tuned/signing.pem")
    yield Place(
        RELEASE, "name: signed-release\n          path: models/fine-tuned\n          if-no-files"
    )
