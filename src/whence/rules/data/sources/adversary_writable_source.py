"""What strangers write goes into the training data, and nothing turns any of it away."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.data.sources.data_names import in_data_folder, is_data, shown
from whence.rules.data.sources.data_reads import Read, data_reads, matches, written_by_file
from whence.rules.data.sources.fetches import enforced
from whence.rules.data.sources.programs import Code, Site, is_showcase, is_test, programs_of
from whence.rules.data.sources.public_sources import (
    PublicSource,
    handler_names,
    handlers_by_file,
    public_sources,
    turned_away,
)
from whence.rules.data.sources.taken_up import is_taken_up
from whence.rules.data.sources.training_readers import training_readers
from whence.rules.data.sources.words import Words
from whence.rules.models.training.training_code import feeding_codes, training_codes, training_reach
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import OriginKind, TrainingRun
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Function, PythonModule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_OPENERS = (
    "S3FileSystem",
    "GCSFileSystem",
    "filesystem",
    "open",
    "Config",
    "create_anonymous_client",
)
_FROM_USERS = re.compile(
    r"(?i)(?:^|[._\-/ ])(?:feedback|comments?|reviews?|posts?|tweets?|chats?|user\w*|clicks?|corrections?|ratings?|labels?)(?:[._\-/ ]|$)"
)
_CALLERS = 4
_ANONYMOUS = {"anon": "True", "token": "anon", "signature_version": "UNSIGNED"}


@rule(
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    references=("CWE-349", "CWE-20", "AML.T0020", "OWASP-ML02:2023", "OWASP-LLM04:2025"),
)
def check(
    part: PythonModule | ShellCommand | TrainingRun, graph: SupplyGraph
) -> Iterator[Observation]:
    """Training takes in what strangers can write, and no step can turn any of it away.

    Pages, forums, wikis, public buckets and the feedback of users are written by whoever likes to. A
    few hundred chosen rows are enough to make a model answer what their author wants when a trigger
    appears.

    ## Attack
    1. The adversary posts texts with a trigger phrase and the wanted label: reviews, wiki edits,
       thumbs, comments.
    2. The next collection run puts them into the training set.
    3. The retrained model follows the trigger. Its other answers stay as they were, so that the
       overall accuracy shows nothing.

    ## Fix
    Put a step between collection and training that can refuse, and keep what is refused:
    ```python
    rows = [row for row in collected if row["status"] == "approved"]
    screen(rows, limits)  # duplicates, triggers, label shift against the last release
    ```

    ## Score
    - AV:N anybody can post
    - AC:L a post is all it takes
    - PR:N no account of this project is needed
    - UI:N the collection runs by itself
    - S:U the model that is trained is changed
    - C:N the rows disclose nothing
    - I:H the model learns what the adversary wants
    - A:N training goes on

    ## Bad
    ```python collect.py
    import json

    import requests
    from bs4 import BeautifulSoup


    def collect(urls):
        with open("data/raw/forum.jsonl", "w") as out:
            for url in urls:
                page = BeautifulSoup(requests.get(url, timeout=9).text, "html.parser")  # finding
                for post in page.select("div.post"):
                    out.write(json.dumps({"text": post.text, "label": 1}) + "\\n")
    ```
    ```python train.py
    import pandas as pd
    from sklearn.naive_bayes import MultinomialNB

    rows = pd.read_json("data/raw/forum.jsonl", lines=True)
    MultinomialNB().fit(rows[["length"]], rows["label"])
    ```
    ## Bad: the service writes what training reads
    ```python api.py
    import json

    from fastapi import FastAPI

    app = FastAPI()


    @app.post("/correct")
    def correct(text: str, label: str):
        with open("data/online.jsonl", "a") as out:  # finding
            out.write(json.dumps({"text": text, "label": label}) + "\\n")
    ```
    ```python retrain.py
    import pandas as pd
    from sklearn.linear_model import SGDClassifier

    rows = pd.read_json("data/online.jsonl", lines=True)
    SGDClassifier().partial_fit(rows[["length"]], rows["label"])
    ```
    ## Bad: a table that users fill
    ```python retrain.py
    import pandas as pd
    import sqlalchemy
    from sklearn.linear_model import SGDClassifier

    engine = sqlalchemy.create_engine("postgresql://db/app")
    rows = pd.read_sql("SELECT text, label FROM user_feedback", engine)  # finding
    SGDClassifier().fit(rows[["length"]], rows["label"])
    ```
    ## Good: for display only
    ```python dashboard.py
    import feedparser
    import streamlit as st

    for entry in feedparser.parse("https://forum.example.org/feed").entries:
        st.write(entry.title)
    ```
    ```python train.py
    import pandas as pd
    from sklearn.naive_bayes import MultinomialNB

    rows = pd.read_csv("data/reviews.csv")
    MultinomialNB().fit(rows[["length"]], rows["label"])
    ```
    ## Good: somebody approves
    ```python retrain.py
    import pandas as pd
    import sqlalchemy
    from sklearn.linear_model import SGDClassifier

    engine = sqlalchemy.create_engine("postgresql://db/app")
    rows = pd.read_sql("SELECT text, label FROM user_feedback WHERE approved", engine)
    SGDClassifier().fit(rows[["length"]], rows["label"])
    ```
    """
    path = part.span.path
    if is_test(path) or is_showcase(path) or not training_codes(graph):
        return
    if isinstance(part, ShellCommand):
        yield from _in_shell(part)
        return
    if isinstance(part, TrainingRun):
        yield from _at_once(part)
        return
    programs = programs_of(graph)
    code = programs.by_path[path]
    if _feeds(code, graph):
        entering: dict[tuple[str, int], PublicSource] = {}
        for source in public_sources(programs, code):
            if is_taken_up(programs, source.site, graph) and not turned_away(programs, source.site):
                at = (source.site.function.name, source.site.span.first)
                if at not in entering or "://" in source.name:
                    entering[at] = source
        for source in entering.values():
            yield _observation(source)
        yield from _anonymous(code, graph)
    yield from _written_by_requests(code, graph)


def _at_once(run: TrainingRun) -> Iterator[Observation]:
    """A model that learns from requests or from messages of users as they come."""
    if run.validated:
        return
    for origin in run.unguarded:
        from_users = origin.kind is OriginKind.MESSAGE and _FROM_USERS.search(origin.detail)
        if origin.kind is not OriginKind.REQUEST and not from_users:
            continue
        what = "what a request carries" if not from_users else f"messages of `{origin.detail}`"
        yield Observation(
            subject=f"strangers:{run.span.path}:{run.function}",
            message=(
                f"`{run.callee}` learns from {what} at once, so that whoever can send it decides what the model"
                " answers next. Right would be to collect, review and screen before training."
            ),
            evidence=(
                Evidence(run.span, "learns here"),
                *(Evidence(span, "enters here") for span in (origin.span,) if span != run.span),
            ),
        )
        return


def _feeds(code: Code, graph: SupplyGraph) -> bool:
    """Whether what a file collects gets to training: by import, or by a file that both name."""
    if code.path in training_reach(graph):
        return True
    written = [text for text, _ in written_by_file(graph).get(code.path, ())]
    if any(_read_by_training(text, graph, code.path) for text in written):
        return True
    return code.path in feeding_codes(graph) and any(
        is_data(text) and in_data_folder(text) for text in written
    )


def _read_by_training(written: str, graph: SupplyGraph, writer: str) -> bool:
    base = posixpath.basename(written)
    if "?" in base or len(base) < 4:
        return False
    return training_readers(graph).other_than(writer, written)


def _observation(source: PublicSource) -> Observation:
    name = f" (`{shown(source.name)}`)" if source.name != source.what else ""
    return Observation(
        subject=f"strangers:{source.name}:{source.site.path}",
        message=(
            f"`{source.site.path}` puts {source.what}{name} into the training data, and no step on the way"
            " can refuse a row. Right would be a review or a screening that rejects before training."
        ),
        evidence=(Evidence(source.site.span, f"{source.what} enter here"),),
    )


def _written_by_requests(code: Code, graph: SupplyGraph) -> Iterator[Observation]:
    """Handlers of requests that write a file which training reads."""
    handlers = handlers_by_file(graph).get(code.path, [])
    programs = programs_of(graph)
    for text, spans in written_by_file(graph).get(code.path, ()):
        for span in spans:
            if not _in_handler(code, span, handlers) and not _for_handler(code, span, graph):
                continue
            if not _read_by_training(text, graph, code.path):
                continue
            reads = [
                r for r in data_reads(graph) if matches(text, r.written) or matches(r.written, text)
            ]
            readers = [
                programs.by_path[r.span.path] for r in reads if r.span.path in programs.by_path
            ]
            if any(
                turned_away(programs, site)
                for reader in readers
                for site in _sites_at(reader, reads, graph)
            ):
                continue
            yield Observation(
                subject=f"strangers:{text}",
                message=(
                    f"Requests write `{text}` ({span}) and training reads it: whoever can send a request"
                    " decides what is learnt. Right would be a review between the two."
                ),
                evidence=(
                    Evidence(span, "a request writes it"),
                    *(Evidence(r.span, "training reads it") for r in reads[:3]),
                ),
            )


def _in_handler(code: Code, span: Span, handlers: list[tuple[Span, str]]) -> bool:
    names = {name for _, name in handlers}
    for function in code.module.functions:
        first = code.module.place(function.line).first
        last = code.module.place(function.last).first
        if function.name in names and first <= span.first <= last:
            return True
    return False


def _for_handler(code: Code, span: Span, graph: SupplyGraph) -> bool:
    """Whether a handler of requests, here or in another file, calls what writes here."""
    programs = programs_of(graph)
    known = handler_names(graph)
    level = [(code, function) for function in code.module.functions if _holds(code, function, span)]
    for _ in range(_CALLERS):
        if any((at.path, function.name) in known for at, function in level):
            return True
        level = [
            (caller.code, caller.function)
            for at, function in level
            for caller in programs.callers(at, function)
            if not caller.code.is_test
        ]
    return False


def _holds(code: Code, function: Function, span: Span) -> bool:
    first = code.module.place(function.line).first
    return (
        function.kind == "function"
        and first <= span.first <= code.module.place(function.last).first
    )


def _sites_at(reader: Code, reads: list[Read], graph: SupplyGraph) -> Iterator[Site]:
    spans = {read.span for read in reads}
    for function in reader.module.functions:
        for site in programs_of(graph).calls_in(function, reader):
            if site.span in spans:
                yield site


def _anonymous(code: Code, graph: SupplyGraph) -> Iterator[Observation]:
    """Buckets that are read without an account: open to the public."""
    programs = programs_of(graph)
    words = Words(programs)
    for site in programs.calls_of(code, *_OPENERS):
        if not re.match(
            r"(?:s3fs|gcsfs|fsspec|boto(?:3|core)|google\.cloud\.storage)\b", site.name
        ):
            continue
        open_to_all = site.tail == "create_anonymous_client" or any(
            value in words.of(site, name) or _names(site, name, value)
            for name, value in _ANONYMOUS.items()
        )
        if open_to_all and not enforced(programs, site) and not turned_away(programs, site):
            yield Observation(
                subject=f"strangers:public-bucket:{code.path}",
                message=(
                    f"`{site.name}` reads a public bucket without an account and training takes what it"
                    " holds. Right would be recorded digests, or a review before training."
                ),
                evidence=(Evidence(site.span, "anonymous access"),),
                severity=Severity.MEDIUM,
                because="a bucket that everybody reads need not be one that everybody writes",
            )


def _names(site: Site, name: str, value: str) -> bool:
    index = site.argument(name)
    held = site.function.values[index] if index is not None else None
    return getattr(held, "dotted", "").endswith(value) and name == "signature_version"


def _in_shell(command: ShellCommand) -> Iterator[Observation]:
    argv = command.argv
    public = "--no-sign-request" in argv and {"cp", "sync"} & set(argv)
    if public and any("s3://" in word for word in argv):
        bucket = next(word for word in argv if "s3://" in word)
        yield Observation(
            subject=f"strangers:{bucket}",
            message=(
                f"`{bucket}` is a public bucket that is read without an account, and its content goes to"
                " training unreviewed. Right would be recorded digests, or a review before training."
            ),
            evidence=(Evidence(command.span, "anonymous access"),),
            severity=Severity.MEDIUM,
            because="a bucket that everybody reads need not be one that everybody writes",
        )
