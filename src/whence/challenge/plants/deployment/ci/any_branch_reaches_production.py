from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

GITHUB = """\
# Installed as .github/workflows/deploy-branch.yml by `make workflows`.
name: deploy-branch

on:
  push:
    branches: BRANCHES

permissions: {}

jobs:
  check:
    permissions:
      contents: read
    uses: ./.github/workflows/ci.yml

  deploy:
    needs: check
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          persist-credentials: false
      - name: Install kubectl
        run: bash deploy/ci/install_kubectl.sh "$RUNNER_TEMP/bin"
      - name: Apply the manifests of this branch
        env:
          KUBECONFIG_CONTENT: ${{ secrets.PRODUCTION_KUBECONFIG }}
        run: |
          umask 077
          trap 'rm -f "$RUNNER_TEMP/kubeconfig"' EXIT
          printf '%s\\n' "$KUBECONFIG_CONTENT" > "$RUNNER_TEMP/kubeconfig"
          "$RUNNER_TEMP/bin/kubectl" --kubeconfig "$RUNNER_TEMP/kubeconfig" \\
            apply -k deploy/k8s/overlays/production
"""
AZURE = """\
# The cluster of the European customers is reached from Azure Pipelines only.
trigger:
  branches:
    include: BRANCHES

pool:
  vmImage: ubuntu-24.04

stages:
  - stage: check
    jobs:
      - job: test
        steps:
          - script: make install
          - script: make test

  - stage: deploy
    dependsOn: check
    jobs:
      - job: production
        steps:
          - script: bash deploy/ci/install_kubectl.sh "$(Agent.TempDirectory)/bin"
          - script: |
              umask 077
              printf '%s\\n' "$KUBECONFIG_CONTENT" > "$(Agent.TempDirectory)/kubeconfig"
              "$(Agent.TempDirectory)/bin/kubectl" \\
                --kubeconfig "$(Agent.TempDirectory)/kubeconfig" \\
                apply -k deploy/k8s/overlays/production
            env:
              KUBECONFIG_CONTENT: $(productionKubeconfig)
"""


@plant(
    rules=("ci-unprotected-deployment", "ci-long-lived-credential", "ci-missing-gate"),
    severities=("medium", "high", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=(
        "any branch",
        "every branch",
        "unprotected",
        "without approval",
        "no environment",
        "without review",
    ),
    cwes=("CWE-862", "CWE-863", "CWE-284", "CWE-285"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A push to any branch deploys to production, with no review and no protected environment.

    ## Why
    Only main is protected. Everybody with write access, or with the token of somebody who has it,
    creates a branch and applies manifests of his own to the production cluster.

    ## Fix
    Deploy from main in a protected environment with required reviewers.
    """
    branches = vary.choose('["**"]', '["*", "feature/*", "release/*"]')
    path, text = vary.choose(
        ("deploy/ci/deploy-branch.yml", GITHUB), ("azure-pipelines.yml", AZURE)
    )
    project.add(path, text.replace("BRANCHES", branches))
    yield Place(path, branches)
    yield Place(path, "apply -k deploy/k8s/overlays/production")
    yield Place(path, "deploy:" if path.startswith("deploy/") else "- stage: deploy")
