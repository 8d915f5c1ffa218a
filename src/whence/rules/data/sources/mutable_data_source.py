"""Data is taken by a name that means something else tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.data_names import (
    is_data,
    is_fixed_address,
    is_model,
    moving_part,
    shown,
)
from whence.rules.data.sources.fetches import enforced, fetches_by_file
from whence.rules.data.sources.named_sources import named_sources
from whence.rules.data.sources.programs import is_showcase, is_test, programs_of
from whence.rules.models.hub_names import is_commit, is_local_name, named_models
from whence.rules.models.training.training_code import feeding_codes
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import ConfigValue, DatasetLoad
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_BUILDERS = frozenset({"csv", "json", "parquet", "text", "arrow", "pandas", "imagefolder", "sql", "xml",
                       "audiofolder", "webdataset", "videofolder", "pdffolder", "spark", "generator"})  # fmt: skip
_FETCHERS = frozenset(
    {"curl", "wget", "aws", "gsutil", "gcloud", "az", "rclone", "s5cmd", "mc", "azcopy"}
)
_RELEASE = re.compile(r"v?\d+(?:\.\d+)+(?:[-.\w]*)?|v\d+")
_NOT_DATA = re.compile(
    r"(?:^|/)(?:\.github|\.gitlab-ci|\.pre-commit|mkdocs|docs?|pyproject|package|renovate|\.circleci)"
)

_DATASETS_OF_HUB = re.compile(r"(?:https://|git@)(?:huggingface\.co|hf\.co)[/:]datasets/")

_FORGES = re.compile(
    r"https://(?:raw\.githubusercontent\.com|github\.com|gitlab\.com|huggingface\.co/datasets)/[^/?{]+/[^/?{]+(?=/)"
)


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-494", "CWE-829", "AML.T0020", "AML.T0010.002", "OWASP-LLM03:2025"),
)
def check(
    part: DatasetLoad | PythonModule | ShellCommand | ConfigValue, graph: SupplyGraph
) -> Iterator[Observation]:
    """Data is taken by a name that its owner can point to other bytes.

    A hub data set without a commit, a branch of a repository, a key called `latest` or an object
    without its version: the next run trains on whatever stands there by then. Nobody can say later
    what a model was trained on.

    ## Attack
    1. The adversary takes over the publisher's account, gets a change into the branch, or can write
       the bucket.
    2. New rows appear under the old name, among them some that carry a trigger.
    3. The next training run takes them. No line of the project has changed.

    ## Fix
    Name the version that was reviewed:
    ```python
    load_dataset("acme/reviews", revision="0f1e2d3c4b5a69788796a5b4c3d2e1f001122334")
    client.get_object(Bucket=BUCKET, Key=KEY, VersionId="3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH")
    ```
    or compare a recorded digest after the fetch.

    ## Score
    - AV:N the hub, repository or bucket is reached over the network
    - AC:H the publisher's account or the store must be taken first
    - PR:N no account of this project is needed
    - UI:N the next run takes the new rows by itself
    - S:U the model that is trained is changed
    - C:N rows disclose nothing of the project
    - I:H the model learns what the adversary wants
    - A:N training goes on

    ## Bad
    ```python train.py
    from datasets import load_dataset

    reviews = load_dataset("acme/product-reviews", split="train")  # finding
    ```
    ## Bad: a branch, and a key that moves
    ```python ingest.py
    import boto3
    import pandas as pd

    URL = "https://raw.githubusercontent.com/acme/corpora/main/reviews.csv"
    frame = pd.read_csv(URL)  # finding
    boto3.client("s3").download_file("acme-data", "reviews/latest/train.parquet", "train.parquet")  # finding
    ```
    ## Good
    ```python train.py
    import boto3
    from datasets import load_dataset

    COMMIT = "0f1e2d3c4b5a69788796a5b4c3d2e1f001122334"
    reviews = load_dataset("acme/product-reviews", split="train", revision=COMMIT)
    rows = load_dataset("csv", data_files="data/train.csv")
    body = boto3.client("s3").get_object(
        Bucket="acme-data", Key="reviews/train.parquet", VersionId="3sL4kqtJlcpXroDTDmJ"
    )
    ```
    """
    if is_test(part.span.path):
        return
    if isinstance(part, DatasetLoad):
        yield from _from_hub(part, graph)
    elif isinstance(part, PythonModule):
        yield from _in_code(part, graph)
    elif isinstance(part, ShellCommand):
        yield from _in_shell(part, graph)
    else:
        yield from _in_configuration(part, graph)


def _from_hub(load: DatasetLoad, graph: SupplyGraph) -> Iterator[Observation]:
    if load.local or is_commit(load.revision) or load.revision == "?":
        return
    named = [
        (name, origin)
        for name, origin in named_models(load)
        if name not in _BUILDERS and not is_local_name(name, load, graph) and not is_data(name)
    ]
    if not named:
        return
    where = f"the moving name `{load.revision}`" if load.revision else "no revision"
    severity, because = _showcase(load.span.path)
    if _RELEASE.fullmatch(load.revision):
        severity = Severity.LOW
        because = "the tag names a release, which its publisher can still move"
    names = sorted({name for name, _ in named})
    shown_names = ", ".join(f"`{name}`" for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    places = [Evidence(load.span, f"loads {shown_names}{more} at {where}")]
    decisions = sorted({origin.decision for _, origin in named if origin.decision.path})
    places += [Evidence(span, "named here") for span in decisions[:6] if span != load.span]
    one = names[0] if len(names) == 1 else f"{load.span.path}:{load.function}"
    yield Observation(
        subject=f"dataset:{one}",
        message=(
            f"{shown_names}{more} {'is' if len(names) == 1 else 'are'} loaded from the hub at {where}, so"
            " the publisher decides which rows the next run gets. Right would be `revision=` with the"
            " full commit id that was reviewed."
        ),
        evidence=tuple(places),
        severity=severity,
        because=because,
    )


def _showcase(path: str) -> tuple[Severity | None, str]:
    if is_showcase(path):
        return Severity.LOW, "it is an example, not what the project runs"
    return None, ""


def _in_code(part: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    programs = programs_of(graph)
    path = part.span.path
    for fetch in fetches_by_file(graph).get(path, ()):
        moving = moving_part(fetch.url)
        if moving and not fetch.digest and not is_fixed_address(fetch.url):
            if not enforced(programs, fetch.site):
                yield _moving(fetch.url, moving, fetch.site.span, graph)
    for found in named_sources(programs, programs.by_path[path]):
        if enforced(programs, found.site):
            continue
        severity, because = _showcase(path)
        moving = moving_part(found.name)
        if found.unversioned and not moving:
            severity, because = (
                Severity.LOW,
                "the name is fixed, and who can write the store is the project's own choice",
            )
        yield Observation(
            subject=f"dataset:{found.name}",
            message=f"`{found.site.name}` takes `{shown(found.name)}` {found.how}. Right would be {found.right}.",
            evidence=(Evidence(found.site.span, found.how),),
            severity=severity,
            because=because,
        )


def _moving(name: str, moving: str, span: Span, graph: SupplyGraph) -> Observation:
    severity, because = _showcase(span.path)
    if severity is None and not feeding_codes(graph):
        severity, because = Severity.LOW, "nothing in the project is known to train on it"
    return Observation(
        subject=f"dataset:{_repository(name, moving)}",
        message=(
            f"`{shown(name)}` is taken at `{moving}`, which means other bytes as soon as somebody moves"
            " it. Right would be the commit or version that was reviewed."
        ),
        evidence=(Evidence(span, f"`{moving}` moves"),),
        severity=severity,
        because=because,
    )


def _repository(address: str, moving: str) -> str:
    """The repository and branch, which one hand moves for all of its files."""
    held = _FORGES.match(address)
    return f"{held[0]}@{moving}" if held else shown(address)


def _in_shell(command: ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    yield from _by_tool(command, graph)
    argv = command.argv
    name = argv[0].rpartition("/")[2]
    text = " ".join(argv)
    if (
        name in ("hf", "huggingface-cli")
        and "download" in argv
        and re.search(r"--repo-type[ =]dataset", text)
    ):
        revision = re.search(r"--revision[ =](\S+)", text)
        if revision is None or not is_commit(revision[1]):
            where = f"at `{revision[1]}`" if revision else "without `--revision`"
            yield _command(command, argv[argv.index("download") + 1], where, "the full commit id")
    elif (
        name == "dvc"
        and argv[1:2] in (("import",), ("get",))
        and "--rev" not in argv
        and len(argv) > 3
    ):
        plain = [word for word in argv[2:] if not word.startswith("-")]
        if argv[1] == "get" and "://" in plain[0]:
            yield _command(command, plain[0], "without `--rev`", "`--rev` with a commit")
    elif re.fullmatch(r"python[\d.]*", name) or name in _FETCHERS:
        for word in (each.rpartition("=")[2] for each in argv[1:]):
            moving = moving_part(word)
            if moving and "://" in word and is_data(word) and not is_model(word):
                yield _moving(word, moving, command.span, graph)
                return
    elif name == "wandb" and argv[1:3] == ("artifact", "get") and argv[-1].endswith(":latest"):
        yield _command(command, argv[-1], "at `latest`", "a version such as `:v12`")


def _by_tool(command: ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    """Data sets that `kaggle` and `git` bring as they are today."""
    argv = command.argv
    name = argv[0].rpartition("/")[2]
    if name == "kaggle" and argv[1:3] == ("datasets", "download"):
        named = [word for word in argv[3:] if re.fullmatch(r"[\w.-]+/[\w.-]+", word)]
        for each in named[:1]:
            yield _command(command, f"kaggle:{each}", "at its newest version", "a recorded digest")
    elif name == "git" and "clone" in argv[1:4]:
        yield from _cloned(command, graph)


def _cloned(command: ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    """A data set that is cloned at the head of its branch, and that no checkout fixes."""
    address = next((word for word in command.argv if _DATASETS_OF_HUB.match(word)), "")
    fixed = any(
        other.argv[0] == "git" and any(is_commit(word) for word in other.argv)
        for other in graph.facts_in(command.span.path, ShellCommand)
    )
    if address and not fixed:
        yield _command(
            command, address, "at the head of its branch", "`git checkout` of the commit"
        )


def _command(command: ShellCommand, name: str, how: str, right: str) -> Observation:
    return Observation(
        subject=f"dataset:{name}",
        message=f"`{command.argv[0]}` takes `{shown(name)}` {how}. Right would be {right}.",
        evidence=(Evidence(command.span, how),),
    )


def _in_configuration(value: ConfigValue, graph: SupplyGraph) -> Iterator[Observation]:
    text = value.value.strip()
    if "://" not in text or _NOT_DATA.search(value.span.path) or " " in text:
        return
    moving = moving_part(text)
    if moving and is_data(text) and not is_model(text) and not is_fixed_address(text):
        yield _moving(text, moving, value.span, graph)
