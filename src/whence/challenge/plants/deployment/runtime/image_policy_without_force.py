from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

POLICY = "deploy/k8s/platform/verify-images.yaml"


@plant(
    rules=("unverified-image",),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=(
        "audit",
        "not enforce",
        "failureaction",
        "imagereferences",
        "any workflow",
        "signature",
        "admission",
    ),
    cwes=("CWE-347", "CWE-345", "CWE-693"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The policy that demands signed images admits the others too.

    ## Why
    It only records what it should refuse, or looks at images of a registry that the manifests do
    not use. Whoever may push an image or change a pod runs an unsigned one, and the signature made
    by the release workflow proves nothing.

    ## Fix
    Match all images of the namespace, with `failureAction: Enforce` and the exact subject.
    """
    way = vary.choose("audit", "registry", "open")
    if way == "audit":
        project.replace(POLICY, "failureAction: Enforce", "failureAction: Audit")
        yield Place(POLICY, "failureAction: Audit")
    elif way == "registry":
        references = '- "ghcr.io/example-org/sentibot*"'
        project.replace(POLICY, '- "*"', references)
        yield Place(POLICY, references)
    else:
        project.replace(POLICY, "required: true", "required: false")
        project.replace(POLICY, "failurePolicy: Fail", "failurePolicy: Ignore")
        yield Place(POLICY, "required: false")
        yield Place(POLICY, "failurePolicy: Ignore")
