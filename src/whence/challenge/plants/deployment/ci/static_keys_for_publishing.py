from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

RELEASE = "deploy/ci/release.yml"


@plant(
    rules=("ci-long-lived-credential", "ci-secret-exposure"),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("long-lived", "static key", "static credential", "access key", "oidc"),
    cwes=("CWE-522", "CWE-798", "CWE-324", "CWE-262"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A job of the release uses a cloud key that never expires, where OIDC is already set up.

    ## Why
    The key stays valid wherever it ends up: in a log, in a dependency that read the environment, on
    the laptop of the person who made it. It is bound to no branch, environment or workflow.

    ## Fix
    Assume the role through OIDC, as the other jobs do, and delete the key.
    """
    role = vary.choose("publish", "production")
    key = f"{role.upper()}_AWS"
    project.replace(
        RELEASE,
        f"          role-to-assume: arn:aws:iam::111122223333:role/sentibot-release-{role}\n",
        f"          aws-access-key-id: ${{{{ secrets.{key}_ACCESS_KEY_ID }}}}\n"
        f"          aws-secret-access-key: ${{{{ secrets.{key}_SECRET_ACCESS_KEY }}}}\n",
    )
    yield Place(RELEASE, f"aws-access-key-id: ${{{{ secrets.{key}_ACCESS_KEY_ID }}}}")
