"""A hub model is loaded by a name that its publisher can repoint."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.models.hub_names import is_commit, is_local_name, named_models
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import ModelLoad, Origin
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

# A place that is asked for more models than this is mended once, where it loads.
_NAMES = 4
_TESTS = re.compile(
    r"(?:^|/)(?:(?:\w+[_-])?tests?|testing)/|(?:^|/)test_[^/]*$|(?:^|/)conftest\.py$"
)


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-494", "CWE-829", "AML.T0010.003", "OWASP-LLM03:2025", "SLSA-S2C2F-ING-4"),
)
def check(load: ModelLoad, graph: SupplyGraph) -> Iterator[Observation]:
    """A hub model is loaded by a name that its publisher can repoint.

    Whoever controls the name controls the weights, the tokenizer and the configuration of the next
    run, and weights in an executable format control the process that loads them.

    ## Attack
    The publisher's account is taken over, or the publisher's name is given up and registered by
    somebody else. The attacker pushes other weights to `main`; the next training job or restart
    fetches them, and nothing in the project changes.

    ## Fix
    Name the commit that was reviewed:
    ```python
    encoder = AutoModel.from_pretrained(
        "distilbert/distilbert-base-uncased", revision="12040accade4e8a0f71eabdb258fecc2e7e948be"
    )
    ```

    ## Score
    - AV:N the hub is public
    - AC:H the publisher's account or name must be taken first
    - PR:N no account on this system is needed
    - UI:N the next run fetches the model by itself
    - S:U the model is replaced, and what it decides
    - C:N the weights alone disclose nothing
    - I:H the model decides what the attacker wants
    - A:N the service goes on

    ## Bad
    ```python train.py
    from transformers import AutoModelForSequenceClassification

    BASE = "acme/encoder-small"
    model = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=3)  # finding
    ```
    ## Bad: the name stands in a configuration
    ```yaml config/train.yaml
    model:
      name: acme/encoder-small  # finding
      revision: main
    ```
    ```python train.py
    import yaml
    from transformers import AutoModel

    with open("config/train.yaml") as stream:
        config = yaml.safe_load(stream)
    settings = config["model"]
    model = AutoModel.from_pretrained(settings["name"], revision=settings["revision"])  # finding
    ```
    ## Good
    ```python train.py
    from transformers import AutoModel, AutoTokenizer

    OPTIONS = {"revision": "12040accade4e8a0f71eabdb258fecc2e7e948be"}
    model = AutoModel.from_pretrained("acme/encoder-small", **OPTIONS)
    tokenizer = AutoTokenizer.from_pretrained("./artifacts/encoder")
    ```
    """
    if (
        load.local
        or is_commit(load.revision)
        or load.revision == "?"
        or _TESTS.search(load.span.path)
    ):
        return
    moving = f"the moving name `{load.revision}`" if load.revision else "no revision"
    named = [pair for pair in named_models(load) if not is_local_name(pair[0], load, graph)]
    if len(named) > _NAMES:
        yield _loader(load, moving, named)
        return
    for name, origin in named:
        places = [Evidence(load.span, f"loads `{name}` at {moving}")]
        if origin.decision != load.span and origin.decision.path:
            places.append(Evidence(origin.decision, f"`{name}` is decided here"))
        yield Observation(
            subject=f"model:{name}",
            message=(
                f"`{name}` is loaded from the hub at {moving}, so its publisher decides which"
                " weights the next run gets. Right would be `revision=` with the full commit id"
                " that was reviewed."
            ),
            evidence=tuple(places),
        )


def _loader(load: ModelLoad, moving: str, named: list[tuple[str, Origin]]) -> Observation:
    """One finding for a place that loads whichever of many models it is asked for."""
    told = ", ".join(f"`{name}`" for name in sorted(name for name, _ in named)[:3])
    decided = {
        origin.decision: Evidence(origin.decision, f"`{name}` is named here")
        for name, origin in named
        if origin.decision.path and origin.decision != load.span
    }
    return Observation(
        subject=f"model-loader:{load.span.path}:{load.function}",
        message=(
            f"`{load.callee}` loads {len(named)} models ({told}, …) from the hub at {moving}, so"
            " their publishers decide which weights the next run gets. Right would be a full commit"
            " id beside each name, passed as `revision=`."
        ),
        evidence=(Evidence(load.span, f"loads each at {moving}"), *decided.values()),
    )
