"""Package indexes whose answers anyone on the way can change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import PackageIndex
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_HOST = re.compile(r"(?:[a-z]+://)?(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)")
_LOCAL = re.compile(r"(?i)(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0)\Z")


@rule(
    severity=Severity.HIGH,
    references=("CWE-319", "CWE-295", "CWE-494", "AML.T0010.001"),
)
def check(index: PackageIndex, graph: SupplyGraph) -> Iterator[Observation]:
    """Packages come from an index over a connection that nobody authenticates.

    Over plain HTTP, or with certificates unchecked, whoever stands on the way answers in place of
    the index: a proxy, a wireless network, a poisoned name server. Every package can then be
    theirs, and its code runs at install time.

    ## Attack
    1. The adversary stands between the build and the index, in its network or its name server.
    2. They answer a request for a package with their own archive.
    3. The installer takes it, since nothing told it whom it talked to.

    ## Fix
    Use HTTPS with a certificate that is checked; give the installer your own authority's
    certificate rather than switching the check off:
    ```ini pip.conf
    [global]
    index-url = https://packages.example.com/simple
    cert = /etc/ssl/certs/company-ca.pem
    ```

    ## Score
    - AV:A the adversary stands in a network on the way
    - AC:L nothing has to be guessed or raced
    - PR:N no account is needed
    - UI:R somebody must start a build
    - S:C the code runs with the build's credentials, beyond the package itself
    - C:H the build's secrets are in reach
    - I:H every package can be replaced
    - A:L installs can be made to fail

    ## Bad
    ```text requirements.txt
    --index-url http://packages.example.com/simple  # finding
    numpy==1.26.4
    ```
    ## Bad: a host whose certificate is not checked
    ```ini pip.conf
    [global]
    index-url = https://packages.example.com/simple
    trusted-host = packages.example.com  # finding
    ```
    ## Good
    ```text requirements.txt
    --index-url https://packages.example.com/simple
    numpy==1.26.4
    ```
    ## Good: a mirror on the same machine
    ```text tests/requirements.txt
    --index-url http://localhost:3141/simple
    numpy==1.26.4
    ```
    """
    found = _HOST.match(index.url)
    host = found.group(1) if found else ""
    if _LOCAL.match(host):
        return
    plain = index.url.lower().startswith(("http://", "ftp://"))
    if not plain and index.verify:
        return
    what = (
        f"`{index.url}` over plain HTTP" if plain else f"`{index.url}` with certificates unchecked"
    )
    path = index.span.path
    yield Observation(
        subject=f"{host or index.url} in {path}",
        message=(
            f"`{path}` makes {index.tool} use {what}: whoever stands between the build and that"
            " host can replace any package; HTTPS with a checked certificate would stop them"
        ),
        evidence=(Evidence(index.span, f"{index.role} index {index.url}"),),
    )
