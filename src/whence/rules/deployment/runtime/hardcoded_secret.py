"""Credentials in the files of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.repository import Credential
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_TESTS = re.compile(
    r"(?:^|/)(?:(?:\w+[_-])?tests?|testing|fixtures?|testdata|mocks?|__snapshots__)/|(?:^|/)(?:test_|conftest|testing_utils)[^/]*$|_test\.\w+$"
)
_SHOWN_ELSEWHERE = re.compile(
    r"(?:^|/)(?:examples?|samples?|docs?|templates?)/|\.(?:md|rst|txt|adoc)$|\.(?:example|sample|template|dist)(?:\.\w+)?$"
)
# Service containers that live for one job.
_SERVICE = re.compile(
    r"(?i)^(?:POSTGRES|MYSQL|MARIADB|MSSQL|SA_|MINIO|MONGO|RABBITMQ|REDIS|CLICKHOUSE)"
)
_FOR_LOOPBACK = re.compile(r"(?i)(?:^|[/_.-])(?:localhost|snake-?oil|mkcert)[\w.-]*$")
_LOCAL = re.compile(r"(?:^|/)(?:docker-)?compose[\w.-]*\.ya?ml$")


@rule(
    severity=Severity.HIGH,
    references=("CWE-798", "CWE-312", "CWE-540", "AML.T0055", "OWASP-LLM02:2025"),
)
def check(found: Credential, graph: SupplyGraph) -> Iterator[Observation]:
    """A credential stands in a file of the tree.

    Everyone who can read the repository has it, also everyone who could once: it stays in the
    history, in forks, in images and in backups. It works until somebody revokes it.

    ## Attack
    1. The adversary reads the repository, a fork, an old clone or an image made from it.
    2. The credential is tried against the service that its form or its name gives away.
    3. Data and models behind it are copied or replaced.

    ## Fix
    Revoke it first, for it has been seen. Then read it from the environment or a secret store:
    ```python
    token = os.environ["HF_TOKEN"]
    ```
    Take it out of the history only after that; rewriting history does not revoke anything.

    ## Score
    - AV:N repositories and images are read over the network
    - AC:L the credential stands there in the clear
    - PR:L read access to the repository is needed
    - UI:N nobody has to take part
    - S:U the damage is what the credential opens
    - C:H what it opens can be read
    - I:H what it opens can be changed
    - A:N stopping a service is not the point of it

    ## Bad
    ```python train.py
    import requests

    API_KEY = "q9ZtR4mX7vLc2NbW8sYk5Hd"  # finding
    requests.get("https://api.example.com", headers={"key": API_KEY})
    ```
    ## Good
    ```python train.py
    import os

    import requests

    API_KEY = os.environ["API_KEY"]
    requests.get("https://api.example.com", headers={"key": API_KEY})
    ```
    ```text .env.example
    API_KEY=your-api-key-here
    AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
    ```
    ```python tests/test_client.py
    PASSWORD = "fixture-Passw0rd"
    ```
    """
    path = found.span.path
    if path in graph.files and graph.files[path].ignored:
        return  # it is on this disk, not in what others receive
    if _in_image(found, graph):
        return
    test, documentation = bool(_TESTS.search(path)), bool(_SHOWN_ELSEWHERE.search(path))
    if (test and found.form in ("pair", "url")) or (
        documentation and found.form in ("pair", "url")
    ):
        return
    severity, because = _severity(found, test or documentation)
    name = f" for `{found.name}`" if found.name else ""
    shown = f" ({found.masked})" if found.masked else ""
    yield Observation(
        subject=f"{found.name or found.kind} in {path}",
        message=(
            f"`{path}` holds {_with_article(found.kind)}{name}{shown}: revoke it, and read it from the"
            " environment or a secret store"
        ),
        evidence=(Evidence(found.span, _with_article(found.kind)),),
        severity=severity,
        because=because,
        confidence=_confidence(found, test or documentation),
        asset=f"secret:{found.name or found.kind}",
    )


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "AOaeio" else f"a {kind}"


def _in_image(found: Credential, graph: SupplyGraph) -> bool:
    """Whether it stands in a Dockerfile's instruction, where images keep it (secret-in-image)."""
    return any(
        each.span.first <= found.span.first <= each.span.last
        for each in graph.facts_in(found.span.path, ImageInstruction)
    )


def _severity(found: Credential, elsewhere: bool) -> tuple[Severity | None, str]:
    if elsewhere:
        return Severity.LOW, "it stands in a test or in documentation, and may be made up"
    if found.kind == "private key" and _FOR_LOOPBACK.search(found.span.path):
        return Severity.LOW, "the file is named after this machine, as certificates to develop with"
    if found.local:
        return Severity.LOW, "the address is the machine's own, as of a development database"
    job = found.form in ("pair", "url") and found.span.path.startswith(".github/workflows/")
    if job and (found.form == "url" or _SERVICE.match(found.name)):
        return Severity.LOW, "service containers of a pipeline live for one job"
    if _LOCAL.search(found.span.path) and found.form in ("pair", "url"):
        return Severity.MEDIUM, "compose files mostly serve local development"
    return None, ""


def _confidence(found: Credential, elsewhere: bool) -> Confidence | None:
    if elsewhere:
        return Confidence.LOW
    return None if found.form in ("provider", "manifest") else Confidence.MEDIUM
