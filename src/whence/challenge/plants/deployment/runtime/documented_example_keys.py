from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

GUIDE = """\
# Trying the buckets without an account

`moto` answers like S3 on this machine. It takes any credentials; these are the ones that the
provider's own documentation uses as an example, and they open nothing:

```sh
python -m moto.server --host 127.0.0.1 --port 5005 &
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
export AWS_ENDPOINT_URL_S3=http://127.0.0.1:5005
```
"""
TEMPLATE = """\
# Copy to .env for trying the buckets on this machine; the keys are the provider's documented example.
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
AWS_ENDPOINT_URL_S3=http://127.0.0.1:5005
"""


@plant(
    rules=("hardcoded-secret", "secret-in-environment", "insecure-transport"),
    kind=Kind.RED_HERRING,
    needs=Needs.OUTSIDE,
    words=("secret", "access key", "credential", "aws_secret", "akia"),
    cwes=("CWE-798", "CWE-312", "CWE-540"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """What looks like a cloud key is the example of the provider's documentation.

    ## Why
    The key has never been issued to anybody, the text says what it is, and the address it is used
    with is a stand-in on the developer's own machine.
    """
    path, text = vary.choose(("docs/local-buckets.md", GUIDE), (".env.example", TEMPLATE))
    project.add(path, text)
    yield Place(path, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE")
    yield Place(path, "AWS_ENDPOINT_URL_S3=http://127.0.0.1:5005")
