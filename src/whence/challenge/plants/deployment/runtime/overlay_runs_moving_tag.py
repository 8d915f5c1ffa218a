from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

OVERLAY = "deploy/k8s/overlays/production/kustomization.yaml"
DIGEST = "    digest: sha256:f4c6083e72a536b4347564598a82d50d11c40df5fac4d9207c929b11b6ba3e74\n"
POLICY = "deploy/k8s/platform/verify-images.yaml"


@plant(
    rules=("mutable-image-tag",),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("tag", "newtag", "mutable", "latest", "digest"),
    cwes=("CWE-829", "CWE-494", "CWE-345", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The production overlay replaces the digests of the manifests by a tag that moves.

    ## Why
    Deployment and job name a digest, but the overlay exchanges it for a tag, and the registry now
    lets tags be overwritten. Whoever may push to the registry decides what the next restarted pod
    runs, without a change in the repository.

    ## Fix
    Let the overlay set the digest that the release workflow has built, and keep tags immutable.
    """
    tag = vary.choose("stable", "production", "latest")
    yield project.replace(OVERLAY, DIGEST, f"    newTag: {tag}\n")
    project.replace(POLICY, "verifyDigest: true", "verifyDigest: false")
    yield project.replace(
        "deploy/terraform/storage.tf",
        'image_tag_mutability = "IMMUTABLE"',
        'image_tag_mutability = "MUTABLE"',
    )
    tags = "          tags: ${{ env.REPOSITORY }}:${{ github.sha }}\n"
    project.replace(
        "deploy/ci/release.yml",
        tags,
        "          tags: |\n"
        "            ${{ env.REPOSITORY }}:${{ github.sha }}\n"
        "            ${{ env.REPOSITORY }}:TAG\n".replace("TAG", tag),
    )
    yield Place("deploy/ci/release.yml", "${{ env.REPOSITORY }}:TAG".replace("TAG", tag))
