from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEST = 'assert action.startswith("./") or re.fullmatch(r".+@[0-9a-f]{40}", action), action'


@plant(
    rules=("unpinned-action",),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("unpinned action", "by tag", "action", "commit sha", "not pinned"),
    cwes=("CWE-829", "CWE-494", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """An action of somebody else is used at a tag, in the job that publishes.

    ## Why
    The tag can be moved to any commit by whoever holds the action's repository, as happened to
    actions used by thousands. The job has the role that pushes images and models and the identity
    that signs them.

    ## Fix
    Name the full commit and keep the tag as a comment.
    """
    pinned, tag = vary.choose(
        ("docker/setup-buildx-action@e468171a9de216ec08956ac3ada2f0791b6bd435 # v3.11.1", "v3"),
        ("anchore/scan-action@e1165082ffb1fe366ebaf02d8526e7c4989ea9d2 # v7.4.0", "v7"),
        ("sigstore/cosign-installer@d7543c93d881b35a8faa02e8e3605f69b7a1ce62 # v3.10.0", "v3.10.0"),
    )
    action = f"{pinned.split('@')[0]}@{tag}"
    yield project.replace("deploy/ci/release.yml", pinned, action)
    project.replace(
        "tests/test_deployment.py",
        TEST,
        'assert action.startswith("./") or re.fullmatch(r".+@([0-9a-f]{40}|v[\\d.]+)", action), action',
    )
    project.replace(
        "tests/test_deployment.py",
        "def test_every_action_is_named_by_commit() -> None:",
        "def test_every_action_is_named_by_commit_or_release() -> None:",
    )
