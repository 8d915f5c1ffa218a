"""A service of training answers whoever reaches it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.programs import is_showcase, is_test, programs_of
from whence.rules.models.training.training_code import training_reach
from whence.rules.models.training.training_services import Service, service_of, services_in_code
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import RouteHandler
from whence.vocabulary.fact.containers import ComposeService
from whence.vocabulary.fact.deployment import ManifestObject, ShellCommand
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_PROXIES = re.compile(
    r"(?i)oauth2?-proxy|authelia|keycloak-gatekeeper|pomerium|traefik-forward-auth|vouch"
)
_TRAINING = re.compile(r"(?:^|[/_.-])(?:train(?:er|ing)?|fine_?tun\w*|tuning|federated)(?:[/_.-])")
_RUNS_ANYTHING = ("Ray", "Jupyter", "Dask", "Spark", "multiprocessing", "RPC", "RPyC")


@rule(
    severity=Severity.HIGH,
    references=("CWE-306", "CWE-668", "AML.T0049", "AML.T0012", "OWASP-ML06:2023"),
)
def check(part: ShellCommand | PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """A tracking server, notebook, dashboard or training RPC is open to the network and asks nobody who they are.

    Through a tracking server one exchanges the model that the next release takes. Through a notebook,
    a Ray or Dask head, or a Python RPC one runs commands: that is what they are for.

    ## Attack
    1. The adversary reaches the port: from the same cluster, the office network, or the internet.
    2. Ray's jobs API or the notebook runs a command. Or MLflow's API gets a new version of the
       model under the name that production loads.
    3. Credentials, data and the next model are the adversary's.

    ## Fix
    Bind to this machine and come in by a tunnel, or put authentication before it:
    ```shell
    mlflow server --host 127.0.0.1 --app-name basic-auth
    ```

    ## Score
    - AV:A the port is reached from the neighbouring network
    - AC:L the service offers its functions to everybody
    - PR:N nobody is asked
    - UI:N nobody has to help
    - S:U the training environment is taken
    - C:H its data and credentials are read
    - I:H models and runs are changed
    - A:H runs can be stopped

    ## Bad
    ```yaml compose.yaml
    services:
      tracking:
        image: registry.example.com/mlflow:2.20.1
        command: mlflow server --host 0.0.0.0 --backend-store-uri sqlite:///mlflow.db  # finding
        ports: ["5000:5000"]
    ```
    ## Bad: a notebook without a token
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    CMD ["jupyter", "lab", "--ip=0.0.0.0", "--ServerApp.token="]  # finding
    ```
    ## Bad: the code opens it
    ```python train.py
    import ray
    import torch

    ray.init(dashboard_host="0.0.0.0")  # finding
    torch.nn.functional.mse_loss(torch.ones(1, requires_grad=True), torch.ones(1)).backward()
    ```
    ## Good
    ```yaml compose.yaml
    services:
      tracking:
        image: registry.example.com/mlflow:2.20.1
        command: mlflow server --host 127.0.0.1 --backend-store-uri sqlite:///mlflow.db
      shared:
        image: registry.example.com/mlflow:2.20.1
        command: mlflow server --host 0.0.0.0 --app-name basic-auth
    ```
    ```python train.py
    import ray

    ray.init()
    ```
    """
    path = part.span.path
    if is_test(path):
        return
    if isinstance(part, ShellCommand):
        found = service_of(part)
        if found is not None and not _stays_inside(part, found, graph):
            yield _observation(found, graph)
        return
    programs = programs_of(graph)
    code = programs.by_path[path]
    reached = training_reach(graph)
    for service in services_in_code(programs, code):
        rpc = service.name in (
            "gRPC server",
            "RPC server",
            "RPyC server",
            "multiprocessing manager",
        )
        if rpc and (
            (path not in reached and not _TRAINING.search(path))
            or graph.facts_in(path, RouteHandler)
        ):
            continue
        yield _observation(service, graph)


def _stays_inside(command: ShellCommand, found: Service, graph: SupplyGraph) -> bool:
    """A compose service whose port is published on this machine only, or not at all."""
    for service in graph.facts_in(command.span.path, ComposeService):
        if service.span.first <= command.span.first <= service.span.last:
            published = [
                port
                for port in service.ports
                if not re.match(r"(?:127\.0\.0\.1|localhost|\[::1\]):", port)
            ]
            return not published and not found.runs_code
    return False


def _observation(service: Service, graph: SupplyGraph) -> Observation:
    path = service.span.path
    severity, because = None, ""
    if is_showcase(path):
        severity, because = Severity.LOW, "it is an example, not what the project runs"
    elif _has_proxy(graph):
        severity, because = (
            Severity.MEDIUM,
            "the project has a proxy that authenticates, which can be passed by",
        )
    elif any(o.kind == "NetworkPolicy" for o in graph.facts_of(ManifestObject)):
        severity, because = Severity.MEDIUM, "network policies may keep others out"
    does = (
        "runs whatever it is sent"
        if service.name.startswith(_RUNS_ANYTHING)
        else "takes and gives runs, models and data"
    )
    return Observation(
        subject=f"service:{service.name}:{path}",
        message=(
            f"{service.name} is open to the network ({service.how}) and asks nobody who they are; it {does}."
            " Right would be to bind it to 127.0.0.1 or to put authentication before it."
        ),
        evidence=(Evidence(service.span, f"{service.name}: {service.how}"),),
        severity=severity,
        because=because,
    )


def _has_proxy(graph: SupplyGraph) -> bool:
    return any(_PROXIES.search(f"{s.name} {s.image}") for s in graph.facts_of(ComposeService))
