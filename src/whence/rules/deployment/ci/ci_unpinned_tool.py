"""Tools that a pipeline installs in whatever version is newest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.fact.deployment import ShellCommand, Workflow, WorkflowStep
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_INSTALLERS = frozenset({"npm", "npx", "pnpm", "yarn", "go", "cargo", "gem", "uvx", "pipx"})
# What comes with Python itself and is brought up to date out of habit.
_INSTALLERS_OWN = frozenset({"pip", "setuptools", "wheel"})
_PINNED = re.compile(r"@v?\d+\.\d+|@[0-9a-f]{12,}|==\d|@\$|==\$|\$\{\{")
# Inputs of set-up actions that name a tool's version.
_VERSIONED = {
    "astral-sh/setup-uv": "version",
    "aquasecurity/setup-trivy": "version",
    "hashicorp/setup-terraform": "terraform_version",
    "azure/setup-helm": "version",
    "azure/setup-kubectl": "version",
    "google-github-actions/setup-gcloud": "version",
    "golangci/golangci-lint-action": "version",
    "pnpm/action-setup": "version",
}
_SHOWN = 6


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1357", "CWE-829", "AML.T0010.001", "OWASP-CICD-SEC-3"),
)
def check(workflow: Workflow, graph: SupplyGraph) -> Iterator[Observation]:
    """A pipeline installs tools in whatever version is newest that day.

    Build tools, scanners and uploaders run with the job's token and secrets. A hijacked release of
    any of them is in the pipeline with its next run, before anybody has looked at it.

    ## Attack
    1. The adversary publishes a release of a tool, with a stolen account of its maintainer.
    2. The next run installs the newest release and starts it.
    3. It reads the secrets and changes what is built.

    ## Fix
    Name the version, better with hashes, and let a bot propose updates:
    ```yaml
    - run: pip install --require-hashes -r .github/requirements-ci.txt
    ```

    ## Score
    - AV:N the tool is fetched over the network
    - AC:H the adversary must first control one of the tools
    - PR:N no account of this project is needed
    - UI:R somebody or something must start the workflow
    - S:U the tool runs in the job itself
    - C:H the job's token and secrets are within reach
    - I:L what the job builds can be changed
    - A:L a broken release stops the pipeline

    ## Bad
    ```yaml .github/workflows/ci.yml
    on: push
    jobs:
      build:
        runs-on: ubuntu-24.04
        steps:
          - run: pip install build twine  # finding
          - run: python -m build
    ```
    ## Good
    ```yaml .github/workflows/ci.yml
    on: push
    jobs:
      build:
        runs-on: ubuntu-24.04
        steps:
          - run: pip install build==1.2.2 twine==6.0.1
          - run: python -m build
    ```
    """
    path = workflow.span.path
    found = {
        **{f"{r.name} ({r.span.first})": Evidence(r.span, f"{r.name} without a version")
           for r in graph.facts_in(path, PackageRequirement) if _is_open(r)},
        **{f"{name} ({place.span.first})": place for name, place in _others(path, graph)},
    }  # fmt: skip
    if not found:
        return
    names = list(dict.fromkeys(name.rpartition(" (")[0] for name in found))
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    yield Observation(
        subject=f"tools of {path}",
        message=f"`{path}` installs {shown}{more} in whatever version is newest; name exact versions",
        evidence=tuple(sorted(found.values(), key=lambda each: each.span)),
        severity=Severity.LOW if _INSTALLERS_OWN.issuperset(names) else None,
        because="only the installer itself is brought up to date"
        if _INSTALLERS_OWN.issuperset(names)
        else "",
        asset=f"pipeline:{path}",
    )


def _is_open(found: PackageRequirement) -> bool:
    return (
        found.scope == "command"
        and bool(found.name)
        and not found.version
        and not found.url
        and "$" not in found.specifier
    )


def _others(path: str, graph: SupplyGraph) -> Iterator[tuple[str, Evidence]]:
    required = {found.span for found in graph.facts_in(path, PackageRequirement)}
    for command in graph.facts_in(path, ShellCommand):
        name = command.argv[0].rpartition("/")[2]
        if name in _INSTALLERS and command.span not in required:
            tool = _tool(name, command.argv[1:])
            if tool and not _PINNED.search(tool) and not _versioned(command):
                yield tool.split("@latest")[0], Evidence(command.span, f"{tool} without a version")
    for step in graph.facts_in(path, WorkflowStep):
        key = _VERSIONED.get(step.uses.partition("@")[0].lower(), "")
        if key and step.inputs.get(key) == "latest":
            yield step.uses.partition("@")[0], Evidence(step.span, "asks for the latest version")


def _tool(installer: str, words: tuple[str, ...]) -> str:
    """The first thing that a command installs or runs from a package index."""
    plain = [word for word in words if not word.startswith("-")]
    if installer in ("npx", "uvx"):
        return plain[0] if plain else ""
    verbs = {"npm": ("install", "i", "add", "exec"), "pnpm": ("add", "dlx"), "yarn": ("add", "dlx")}
    allowed = verbs.get(
        installer, ("install", "run") if installer in ("go", "pipx") else ("install",)
    )
    if len(plain) < 2 or plain[0] not in allowed:
        return ""
    if plain[1].startswith((".", "/", "~")) or (installer == "go" and "." not in plain[1]):
        return ""
    return plain[1]


def _versioned(command: ShellCommand) -> bool:
    words = " ".join(command.argv)
    return bool(
        re.search(r"--version[ =]\d|--locked\b.*--version|-v \d|--spec \S+==|--git\b.*--rev", words)
    )
