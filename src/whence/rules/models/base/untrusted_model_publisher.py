"""Models from publishers that nobody knows, or that look like ones that everybody does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.models.publishers import is_known, lookalike_of, owner_of_known, repository_of
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import ModelLoad
from whence.vocabulary.fact.dependencies import PackageManifest
from whence.vocabulary.fact.models import ModelOrigin
from whence.vocabulary.fact.repository import OwnerRule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SHOWN = 8
_SAYS = frozenset(("card", "config", "adapter", "hub-cache"))


@rule(
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    references=("CWE-1357", "CWE-349", "AML.T0010.003", "AML.T0058", "OWASP-LLM03:2025"),
)
def check(use: ModelLoad | ModelOrigin, graph: SupplyGraph) -> Iterator[Observation]:
    """A model comes from a publisher that nobody here vouches for.

    Anyone can open an account on a hub, upload a copy of a known model with weights of their own
    and choose a name that looks like the original. What such a model does on rare inputs shows in no
    benchmark.

    ## Attack
    1. The adversary uploads a re-trained copy of a popular model under a name close to the original,
       or takes over the name of a publisher that was renamed.
    2. Somebody copies the name from a search result or a snippet.
    3. The model behaves well until an input carries the adversary's trigger.

    ## Fix
    Take the model from the publisher that made it, at a commit; or review this one, copy it to a store
    of your own, and load it from there:
    ```python
    AutoModel.from_pretrained("FacebookAI/roberta-base", revision="<40 hex digits>")
    ```

    ## Score
    - AV:N models are fetched over the network
    - AC:H somebody must choose the adversary's model
    - PR:N an account on a hub is free
    - UI:R somebody chooses and loads it
    - S:U the model itself is affected
    - C:L what is sent to the model can be drawn out of it where the format carries code
    - I:H the weights decide every prediction
    - A:N the service keeps running

    ## Bad
    ```markdown models/encoder/README.md
    ---
    base_model: facebookAl/roberta-base  <!-- finding -->
    ---
    ```
    ## Good
    ```markdown models/encoder/README.md
    ---
    base_model: FacebookAI/roberta-base
    ---
    ```
    ## Good: the organisation's own model
    ```markdown models/encoder/README.md
    ---
    base_model: acme/encoder
    ---
    ```
    ```text CODEOWNERS
    /models/ @acme/ml-platform
    ```
    """
    repository = _repository(use)
    owner, _, name = repository.partition("/")
    if not name or is_known(owner) or _is_own(owner, graph):
        return
    if isinstance(use, ModelOrigin) and use.kind not in _SAYS:
        return
    places = _places(repository, graph)
    if not places or places[0] != use.span:
        return
    severity, because, reason = _judged(owner, name)
    yield Observation(
        subject=repository,
        message=(
            f"`{repository}` {reason}. Right would be the original publisher's model, or a commit of"
            " this one that was reviewed, kept in the project's own store."
        ),
        evidence=tuple(Evidence(span, f"names `{repository}`") for span in places[:_SHOWN]),
        severity=severity,
        because=because,
        confidence=Confidence.HIGH if severity is Severity.HIGH else None,
    )


def _judged(owner: str, name: str) -> tuple[Severity | None, str, str]:
    original = lookalike_of(owner)
    if original:
        reason = f"looks like `{original}/{name}` and is another publisher"
        return Severity.HIGH, "the name is made to be taken for a known publisher's", reason
    known = owner_of_known(name)
    if known:
        return None, "", f"is a copy of a model that `{known}` publishes, uploaded by `{owner}`"
    return None, "", f"comes from `{owner}`, which is no publisher that whence or the project knows"


def _repository(use: ModelLoad | ModelOrigin) -> str:
    if isinstance(use, ModelOrigin):
        return "" if use.relation == "made" else repository_of(use.origin)
    return "" if use.local else repository_of(use.artefact)


def _places(repository: str, graph: SupplyGraph) -> list[Span]:
    """Where the project names it, loads first."""
    loads = [use.span for use in graph.facts_of(ModelLoad) if _repository(use) == repository]
    said = [use.span for use in graph.facts_of(ModelOrigin) if _repository(use) == repository]
    return [*loads, *said]


def _is_own(owner: str, graph: SupplyGraph) -> bool:
    """Whether the project's own reviewers belong to an organisation of that name, or it has the name."""
    named = {_plain(each.name) for each in graph.facts_of(PackageManifest) if each.name}
    return _plain(owner) in named or any(
        name.lstrip("@").split("/")[0].lower() == owner.lower()
        for each in graph.facts_of(OwnerRule)
        for name in each.owners
        if name.startswith("@") and "/" in name
    )


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.lower())
