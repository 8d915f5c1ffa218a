"""Requirements of an application that neither a version nor a lock file fixes."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.locking import (
    Hold,
    constrained,
    constrained_command,
    hold_on,
)
from whence.rules.dependencies.whose_manifest import (
    is_installed_copy,
    is_library,
    is_template,
)
from whence.rules.dependencies.wording import is_development, listed
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.fact.deployment import Workflow
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule
from whence.vocabulary.tree import is_copied

_CONTEXTS = ("image", "notebook", "script", "make")
# What an installer takes as it stands, whoever runs it.
_INSTALLED = (
    "requirements",
    "conda",
    "pixi",
    "Pipfile",
    "inline-script",
    "bentofile",
    "cog",
    "truss",
)
_INSTALLERS = ("pip", "setuptools", "wheel")


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1357", "AML.T0010.001", "OWASP-LLM03:2025", "SLSA-BUILD-L1"),
)
def check(
    declared: PackageManifest | PackageRequirement, graph: SupplyGraph
) -> Iterator[Observation]:
    """An application's dependency has no exact version and no lock file fixes it.

    What gets installed is then decided on the day of the build by whoever can publish the
    package. A hijacked release reaches training and serving with the next build, nobody reviews
    the change, and no later run can be rebuilt to find out what was in it.

    ## Attack
    1. The adversary takes over a maintainer's account of one of the packages, or a package that
       it is about to depend on, and publishes a release with a higher number.
    2. The next build resolves the open range to that release.
    3. Its code runs with the build's credentials, in training, and in the served process.

    ## Fix
    Resolve once, commit the result, and install from it only:
    ```sh
    uv lock && uv sync --locked
    # or, with pip
    pip-compile --generate-hashes requirements.in && pip install --require-hashes -r requirements.txt
    ```

    ## Score
    - AV:N releases arrive over the network from a public index
    - AC:H the adversary must first control one of the packages
    - PR:N no account of the project is needed
    - UI:R somebody must start a build
    - S:U the code runs as the application itself
    - C:L the build and the process can read what the package's code asks for
    - I:H the release replaces the code of the application
    - A:L a broken release stops the build

    ## Bad
    ```text requirements.txt
    numpy==1.26.4
    torch>=2.0  # finding
    transformers  # finding
    ```
    ## Good
    ```text requirements.txt
    numpy==1.26.4
    torch==2.6.0
    ```
    ## Good: a lock file that the build installs from
    ```toml pyproject.toml
    [project]
    name = "scorer"
    version = "1.0"
    dependencies = ["torch>=2.0"]
    ```
    ```toml uv.lock
    version = 1

    [[package]]
    name = "torch"
    version = "2.6.0"
    source = { registry = "https://packages.example.com/simple" }
    ```
    """
    if isinstance(declared, PackageRequirement):
        yield from _on_command_line(declared, graph)
    elif not declared.locks and declared.kind != "constraints":
        yield from _in_manifest(declared, graph)


def _in_manifest(manifest: PackageManifest, graph: SupplyGraph) -> Iterator[Observation]:
    path = manifest.span.path
    required = [found for found in graph.facts_in(path, PackageRequirement) if _counts(found)]
    if not any(_is_open(found) for found in required):
        return
    hold = hold_on(manifest, graph)
    built = any(install.context == "image" for install in hold.installs)
    if hold.is_locked or (is_library(manifest, graph) and not built):
        return
    if is_copied(path) and not is_installed_copy(path, graph):
        return
    if is_template(path) and not hold.installs:
        return
    fixed = constrained(manifest, hold, graph)
    open_ended = [found for found in required if _is_open(found) and found.name not in fixed]
    shipped = [found for found in open_ended if not is_development(found.group)]
    if shipped:
        yield _observation(manifest, shipped, required, hold)
    elif open_ended:
        yield from _development_only(manifest, open_ended, required, hold)


def _counts(found: PackageRequirement) -> bool:
    return (
        found.scope == "manifest"
        and found.ecosystem in ("pypi", "conda")
        and bool(found.name)
        and not found.url
        and found.group != "build-system"
    )


def _is_open(found: PackageRequirement) -> bool:
    if found.ecosystem == "conda" and found.name == "python" and found.specifier:
        return False
    return not found.version and "$" not in found.specifier and found.name not in _INSTALLERS


def _observation(
    manifest: PackageManifest,
    open_ended: list[PackageRequirement],
    required: list[PackageRequirement],
    hold: Hold,
) -> Observation:
    path = manifest.span.path
    names = [found.name for found in open_ended]
    reason = "no lock file covers it"
    if hold.locks:
        lock = hold.locks[0].span.path
        command = hold.bypasses[0].span
        reason = f"`{lock}` does not count, since {command} installs without it"
    certain = hold.installs or manifest.kind in _INSTALLED
    return Observation(
        subject=path,
        message=(
            f"`{path}` leaves {len(set(names))} of {len({r.name for r in required})} packages"
            f" without an exact version ({listed(names)}), and {reason}: each build takes"
            " whatever release is newest on that day"
        ),
        evidence=tuple(Evidence(found.span, _written(found)) for found in open_ended)
        + hold.evidence,
        confidence=None if certain else Confidence.MEDIUM,
    )


def _development_only(
    manifest: PackageManifest,
    open_ended: list[PackageRequirement],
    required: list[PackageRequirement],
    hold: Hold,
) -> Iterator[Observation]:
    found = _observation(manifest, open_ended, required, hold)
    yield Observation(
        subject=found.subject,
        message=found.message,
        evidence=found.evidence,
        severity=Severity.LOW,
        because="only development and test tools are left open, which do not ship",
        confidence=found.confidence,
    )


def _written(found: PackageRequirement) -> str:
    return f"{found.name} {found.specifier or 'any version'}"


def _on_command_line(required: PackageRequirement, graph: SupplyGraph) -> Iterator[Observation]:
    """One observation for all open requirements on the command lines of one file."""
    if not _is_open_command(required, graph):
        return
    path = required.span.path
    same = [
        found
        for found in graph.facts_in(path, PackageRequirement)
        if _is_open_command(found, graph)
        and found.name not in constrained_command(found.span, graph)
    ]
    if required not in same[:1]:
        return
    names = [found.name for found in same]
    shipped = any(found.context in ("image", "notebook", "ci") for found in same)
    yield Observation(
        subject=f"install commands in {path}",
        message=(
            f"`{path}` installs {listed(names)} without an exact version on the command line,"
            " past any lock file: each run takes whatever release is newest on that day"
        ),
        evidence=tuple(Evidence(found.span, _written(found)) for found in same),
        severity=None if shipped else Severity.LOW,
        because="" if shipped else "a person runs the script, and what it installs does not ship",
        fix=(
            "Declare the packages in the project's manifest, lock them, and install from the lock;"
            " or write the exact version on the command line:\n"
            f"```sh\npip install {required.name}==<version>\n```"
        ),
    )


def _is_open_command(found: PackageRequirement, graph: SupplyGraph) -> bool:
    # What workflows of GitHub install is a rule of its own: ci-unpinned-tool.
    pipeline = found.context == "ci" and not graph.facts_in(found.span.path, Workflow)
    return (
        found.scope == "command"
        and (found.context in _CONTEXTS or pipeline)
        and found.ecosystem in ("pypi", "conda")
        and bool(found.name)
        and not found.url
        and _is_open(found)
    )
