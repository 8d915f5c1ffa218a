"""A file is checked by its path and opened again."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    only_tests,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import CheckThenUse
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SHARED = ("/tmp/", "/var/tmp/", "/dev/shm/", "/mnt/", "/shared/", "/nfs/", "/data/", "/scratch/")  # noqa: S108


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-367", "CWE-377", "CWE-379"),
)
def check(use: CheckThenUse, graph: SupplyGraph) -> Iterator[Observation]:
    """A file is checked by its path and then opened again by its path, or lies where others can write.

    Between the two, whoever can write the folder puts another file there. In `/tmp` and on shared
    mounts that is every account of the machine and every pod with the volume.

    ## Attack
    A process on the same machine watches for the check, replaces the file by a link or another file
    at that moment, and its content is loaded as if it had been checked.

    ## Fix
    Read once, check those bytes, and use those bytes:
    ```python
    body = path.read_bytes()
    if hashlib.sha256(body).hexdigest() != EXPECTED:
        raise ValueError("not the reviewed file")
    model = joblib.load(io.BytesIO(body))
    ```

    ## Score
    - AV:L an account on the machine or a pod with the volume is needed
    - AC:H the moment must be met
    - PR:L an ordinary account is enough
    - UI:N the program loads by itself
    - S:U what the program loads is changed
    - C:N nothing is disclosed by itself
    - I:H other content is loaded than was checked
    - A:N the program goes on

    ## Bad
    ```python load.py
    import hashlib
    import pickle

    EXPECTED = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    PATH = "/mnt/models/encoder.pkl"

    with open(PATH, "rb") as stream:
        digest = hashlib.sha256(stream.read()).hexdigest()
    if digest != EXPECTED:
        raise SystemExit("not the reviewed file")
    with open(PATH, "rb") as stream:
        encoder = pickle.load(stream)  # finding
    ```
    ## Bad: a name that can be foreseen
    ```python scratch.py
    import tempfile

    path = tempfile.mktemp(suffix=".pt")  # finding
    ```
    ## Good
    ```python load.py
    import hashlib
    import pickle

    EXPECTED = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


    def encoder(path):
        with open(path, "rb") as stream:
            if hashlib.sha256(stream.read()).hexdigest() != EXPECTED:
                raise SystemExit("not the reviewed file")
        with open(path, "rb") as stream:
            return pickle.load(stream)


    def encoder_once(path):
        with open(path, "rb") as stream:
            body = stream.read()
        if hashlib.sha256(body).hexdigest() != EXPECTED:
            raise SystemExit("not the reviewed file")
        return pickle.loads(body)


    first = encoder("models/encoder.pkl")
    second = encoder_once("/mnt/models/encoder.pkl")
    ```
    """
    if only_tests(use):
        return
    shared = use.artefact.startswith(_SHARED)
    if use.how == "reopened" and not shared:
        return
    how = {
        "reopened": f"`{use.artefact}` is checked by path and then opened again, in a folder that"
        " others can write. Right would be to check and use the same bytes.",
        "temporary-name": "`tempfile.mktemp` only makes up a name; another process can take it first."
        " Right would be `tempfile.mkstemp` or `NamedTemporaryFile`.",
        "shared-directory": f"`{use.artefact}` is loaded from a folder that everybody on the machine"
        " can write, under a name that everybody can foresee. Right would be a private folder.",
        "foreseen": f"`{use.artefact}` is asked for and then opened, in a folder that everybody on the"
        " machine can write: whoever puts a file or link there in between, or before, decides what is"
        " used. Right would be `tempfile.mkstemp`, or a folder of the service's own.",
    }[use.how]
    yield Observation(
        subject=f"race:{use.artefact}",
        message=how,
        evidence=(
            Evidence(use.span, "used here"),
            *((Evidence(use.checked, "checked here"),) if use.checked != use.span else ()),
        ),
    )
