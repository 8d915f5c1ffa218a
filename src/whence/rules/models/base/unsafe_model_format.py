"""Weights kept in a format that can carry code."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.models.loader_advisories import LoaderAdvisory, bypass_of
from whence.rules.models.model_loads import family, is_safe, loads_of, shown
from whence.rules.models.torch_conversion import (
    is_torch_pickle,
    needed_safe_globals,
    restricted_conversion,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import Use
from whence.vocabulary.fact.models import ModelFile, PickleUse
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SHOWN = 6
_NEVER_LOADED = (
    "Do not convert this file: what it runs is malicious. Train or fetch the weights again, in a"
    ' format that holds only data:\n```python\nstate = safetensors.torch.load_file("model.safetensors")\n```'
)


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-502", "AML.T0010.003", "AML.T0011.000", "OWASP-ML06:2023", "OWASP-LLM03:2025"),
)
def check(model: ModelFile, graph: SupplyGraph) -> Iterator[Observation]:
    """A model is stored in a format that runs code when it is loaded.

    Loading a pickle is running a program. Whoever can replace the file, where it is stored or on
    the way, controls every process that loads it: training, evaluation and the server.

    ## Attack
    1. The adversary gets to write the file: in the store, in the repository, in the cache.
    2. They add a call in front of the weights. The model still loads and still predicts.
    3. The next process that loads it runs the call with its own credentials.

    ## Fix
    Store the weights as data only, and load the old file once, restricted, to convert it:
    ```python
    state = torch.load("model.pt", weights_only=True)
    safetensors.torch.save_file(state, "model.safetensors")
    ```
    For scikit-learn estimators use skops or ONNX. Until then compare a digest from elsewhere before
    the load, and keep `weights_only=True` where torch loads it.

    ## Score
    - AV:L the file has to be replaced where the process reads it
    - AC:H the adversary must first get write access to the file
    - PR:L an account that may write models
    - UI:R somebody or some pipeline loads it
    - S:U the code runs as the loading process
    - C:H the process reads data and credentials
    - I:H the process decides predictions
    - A:H the process can be stopped

    ## Bad
    ```pickle model.pkl
    PROTO 2
    EMPTY_DICT
    UNICODE weights  # finding
    EMPTY_LIST
    SETITEM
    STOP
    ```
    ```python serve.py
    import pickle

    with open("model.pkl", "rb") as file:
        model = pickle.load(file)
    ```
    ## Good
    ```safetensors model.safetensors
    {"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
    zeros 8
    ```
    ```python serve.py
    from safetensors.numpy import load_file

    model = load_file("model.safetensors")
    ```
    """
    if not model.executable or model.member.startswith("pickled array"):
        return
    path = model.span.path
    loads = loads_of(path, graph)
    bypasses = [advisory for use in loads if (advisory := bypass_of(use, path))]
    unsafe = [use for use in loads if not is_safe(use) or bypass_of(use, path)]
    uses = graph.facts_in(path, PickleUse)
    unknown = sorted({f"{use.module}.{use.name}" for use in uses if use.verdict == "review"})
    hostile = any(use.verdict == "malicious" for use in uses)
    severity, because = _context(loads, unsafe)
    yield Observation(
        subject=family(path),
        message=_message(model, unsafe, unknown) + _weak(bypasses),
        evidence=(Evidence(model.span, f"{model.format}, {model.size} bytes"), *shown(loads)),
        severity=severity,
        because=because,
        fix=_fix(model, hostile),
        references=tuple(sorted({advisory.id for advisory in bypasses})),
    )


def _weak(bypasses: list[LoaderAdvisory]) -> str:
    if not bypasses:
        return ""
    first = bypasses[0]
    return (
        f". In the version that the project locks {first.what} ({first.id}, fixed in {first.fixed})"
    )


def _context(loads: list[Use], unsafe: list[Use]) -> tuple[Severity | None, str]:
    if unsafe:
        return None, ""
    if loads:
        return Severity.INFO, "every load that the code shows is restricted to data"
    return Severity.LOW, "no code of the project is seen to load it"


def _message(model: ModelFile, unsafe: list[Use], unknown: list[str]) -> str:
    where = f"{model.span.path}" + (f" ({model.member})" if model.member else "")
    loaded = f", and {unsafe[0].span} loads it with `{unsafe[0].callee}`" if unsafe else ""
    more = ""
    if unknown:
        names = ", ".join(f"`{name}`" for name in unknown[:_SHOWN])
        rest = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        more = f". Loading uses names that nobody vouches for: {names}{rest}"
    return f"`{where}` is a {model.format} file: loading it runs what it says{loaded}{more}"


def _fix(model: ModelFile, hostile: bool) -> str:
    """For torch: a load that is restricted to the names which the file needs."""
    if hostile:
        return _NEVER_LOADED
    if not is_torch_pickle(model):
        return ""
    return restricted_conversion(model.span.path, needed_safe_globals([model]))
