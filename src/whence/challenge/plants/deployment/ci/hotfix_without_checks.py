from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
# Installed as .github/workflows/hotfix.yml by `make workflows`. For nights when minutes count.
name: hotfix

on:
  workflow_dispatch:

permissions: {}

env:
  REGION: eu-west-1
  REPOSITORY: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/sentibot

jobs:
  build:
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    environment: publish
    permissions:
      contents: read
      id-token: write # AWS role and keyless image signature
    outputs:
      digest: ${{ steps.build.outputs.digest }}
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          persist-credentials: false
      - uses: aws-actions/configure-aws-credentials@b47578312673ae6fa5b5096b330d9fbac3d116df # v4.2.1
        with:
          role-to-assume: arn:aws:iam::111122223333:role/sentibot-release-publish
          aws-region: ${{ env.REGION }}
      - uses: aws-actions/amazon-ecr-login@062b18b96a7aff071d4dc91bc00c4c1a7945b076 # v2.0.1
      - id: build
        uses: docker/build-push-action@263435318d21b8e681c14492fe198d362a7d2c83 # v6.18.0
        with:
          context: .
          file: deploy/docker/Dockerfile
          push: true
          tags: ${{ env.REPOSITORY }}:hotfix-${{ github.run_id }}
      - uses: sigstore/cosign-installer@d7543c93d881b35a8faa02e8e3605f69b7a1ce62 # v3.10.0
        with:
          cosign-release: v2.6.0
      - name: Sign the image
        env:
          DIGEST: ${{ steps.build.outputs.digest }}
        run: cosign sign --yes "$REPOSITORY@$DIGEST"

  rollout:
    needs: build
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    ENVIRONMENT
    permissions:
      contents: read
      id-token: write # AWS role
    env:
      DIGEST: ${{ needs.build.outputs.digest }}
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          persist-credentials: false
      - uses: aws-actions/configure-aws-credentials@b47578312673ae6fa5b5096b330d9fbac3d116df # v4.2.1
        with:
          role-to-assume: arn:aws:iam::111122223333:role/sentibot-release-production
          aws-region: ${{ env.REGION }}
      - name: Install kubectl
        run: bash deploy/ci/install_kubectl.sh "$RUNNER_TEMP/bin"
      - name: Roll out
        run: |
          aws eks update-kubeconfig --name example-production --region "$REGION"
          "$RUNNER_TEMP/bin/kubectl" -n sentibot set image deployment/sentibot \\
            "sentibot=$REPOSITORY@$DIGEST"
"""


@plant(
    rules=("ci-missing-gate", "ci-unprotected-deployment", "unverified-image"),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=(
        "without test",
        "no test",
        "no scan",
        "missing gate",
        "skips",
        "bypass",
        "without check",
    ),
    cwes=("CWE-693", "CWE-1395", "CWE-862", "CWE-284"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A second workflow deploys to production without tests, scan or evaluation.

    ## Why
    The careful release workflow is one of two ways, and a hurried or hostile change takes the
    other: the image is built and rolled out with nothing in between that could stop it.

    ## Fix
    Let a hotfix call the same checks, with fewer people to ask and not with fewer tests.
    """
    environment = vary.choose("environment: production", "environment:\n      name: production")
    path = "deploy/ci/hotfix.yml"
    project.add(path, TEXT.replace("ENVIRONMENT", environment))
    project.replace(
        "deploy/k8s/platform/verify-images.yaml",
        "/workflows/release.yml@refs/heads/main",
        "/workflows/*@refs/heads/main",
    )
    yield Place(path, "needs: build")
    yield Place(path, 'kubectl" -n sentibot set image deployment/sentibot')
    yield Place(path, "push: true")
