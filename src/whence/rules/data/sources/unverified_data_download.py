"""Data is fetched from an address and used without comparing it with a recorded digest."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator

from whence.rules.data.sources.data_names import (
    is_data,
    is_fixed_address,
    is_model,
    is_this_machine,
    shown,
)
from whence.rules.data.sources.data_records import is_pinned
from whence.rules.data.sources.fetches import Fetch, enforced, fetches_by_file
from whence.rules.data.sources.programs import beside, is_showcase, is_test, programs_of
from whence.rules.dependencies.containers.downloads import fetch_of, verified
from whence.rules.models.training.training_code import feeding_codes, training_codes
from whence.rules.models.trusted_loads import speaks_of
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph, asked_once
from whence.vocabulary.rule import rule

_SHOWN = 3


@rule(
    severity=Severity.HIGH,
    references=("CWE-494", "CWE-345", "AML.T0020", "AML.T0019", "OWASP-ML02:2023"),
)
def check(part: PythonModule | ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    """Data is fetched from an address and used without a checksum or signature.

    Whatever the address serves on the day of the run is what the model learns. A file that somebody
    has exchanged looks exactly like the one that was reviewed.

    ## Attack
    1. The adversary exchanges the file at its source, on a mirror, behind an expired domain or in a
       shared drive.
    2. The next run fetches it. Nothing compares it with what was reviewed.
    3. The model is trained on rows of the adversary's choice, for example with a trigger that
       decides the label.

    ## Fix
    Record the digest of the reviewed file with the code, and compare before the first use:
    ```python
    body = requests.get(URL, timeout=30).content
    if hashlib.sha256(body).hexdigest() != REVIEWED_SHA256:
        raise ValueError(f"{URL} is not the file that was reviewed")
    ```
    `pooch.retrieve(url, known_hash=…)`, `keras.utils.get_file(…, file_hash=…)` and DVC do the same.

    ## Score
    - AV:N the file is served over the network
    - AC:H the adversary must control the source first
    - PR:N no account of this project is needed
    - UI:N the next run fetches it by itself
    - S:U the model that is trained is changed
    - C:L a chosen row can make the model repeat others
    - I:H the model learns what the adversary wants
    - A:H a poisoned set can spoil the model altogether

    ## Bad
    ```python fetch.py
    import requests

    URL = "https://files.example.org/reviews/2024/reviews.csv"


    def fetch(target="data/raw/reviews.csv"):
        body = requests.get(URL, timeout=30).content  # finding
        with open(target, "wb") as out:
            out.write(body)


    fetch()
    ```
    ```python train.py
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    import fetch

    rows = pd.read_csv("data/raw/reviews.csv")
    LogisticRegression().fit(rows[["length"]], rows["label"])
    ```
    ## Bad: read straight from the address
    ```python train.py
    import pandas as pd
    import xgboost as xgb

    rows = pd.read_csv("https://files.example.org/loans/train.csv")  # finding
    xgb.train({}, xgb.DMatrix(rows.drop(columns="label"), rows["label"]))
    ```
    ## Bad: a script fetches, training reads
    ```shell scripts/get_data.sh
    set -euo pipefail
    curl -fsSL https://files.example.org/corpus/reviews.csv -o data/reviews.csv  # finding
    python train.py --data data/reviews.csv
    ```
    ```python train.py
    import pandas as pd
    from sklearn.svm import SVC

    rows = pd.read_csv("data/reviews.csv")
    SVC().fit(rows[["length"]], rows["label"])
    ```
    ## Good
    ```python train.py
    import hashlib

    import pandas as pd
    import requests
    from sklearn.linear_model import LogisticRegression

    URL = "https://files.example.org/reviews/2024/reviews.csv"
    REVIEWED = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


    def fetched(target):
        body = requests.get(URL, timeout=30).content
        if hashlib.sha256(body).hexdigest() != REVIEWED:
            raise ValueError("not the reviewed file")
        with open(target, "wb") as out:
            out.write(body)
        return target


    rows = pd.read_csv(fetched("data/raw/reviews.csv"))
    LogisticRegression().fit(rows[["length"]], rows["label"])
    ```
    ## Good: the library compares
    ```python train.py
    import keras
    import pandas as pd
    import pooch

    PATH = pooch.retrieve(
        "https://files.example.org/loans/train.csv",
        known_hash="sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )
    keras.Sequential().fit(pd.read_csv(PATH), epochs=1)
    ```
    """
    if is_test(part.span.path):
        return
    if isinstance(part, ShellCommand):
        yield from _in_shell(part, graph)
        return
    by_site: dict[Span, list[Fetch]] = defaultdict(list)
    for fetch in fetches_by_file(graph).get(part.span.path, ()):
        if fetch.digest or is_fixed_address(fetch.url) or is_this_machine(fetch.url):
            continue
        if not fetch.url.strip("?/") and "?" in (fetch.target or "?"):
            continue
        site = fetch.site
        if not is_data(fetch.url) and speaks_of(site.path, site.function.name, graph):
            continue
        if not _held_by_dvc(fetch, graph) and not enforced(programs_of(graph), site):
            by_site[fetch.site.span].append(fetch)
    for fetches in by_site.values():
        yield _in_code(fetches, graph)


def _held_by_dvc(fetch: Fetch, graph: SupplyGraph) -> bool:
    return any(
        is_pinned(path, graph) for path in beside(fetch.site.code.folder, fetch.target or "?")
    )


def _in_code(fetches: list[Fetch], graph: SupplyGraph) -> Observation:
    """One finding for one place, whichever of several addresses it is asked for."""
    fetch, site = fetches[0], fetches[0].site
    urls = sorted({shown(each.url) for each in fetches if "://" in each.url})
    what = ", ".join(f"`{url}`" for url in urls[:_SHOWN]) or "what an address serves"
    what += f" and {len(urls) - _SHOWN} more addresses" if len(urls) > _SHOWN else ""
    written = fetch.target.strip("?") and "://" not in fetch.target and len(urls) < 2
    into = f" into `{fetch.target}`" if written else ""
    asked = {each.url: _first_asker(each.url, site.path, graph) for each in fetches}
    several = len({_subject(each.url, each.target, asked[each.url]) for each in fetches}) > 1
    severity, because = _weight(site.path, site.path in feeding_codes(graph), graph)
    return Observation(
        subject=(
            f"data:{site.path}:{site.function.name}"
            if several
            else _subject(fetch.url, fetch.target, asked[fetch.url])
        ),
        message=(
            f"`{site.name}` fetches {what}{into} and nothing compares it with a recorded digest, so"
            " that whoever controls the address decides what is learnt. Right would be a SHA-256"
            " recorded with the code and compared before the first use."
        ),
        evidence=(Evidence(site.span, "fetched, never compared"),),
        severity=severity,
        because=because,
        confidence=Confidence.HIGH if urls else Confidence.MEDIUM,
    )


def _weight(path: str, feeds: bool, graph: SupplyGraph) -> tuple[Severity | None, str]:
    if is_showcase(path):
        return Severity.LOW, "it is an example, not what the project runs"
    if feeds:
        return None, ""
    if not training_codes(graph):
        return Severity.LOW, "nothing in the project is known to train on it"
    return Severity.MEDIUM, "it is not known that a training run reads it"


def _first_asker(url: str, path: str, graph: SupplyGraph) -> str:
    """The first file that fetches an address: what several take from one is one decision."""
    return _askers(graph).get(url, path) if "://" in url and "?" not in url else path


@asked_once
def _askers(graph: SupplyGraph) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, fetches in sorted(fetches_by_file(graph).items()):
        for fetch in fetches if not is_test(path) and not is_showcase(path) else ():
            found.setdefault(fetch.url, path)
    return found


def _subject(url: str, target: str, path: str) -> str:
    host = re.match(r"\w+://([^/?]+)", url)
    return f"data:{host[1].rpartition('@')[2]}:{path}" if host else f"data:{target or path}"


def _in_shell(command: ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    fetch = fetch_of(command)
    if fetch is None or is_model(fetch.url) or not (is_data(fetch.url) or is_data(fetch.target)):
        return
    if is_fixed_address(fetch.url) or verified(fetch, graph):
        return
    if is_pinned(posixpath.normpath(fetch.target), graph):
        return
    severity, because = _weight(command.span.path, bool(training_codes(graph)), graph)
    yield Observation(
        subject=_subject(fetch.url, fetch.target, command.span.path),
        message=(
            f"`{command.span.path}` fetches `{fetch.shown}` as data and nothing compares it with a"
            " recorded digest. Right would be `sha256sum --check` of a digest that stands in the"
            " repository, before the first use."
        ),
        evidence=(Evidence(command.span, "fetched, never compared"),),
        severity=severity,
        because=because,
    )
