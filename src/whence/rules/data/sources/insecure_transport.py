"""Something is fetched without encryption, or without asking who answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.data_names import (
    is_data,
    is_inside,
    is_model,
    is_this_machine,
    shown,
)
from whence.rules.data.sources.fetches import enforced
from whence.rules.data.sources.programs import Site, is_showcase, is_test, programs_of
from whence.rules.data.sources.transport import (
    OPEN_VARIABLES,
    plain_addresses,
    plain_commands,
    unchecked_calls,
    unchecked_stores,
)
from whence.rules.data.sources.words import Words
from whence.rules.dependencies.containers.downloads import fetch_of, verified
from whence.rules.models.training.training_code import feeding_codes
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.containers import ComposeService, ImageInstruction
from whence.vocabulary.fact.deployment import (
    ManifestContainer,
    ShellAssignment,
    ShellCommand,
    Workflow,
    WorkflowJob,
    WorkflowStep,
)
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_Part = (
    PythonModule | ShellCommand | ShellAssignment | ConfigValue | ImageInstruction
    | ComposeService | ManifestContainer | Workflow | WorkflowJob | WorkflowStep
)  # fmt: skip
_SOURCE_VARIABLE = re.compile(
    r"HF_ENDPOINT|HF_HUB_ENDPOINT|MLFLOW_(?:TRACKING_URI|REGISTRY_URI|S3_ENDPOINT_URL)|WANDB_BASE_URL"
    r"|(?:AWS_|S3_|MINIO_|AWS_S3_)ENDPOINT(?:_URL)?(?:_S3)?|AWS_ENDPOINT_URL_S3|TORCH_HUB_URL|NLTK_DATA_URL"
    r"|(?:\w+_)?(?:MODELS?|DATA|DATASETS?|WEIGHTS|CHECKPOINTS?|ARTIFACTS?|CORPUS)_(?:\w+_)?(?:URL|URI|ENDPOINT|MIRROR)"
)
_KNOWN_HOSTS = "Right would be `RejectPolicy` and the host's key in a `known_hosts` file that the project keeps."
_CHECKS_ON = 'Right would be https with the checks on, and for an own authority `verify="ca.pem"`.'


@rule(
    severity=Severity.HIGH,
    references=("CWE-319", "CWE-295", "AML.T0020", "OWASP-ML02:2023"),
)
def check(
    part: PythonModule
    | ShellCommand
    | ShellAssignment
    | ConfigValue
    | ImageInstruction
    | ComposeService
    | ManifestContainer
    | Workflow
    | WorkflowJob
    | WorkflowStep,
    graph: SupplyGraph,
) -> Iterator[Observation]:
    """Something is fetched over http or ftp, or with the check of the other side's certificate off.

    Everybody on the way (the network of the office, a provider, whoever answers the name query) can
    read what is fetched and exchange it. Encryption without a checked certificate is the same:
    nobody knows who is at the other end.

    ## Attack
    1. The adversary stands on the way: a shared network, a proxy, a poisoned name server.
    2. The job asks for its data or model. The adversary answers.
    3. The run trains on, or loads, what the adversary sent. Tokens sent with the request are read.

    ## Fix
    Use https and leave the checks on. Where the server has a certificate of your own authority, name
    that authority instead of trusting everybody:
    ```python
    requests.get("https://data.example.org/reviews.csv", verify="/etc/ssl/example-ca.pem", timeout=30)
    ```

    ## Score
    - AV:N anybody on the network path
    - AC:H the adversary must get onto that path
    - PR:N no account is needed
    - UI:N the job fetches by itself
    - S:U what is fetched is changed
    - C:H tokens and data are read on the way
    - I:H what is trained on or loaded is another
    - A:N the answer still arrives

    ## Bad
    ```python fetch.py
    import urllib.request

    SOURCE = "http://files.example.org/reviews/2024.csv"
    urllib.request.urlretrieve(SOURCE, "data/raw/reviews.csv")  # finding
    ```
    ```python train.py
    import pandas as pd
    from sklearn.svm import SVC

    import fetch

    rows = pd.read_csv("data/raw/reviews.csv")
    SVC().fit(rows[["length"]], rows["label"])
    ```
    ## Bad: a session that trusts everybody
    ```python train_client.py
    import requests


    class Store:
        def __init__(self):
            self.session = requests.Session()
            self.session.verify = False  # finding

        def rows(self):
            return self.session.get("https://data.example.org/rows.csv", timeout=9).text
    ```
    ## Bad: in a script and in an image
    ```shell scripts/get_data.sh
    curl -k https://data.example.org/reviews.csv -o data/reviews.csv  # finding
    ```
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    ENV PYTHONHTTPSVERIFY=0  # finding
    ```
    ## Good: this machine, and a name that is never fetched
    ```python status.py
    import requests

    NAMESPACE = {"svg": "http://www.w3.org/2000/svg"}


    def healthy():
        return requests.get("http://localhost:8080/healthz", timeout=3).ok


    def rows():
        return requests.get("https://data.example.org/rows.csv", verify="/etc/ssl/ca.pem", timeout=9)
    ```
    """
    path = part.span.path
    if is_test(path):
        return
    if isinstance(part, PythonModule):
        yield from _in_code(part, graph)
    elif isinstance(part, ShellCommand):
        yield from _in_shell(part, graph)
    elif isinstance(part, ConfigValue):
        yield from _in_configuration(part)
    else:
        for name, value, span in _variables(part):
            if value.strip("\"' ").lower() in OPEN_VARIABLES.get(name, ()):
                yield _observation(
                    f"transport:{name}:{path}",
                    f"`{name}={value}` turns the check of certificates off for everything that runs here.",
                    span,
                    None,
                    "",
                )
            elif _names_source(name, value):
                yield _observation(
                    f"transport:{name}:{path}",
                    f"`{name}` names `{shown(value)}`, from which models or data come without encryption.",
                    span,
                    None,
                    "",
                )


def _names_source(name: str, value: str) -> bool:
    """Whether a variable sends what fetches models or data to a plain address outside."""
    if not _SOURCE_VARIABLE.fullmatch(name):
        return False
    text = value.strip("\"' ")
    if not re.match(r"(?:http|ftp)://[\w-]+\.\w", text):
        return False
    return not (is_this_machine(text) or is_inside(text))


def _in_code(part: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    programs = programs_of(graph)
    words = Words(programs)
    code = programs.by_path[part.span.path]
    for site, url in plain_addresses(programs, words, code):
        if is_this_machine(url) or (is_inside(url) and not (is_data(url) or is_model(url))):
            continue
        if _is_any_host(url) and not (is_data(url) or is_model(url)):
            continue
        severity, because = _weight(site, url, graph)
        scheme = url.partition(":")[0]
        yield _observation(
            f"transport:{re.sub(r'^[^/]*//([^/@]*@)?', '', url).partition('/')[0]}",
            f"`{site.name}` asks `{shown(url)}` over {scheme}: whoever stands on the way can exchange the answer.",
            site.span,
            severity,
            because,
        )
    for site, how in unchecked_calls(programs, words, code):
        severity, because = _weight(site, "", graph)
        host = "paramiko" in site.name or "paramiko" in how
        yield _observation(
            f"transport:unchecked:{code.path}",
            f"`{how}` lets any host answer, whatever key it shows."
            if host
            else f"`{how}` turns the check of the other side's certificate off in `{site.name}`.",
            site.span,
            severity,
            because,
            _KNOWN_HOSTS if host else _CHECKS_ON,
        )
    for span, how in unchecked_stores(programs, words, code):
        severity, because = _context(code.path, code.path in feeding_codes(graph))
        yield _observation(
            f"transport:unchecked:{code.path}",
            f"`{how}` turns the check of certificates off for every request that follows.",
            span,
            severity,
            because,
        )


def _is_any_host(url: str) -> bool:
    """Whether nothing is known of who answers: mostly a neighbour of the same host or cluster."""
    host = url.partition("//")[2].partition("/")[0]
    return "?" in host and not re.search("[A-Za-z]", host)


def _host(url: str) -> str:
    """The host of an address that is written down; empty where a variable names it."""
    found = re.match(r"\w+://(?:[^/@]*@)?([\w.-]+)(?:[:/]|$)", url)
    return found[1] if found else ""


def _weight(site: Site, url: str, graph: SupplyGraph) -> tuple[Severity | None, str]:
    if is_showcase(site.path):
        return Severity.LOW, "it is an example, not what the project runs"
    if enforced(programs_of(graph), site):
        return Severity.LOW, "a digest of what arrives is compared and acted upon"
    if is_inside(url):
        return Severity.LOW, "the address is in a private network"
    return _context(site.path, is_data(url) or is_model(url) or site.path in feeding_codes(graph))


def _context(path: str, feeds: bool) -> tuple[Severity | None, str]:
    if is_showcase(path):
        return Severity.LOW, "it is an example, not what the project runs"
    if feeds:
        return None, ""
    return Severity.MEDIUM, "it is not known that data or models come this way"


def _in_shell(command: ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    path = command.span.path
    for url, how in plain_commands(command):
        if is_this_machine(url) or (is_inside(url) and not is_data(url) and "://" in how):
            continue
        severity, because = _context(path, True)
        fetch = fetch_of(command)
        if fetch is not None and verified(fetch, graph):
            severity, because = Severity.LOW, "a digest of what arrives is compared"
        yield _observation(
            f"transport:{_host(url)}" if _host(url) else f"transport:{shown(url) or how}:{path}",
            f"`{command.argv[0]}` fetches with `{how}`: whoever stands on the way can exchange the answer.",
            command.span,
            severity,
            because,
        )


def _in_configuration(value: ConfigValue) -> Iterator[Observation]:
    text = value.value.strip()
    if not re.match(r"(?:http|ftp)://", text) or not (is_data(text) or is_model(text)):
        return
    if is_this_machine(text) or re.search(r"\.github/|mkdocs|schema|\$id|conda|xmlns|namespace|@|context",
                                         f"{value.span.path}#{value.key}"):  # fmt: skip
        return
    yield _observation(
        f"transport:{re.sub(r'^[^/]*//([^/@]*@)?', '', text).partition('/')[0]}",
        f"`{value.key}` names `{shown(text)}`, which is fetched without encryption.",
        value.span,
        Severity.LOW if is_inside(text) else None,
        "the address is in a private network" if is_inside(text) else "",
    )


def _variables(part: _Part) -> Iterator[tuple[str, str, Span]]:
    if isinstance(part, ShellAssignment):
        yield part.name, part.value, part.span
    elif isinstance(part, ImageInstruction):
        if part.keyword == "ENV":
            for name, value in re.findall(r"([A-Za-z_]\w*)[= ](\"[^\"]*\"|\S*)", part.value):
                yield name, value, part.span
    elif isinstance(
        part, ComposeService | ManifestContainer | Workflow | WorkflowJob | WorkflowStep
    ):
        for name, value in sorted(part.env.items()):
            line = part.lines.get(f"env.{name}", part.span.first)
            yield name, value, Span(part.span.path, line, line)


def _observation(
    subject: str,
    what: str,
    span: Span,
    severity: Severity | None,
    because: str,
    right: str = _CHECKS_ON,
) -> Observation:
    return Observation(
        subject=subject,
        message=f"{what} {right}",
        evidence=(Evidence(span, "nothing shows who answers"),),
        severity=severity,
        because=because,
    )
