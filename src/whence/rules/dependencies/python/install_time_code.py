"""Build scripts that do more than build."""

from __future__ import annotations

from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import InstallHook, PackageManifest
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SCRIPTS = ("setup.py", "build-hook")
_DOES = {
    "fetch": "fetches over the network",
    "execute": "runs another program",
    "fetch-and-execute": "fetches and runs what it fetched",
    "decode-and-execute": "runs code that it decodes from data",
    "write-outside": "writes outside the build",
}


@rule(
    severity=Severity.HIGH,
    references=("CWE-494", "CWE-829", "CWE-506", "AML.T0010.001"),
)
def check(script: PackageManifest, graph: SupplyGraph) -> Iterator[Observation]:
    """Installing the project fetches or executes something that is not part of it.

    A build script runs with all rights of whoever installs, before anything can look at what it
    brings. What it fetches is not in the repository, is not in the lock file, has no digest, and
    can be another thing for every machine that asks.

    ## Attack
    1. The adversary controls what the script fetches: the host, the path, the name it resolves to.
    2. Somebody installs the project: a developer, the pipeline, an image build.
    3. The script runs the adversary's bytes with that person's or pipeline's credentials.

    ## Fix
    Build from what the repository holds. Ship binaries as wheels, declare dependencies instead of
    installing them, and fetch what must be fetched in a step of its own that checks a digest:
    ```toml pyproject.toml
    [build-system]
    requires = ["setuptools>=75,<76", "numpy>=2,<3"]
    build-backend = "setuptools.build_meta"
    ```

    ## Score
    - AV:N what is fetched comes over the network
    - AC:H the adversary must control the far end
    - PR:N no account of the project is needed
    - UI:R somebody must install the project
    - S:C the script runs with the installer's credentials
    - C:H whatever the installer can read is in reach
    - I:H whatever is installed can be altered
    - A:H whatever the installer can delete is in reach

    ## Bad
    ```python setup.py
    import urllib.request
    from setuptools import setup

    urllib.request.urlretrieve("https://files.example.com/kernels.so", "scorer/kernels.so")  # finding

    setup(name="scorer", version="1.0", packages=["scorer"])
    ```
    ## Good: it reads files of the repository and asks git for the version
    ```python setup.py
    import subprocess
    from pathlib import Path

    from setuptools import Extension, setup

    here = Path(__file__).parent
    version = subprocess.check_output(["git", "describe", "--tags"], text=True).strip()

    setup(
        name="scorer",
        version=version,
        long_description=(here / "README.md").read_text(),
        ext_modules=[Extension("scorer.kernels", ["scorer/kernels.c"])],
    )
    ```
    """
    if script.kind not in _SCRIPTS:
        return
    path = script.span.path
    hooks = graph.facts_in(path, InstallHook)
    if not hooks:
        return
    told = [f"{hook.what} in {hook.where} {_DOES[hook.does]}" for hook in hooks]
    severe = any(hook.does != "execute" for hook in hooks)
    yield Observation(
        subject=path,
        message=f"installing from `{path}` does more than build: {'; '.join(dict.fromkeys(told))}",
        evidence=tuple(Evidence(hook.span, _DOES[hook.does]) for hook in hooks),
        confidence=None if severe else Confidence.MEDIUM,
    )
