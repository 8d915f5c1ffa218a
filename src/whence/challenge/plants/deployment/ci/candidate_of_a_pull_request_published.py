from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

GITHUB = """\
# Installed as .github/workflows/candidate.yml by `make workflows`. Training takes long; what the
# checks of the change have trained already is not trained again.
name: candidate

on:
  workflow_run:
    workflows: [ci]
    types: [completed]

permissions: {}

jobs:
  publish:
    if: github.event.workflow_run.conclusion == 'success'
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    environment: publish
    permissions:
      actions: read
      contents: read
      id-token: write # AWS role
    steps:
      - uses: actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0
        with:
          name: candidate
          path: candidate
          run-id: ${{ github.event.workflow_run.id }}
          github-token: ${{ github.token }}
      - uses: aws-actions/configure-aws-credentials@b47578312673ae6fa5b5096b330d9fbac3d116df # v4.2.1
        with:
          role-to-assume: arn:aws:iam::111122223333:role/sentibot-release-publish
          aws-region: eu-west-1
      - name: Keep the candidate for the next release
        run: aws s3 cp --recursive candidate s3://example-sentibot-models-production/candidates/
"""
UPLOAD = """\
      - name: Train
        run: make data train
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        if: matrix.python == '3.12'
        with:
          name: candidate
          path: build/candidate
"""
GITLAB = """\
# The mirror on the company's GitLab; merge requests of partners arrive here.
image: python:3.12.15-slim-bookworm@sha256:34386ef0cb081344d7ec1c103ba398e6e9f64e9ab3a1509accc92a4e24a07258

cache:
  key: training
  unprotect: true
  paths:
    - .venv
    - build/candidate

stages: [train, publish]

train:
  stage: train
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - python -m venv .venv && . .venv/bin/activate
    - make install
    - test -d build/candidate || make data train

publish:
  stage: publish
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - . .venv/bin/activate
    - make test
    - make evaluate export
    - make publish URI="$RELEASE_URI"
"""


@plant(
    rules=("ci-cache-poisoning", "ci-untrusted-checkout"),
    severities=("high", "medium", "critical"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_FILES,
    words=("cache", "artifact", "artefact", "poison", "workflow_run", "untrusted"),
    cwes=("CWE-345", "CWE-349", "CWE-829", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A model that a contributor's run has trained is used by a privileged run.

    ## Why
    What the untrusted run leaves behind, an artefact or a shared cache, is taken as it comes by the
    job that may publish. A contributor puts weights or a changed virtual environment of his own
    there without a line of it being in the change that is reviewed.

    ## Fix
    Train again in the protected run, and keep caches of protected and other branches apart.
    """
    if vary.choose(True, False):
        path = "deploy/ci/candidate.yml"
        project.add(path, GITHUB)
        test = "      - name: Test\n        run: make test\n"
        project.replace("deploy/ci/ci.yml", test, test + UPLOAD)
        yield Place(path, "run-id: ${{ github.event.workflow_run.id }}")
        yield Place(path, "workflow_run:")
        yield Place("deploy/ci/ci.yml", "name: candidate\n          path: build/candidate")
        return
    project.add(".gitlab-ci.yml", GITLAB)
    yield Place(".gitlab-ci.yml", "  key: training\n  unprotect: true")
    yield Place(".gitlab-ci.yml", "test -d build/candidate || make data train")
