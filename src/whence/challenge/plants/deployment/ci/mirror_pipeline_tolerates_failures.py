from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

GITLAB = """\
# The mirror on the company's GitLab delivers to the customers' own clusters.
image: python:3.12.15-slim-bookworm@sha256:34386ef0cb081344d7ec1c103ba398e6e9f64e9ab3a1509accc92a4e24a07258

stages: [check, deliver]

test:
  stage: check
  # The runners are slow and the timing tests fail now and then.
  allow_failure: true
  script:
    - make install
    - make test

deliver:
  stage: deliver
  environment: production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual
  script:
    - make install
    - make verify
    - make publish URI="$CUSTOMER_URI"
"""
JENKINS = """\
// Delivers to the customers' own clusters.
pipeline {
    agent { label 'linux' }
    options { timeout(time: 40, unit: 'MINUTES') }
    stages {
        stage('Install') {
            steps { sh 'make install' }
        }
        stage('Test') {
            steps {
                catchError(buildResult: 'SUCCESS', stageResult: 'UNSTABLE') {
                    sh 'make test'
                }
            }
        }
        stage('Deliver') {
            when { branch 'main' }
            input { message 'Deliver to the customers?' }
            steps {
                sh 'make verify'
                sh 'make publish URI="$CUSTOMER_URI"'
            }
        }
    }
}
"""


@plant(
    rules=("ci-gate-ignored", "ci-missing-gate"),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("allow_failure", "catcherror", "ignored", "tolerate", "does not block", "never fail"),
    cwes=("CWE-754", "CWE-693", "CWE-390"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The pipeline of the mirror delivers also when its tests have failed.

    ## Why
    A failure of the tests is shown and then forgotten, and the delivery follows. Tests that refuse
    tampered data or an unsigned release stop nobody there.

    ## Fix
    Let the failure end the pipeline, and repair or mark the few tests that depend on timing.
    """
    path, text, place = vary.choose(
        (".gitlab-ci.yml", GITLAB, "allow_failure: true"),
        ("Jenkinsfile", JENKINS, "catchError(buildResult: 'SUCCESS'"),
    )
    project.add(path, text)
    yield Place(path, place)
