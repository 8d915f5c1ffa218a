"""Loading a model runs code that its publisher wrote."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.models.hub_names import is_commit, is_local_name, named_models
from whence.rules.models.model_loads import is_test_material
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import ModelLoad, Origin
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_NAMES = 2
_OWN = ("pytorch/", "snakers4/silero")


@rule(
    severity=Severity.HIGH,
    references=("CWE-829", "CWE-94", "AML.T0010.003", "AML.T0011.001", "OWASP-LLM03:2025"),
)
def check(load: ModelLoad, graph: SupplyGraph) -> Iterator[Observation]:
    """Loading a model runs Python code from the model's repository.

    `trust_remote_code=True` and `torch.hub.load` import modules that the publisher wrote. A format
    like safetensors does not help: the code stands beside the weights.

    ## Attack
    Whoever can push to the model's repository adds a line to its modelling file. The next load
    imports it with the training job's or the server's credentials.

    ## Fix
    Use an architecture that the library ships, or vendor the reviewed code; at the least fix the
    commit of both weights and code:
    ```python
    AutoModel.from_pretrained(name, revision=COMMIT, code_revision=COMMIT, trust_remote_code=True)
    ```

    ## Score
    - AV:N the hub is public
    - AC:H the publisher must be malicious or taken over
    - PR:N no account on this system is needed
    - UI:N loading is part of the normal run
    - S:U the code runs as the loading process
    - C:H it reads what the process reads
    - I:H it changes what the process writes
    - A:H it can end the process

    ## Bad
    ```python train.py
    from transformers import AutoModel

    options = dict(torch_dtype="auto")
    options["trust_remote_code"] = True
    model = AutoModel.from_pretrained("acme/long-encoder", **options)  # finding
    ```
    ## Good
    ```python train.py
    from transformers import AutoModel

    model = AutoModel.from_pretrained("acme/long-encoder", trust_remote_code=False)
    ```
    """
    hub_code = load.callee == "torch.hub.load" and not load.local
    if load.remote_code != "True" and not hub_code:
        return
    tested = is_test_material(load.span.path)
    names = list(named_models(load))
    asked = [name for name, _ in names] or [load.artefact or "?"]
    if len(asked) > _NAMES:
        yield _loader(load, asked, [origin for _, origin in names])
        return
    for name in asked:
        if hub_code and name.startswith(_OWN):
            continue
        local = load.local or is_local_name(name, load, graph)
        pinned = is_commit(load.revision)
        places = [Evidence(load.span, "runs code of the model's repository")]
        for other, origin in names:
            if other == name and origin.decision.path and origin.decision != load.span:
                places.append(Evidence(origin.decision, f"`{name}` is decided here"))
        how = f"`{load.callee}`" if hub_code else "`trust_remote_code=True`"
        if "custom_pipeline" in load.arguments and "trust_remote_code" not in load.arguments:
            how = "`custom_pipeline=`"
        held = "the revision is fixed, so the code can be reviewed once" if pinned else ""
        if tested and not held and not local:
            yield _tested(load, name, places)
            continue
        if local and not pinned:
            yield _in_folder(name, how, places)
            continue
        yield Observation(
            subject=f"remote-code:{_named(name)}",
            message=(
                f"Loading {_told(name)} runs code from its repository ({how})"
                + (f"; {held}." if held else ", and no commit fixes which code that is.")
                + " Right would be an architecture that the library ships, or vendored code."
            ),
            evidence=tuple(places),
            severity=Severity.MEDIUM if pinned else None,
            because=held,
        )


def _in_folder(name: str, how: str, places: list[Evidence]) -> Observation:
    """Code that lies beside the weights in a folder: who fills the folder writes it."""
    return Observation(
        subject=f"remote-code:{name}",
        message=(
            f"Loading {_told(name)} runs the code that lies in this folder ({how}): whoever fills it"
            " decides. Right would be an architecture that the library ships, or vendored code."
        ),
        evidence=tuple(places),
        severity=Severity.MEDIUM,
        because="the folder has to be filled first",
    )


def _tested(load: ModelLoad, name: str, places: list[Evidence]) -> Observation:
    """What tests load weighs less: it runs where tests run, and ships nowhere."""
    return Observation(
        subject=f"remote-code-in-tests:{name}",
        message=(
            f"A test loads {_told(name)} and runs code from its repository (`{load.callee}`), and no"
            " commit fixes which code that is. Right would be a full commit id as `revision=`."
        ),
        evidence=tuple(places),
        severity=Severity.LOW,
        because="only tests load it",
    )


def _named(name: str) -> str:
    """The model that is trusted; all whose names the code does not fix are trusted by one decision."""
    return name if name.strip("?/. ") else "?"


def _told(name: str) -> str:
    return f"`{name}`" if name.strip("?/. ") else "a model whose name the code does not fix"


def _loader(load: ModelLoad, names: list[str], origins: list[Origin]) -> Observation:
    """One finding for a place that runs the code of every model that it is asked for."""
    pinned = is_commit(load.revision)
    held = "the revision is fixed, so the code can be reviewed once" if pinned else ""
    decided = {
        origin.decision: Evidence(origin.decision, "a model is named here")
        for origin in origins
        if origin.decision.path and origin.decision != load.span
    }
    told = ", ".join(f"`{name}`" for name in sorted(names)[:4])
    return Observation(
        subject=f"remote-code:{load.span.path}:{load.function}",
        message=(
            f"`{load.callee}` runs the code of {len(names)} repositories ({told}, …), whoever"
            " publishes them, and any other that it is asked for. Right would be architectures"
            " that the library ships, or a list of reviewed commits."
        ),
        evidence=(Evidence(load.span, "runs code of each model's repository"), *decided.values()),
        severity=Severity.MEDIUM if pinned else None,
        because=held,
    )
