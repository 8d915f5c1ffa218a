from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("unverified-download", "unverified-model-download", "unverified-data-download"),
    severities=("medium", "high"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.ONE_FILE,
    words=("checksum", "without digest", "unverified", "add https", "downloaded"),
    cwes=("CWE-494", "CWE-345", "CWE-353"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The image takes in word weights from a URL without a checksum.

    ## Why
    The file shifts the scores of the words it lists, so whoever changes it on the server changes
    what the model answers, with the signature over the model still intact. The build takes any
    file and no later step looks at it.

    ## Fix
    Use `ADD --checksum=sha256:...`, or commit the file and sign it with the release.
    """
    server = vary.choose("models.example.com/sentibot", "downloads.example.com/lexicons")
    name = vary.choose("negation-weights.json", "domain-lexicon.json")
    if vary.choose(True, False):
        line = f"ADD https://{server}/{name} ./models/configs/{name}"
    else:
        line = (
            'RUN python -c "import urllib.request as r; r.urlretrieve('
            f"'https://{server}/{name}', 'models/configs/{name}')\""
        )
    yield project.insert_after(
        "deploy/docker/Dockerfile", "COPY models/configs ./models/configs", line
    )
