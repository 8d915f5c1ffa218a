"""Model files that would act on the machine that loads them."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.models.model_loads import is_test_material, loads_of, shown
from whence.rules.models.pickle_acts import told
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.models import ModelFile, PickleUse
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SHOWN = 8


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-502", "CWE-506", "AML.T0011.000", "AML.T0018", "OWASP-ML06:2023"),
)
def check(use: PickleUse | ModelFile, graph: SupplyGraph) -> Iterator[Observation]:
    """Loading this model file runs commands, reaches the network or touches files.

    The file is a program and not only weights. It acts the moment somebody loads it, before any
    prediction, with all that the loading process may do. It was read here opcode by opcode and
    never loaded.

    ## Attack
    1. The adversary puts the call into the file and publishes it, or swaps it in a store.
    2. Training, a notebook or the server loads the file.
    3. The call runs as that process: it reads credentials, installs itself, or changes the model.

    ## Fix
    Do not load it. Take it out of the tree and of every store and cache, find out who put it there
    and what has loaded it since, and rotate the credentials of those processes. Then fetch the
    weights again, as data, from a revision that you have checked:
    ```python
    path = hf_hub_download("owner/name", "model.safetensors", revision="<40 hex digits>")
    ```

    ## Score
    - AV:N models are fetched over the network
    - AC:L loading is enough
    - PR:N publishing a file needs no account of the victim
    - UI:R somebody or some pipeline loads it
    - S:C the code leaves the model and acts on the machine and what it can reach
    - C:H all that the process can read
    - I:H all that the process can write
    - A:H the process can be stopped

    ## Bad
    ```pickle model.pkl
    PROTO 2
    GLOBAL os system  # finding
    UNICODE echo
    TUPLE1
    REDUCE
    STOP
    ```
    ## Bad: inside a checkpoint that is called something else
    ```zip weights.dat
    member archive/data.pkl pickle
    PROTO 2
    GLOBAL posix system  # finding
    UNICODE echo
    TUPLE1
    REDUCE
    STOP
    member archive/version text
    3
    ```
    ## Good
    ```pickle model.pkl
    PROTO 2
    GLOBAL collections OrderedDict
    EMPTY_TUPLE
    REDUCE
    STOP
    ```
    ## Good: a name in the data that is never called
    ```pickle vocabulary.pkl
    PROTO 2
    EMPTY_LIST
    UNICODE os system
    APPEND
    STOP
    ```
    """
    if not isinstance(use, PickleUse) or use.verdict != "malicious":
        return
    path = use.span.path
    all_uses = [each for each in graph.facts_in(path, PickleUse) if each.verdict == "malicious"]
    if use != all_uses[0]:
        return
    loads = loads_of(path, graph)
    lowered = not loads and is_test_material(path)
    yield Observation(
        subject=path,
        message=_message(path, all_uses, bool(loads)),
        evidence=tuple(_evidence(each) for each in all_uses[:_SHOWN]) + shown(loads),
        severity=Severity.HIGH if lowered else None,
        because="it stands among tests and no code is seen to load it" if lowered else "",
    )


def _message(path: str, uses: list[PickleUse], loaded: bool) -> str:
    first = uses[0]
    more = f", and {len(uses) - 1} more like it" if len(uses) > 1 else ""
    place = f" ({first.span.place})" if first.span.place else ""
    seen = "" if loaded else "; no code of the project is seen to load it"
    return f"Loading `{path}`{place} {told(first)}{more}{seen}"


def _evidence(use: PickleUse) -> Evidence:
    return Evidence(use.span, told(use), use.slice)
