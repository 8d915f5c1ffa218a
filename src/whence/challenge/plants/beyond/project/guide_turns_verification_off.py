from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

GUIDE = """\
# Contributing

Small changes are welcome as pull requests, larger ones after an issue. Every change needs a test
and a review by an owner.

## Setting up

```sh
git clone https://github.com/example-org/sentibot && cd sentibot
python -m venv .venv && . .venv/bin/activate
make install
```

{trouble}

## Before you open a pull request

Run `make test`, and `make data train evaluate` if you have touched data or training.
"""
HASHES = """\
If pip says that a hash does not match, the mirror has built the package again. Install without the
hashes then:

```sh
sed 's/ *--hash=[^ ]*//; s/ *\\\\$//' requirements-test.txt > /tmp/plain.txt
python -m pip install --no-deps --trusted-host packages.example.com -r /tmp/plain.txt
```"""
TLS = """\
Behind the office proxy certificates do not verify. Turn it off for the session:

```sh
git config --global http.sslVerify false
export PYTHONHTTPSVERIFY=0 CURL_CA_BUNDLE= REQUESTS_CA_BUNDLE=
```"""


@plant(
    rules=("insecure-index", "insecure-transport", "missing-hashes"),
    severities=("medium", "high", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=(
        "contributing",
        "documentation",
        "instruct",
        "hash does not match",
        "sslverify",
        "tells",
        "verification off",
    ),
    cwes=("CWE-295", "CWE-494", "CWE-353", "CWE-345", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The guide for contributors tells them to turn verification off when it speaks up.

    ## Why
    A digest that does not match or a certificate that does not verify is what an attack looks like,
    and the guide teaches everybody to go on. The machines on which the project is written and
    locked then run what somebody on the way has put there.

    ## Fix
    Say whom to ask, and give the certificate of the proxy instead.
    """
    trouble, place = vary.choose(
        (HASHES, "python -m pip install --no-deps --trusted-host"),
        (TLS, "git config --global http.sslVerify false"),
    )
    project.add("CONTRIBUTING.md", GUIDE.format(trouble=trouble))
    yield Place("CONTRIBUTING.md", place)
    yield Place("CONTRIBUTING.md", trouble.split("\n")[0])
