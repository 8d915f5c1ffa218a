"""What pipelines of other systems install is seen, at its own line."""

from __future__ import annotations

import pytest

from whence.readers.contract import Source
from whence.readers.deployment import jenkinsfile, pipeline_commands
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.fact.deployment import ShellCommand

GITLAB = """\
image: python:3.12
.setup: &setup
  - pip install cryptography==39.0.0
build:
  before_script:
    - *setup
    - !reference [.other, script]
  script:
    - |
      python -m venv .venv
      .venv/bin/pip install --extra-index-url https://packages.example.com/simple acme-risk==1.2
    - "pip install 'flask==3.1.2'"
"""
AZURE = """\
steps:
- script: pip install build==1.2.1
- bash: |
    echo hi
    pip install twine==5.0
- task: Bash@3
  inputs:
    targetType: inline
    script: uv pip install ruff==0.5.0
"""
CIRCLE = """\
version: 2.1
jobs:
  build:
    docker:
      - image: cimg/python:3.12
    steps:
      - checkout
      - run: pip install tox==4.1
      - run:
          name: install dependencies
          command: |
            pip install nox==2024.1
"""
BITBUCKET = "pipelines:\n  default:\n    - step:\n        script:\n          - pip install a==1\n"
TRAVIS = "language: python\ninstall: pip install a==1\nscript:\n  - pip install b==2\n"
BUILDKITE = (
    "steps:\n  - label: x\n    command: pip install a==1\n  - commands:\n      - pip install b==2\n"
)
CLOUD_BUILD = (
    "steps:\n- name: python:3.12\n  entrypoint: bash\n  args: ['-c', 'pip install a==1']\n"
)
ELSEWHERE = "stages: [build]\n\njob:\n  script:\n    - pip install a==1\n"


def installed(reader: object, path: str, text: str) -> list[tuple[str, int]]:
    content = text.encode()
    assert reader.claims(path, content[:4096])  # type: ignore[attr-defined]
    found = list(reader.read(Source.of_bytes(path, content)))  # type: ignore[attr-defined]
    assert all(each.context == "ci" for each in found if isinstance(each, ShellCommand))
    return [(f.name, f.span.first) for f in found if isinstance(f, PackageRequirement)]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".gitlab-ci.yml", GITLAB, [("cryptography", 3), ("acme-risk", 11), ("flask", 12)]),
        ("azure-pipelines.yml", AZURE, [("build", 2), ("twine", 5), ("ruff", 9)]),
        (".circleci/config.yml", CIRCLE, [("tox", 8), ("nox", 12)]),
        ("bitbucket-pipelines.yml", BITBUCKET, [("a", 5)]),
        (".travis.yml", TRAVIS, [("a", 2), ("b", 4)]),
        (".buildkite/pipeline.yml", BUILDKITE, [("a", 3), ("b", 5)]),
        ("cloudbuild.yaml", CLOUD_BUILD, [("a", 4)]),
        ("deploy/ci/train.yml", ELSEWHERE, [("a", 5)]),
    ],
)
def test_a_step_tells_what_it_installs(
    path: str, text: str, expected: list[tuple[str, int]]
) -> None:
    assert sorted(installed(pipeline_commands, path, text)) == sorted(expected)


def test_a_script_for_another_shell_is_left_alone() -> None:
    text = "steps:\n- run:\n    shell: pwsh\n    command: pip install a==1\n"

    assert installed(pipeline_commands, ".circleci/config.yml", text) == []


@pytest.mark.parametrize(
    "path_and_head",
    [
        (".github/workflows/ci.yml", b"image: x\njob:\n  script:\n    - a\n"),
        ("conf/train.yaml", b"model:\n  script: train.py\nimage: 224\n"),
        ("values.yaml", b"image:\n  tag: v1\n"),
    ],
)
def test_other_files_are_not_taken_for_pipelines(path_and_head: tuple[str, bytes]) -> None:
    assert not pipeline_commands.claims(*path_and_head)


JENKINS = """\
pipeline {
  agent any
  // sh 'pip install never==1'
  stages {
    stage('Build') {
      steps {
        sh 'pip install a==1'
        sh "pip install \\"b==2\\""
        sh '''
          pip install c==3
        '''
        sh(script: 'pip install d==4', returnStdout: true)
        sh(returnStatus: true, script: \"\"\"pip install e==5\"\"\")
        sh command
        finish 'pip install never==2'
      }
    }
  }
}
"""


def test_steps_of_jenkins_tell_what_they_install() -> None:
    expected = [("a", 7), ("b", 8), ("c", 10), ("d", 12), ("e", 13)]

    assert installed(jenkinsfile, "ci/Jenkinsfile.release", JENKINS) == expected


def test_a_script_that_the_program_puts_together_is_not_audited() -> None:
    found = list(jenkinsfile.read(Source.of_bytes("Jenkinsfile", JENKINS.encode())))

    assert [each.span.first for each in found if isinstance(each, Unread)] == [14]


@pytest.mark.parametrize("text", ["sh '" + "a" * 50_000, "sh " * 30_000, "sh(" + "x" * 99_000])
def test_long_files_of_jenkins_take_no_time(text: str) -> None:
    list(jenkinsfile.read(Source.of_bytes("Jenkinsfile", text.encode())))
