"""Which jobs release or deploy something."""

from __future__ import annotations

import re

from whence.rules.deployment.ci.outsider_access import steps_of
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.deployment import ShellCommand, WorkflowJob, WorkflowStep
from whence.vocabulary.graph import SupplyGraph

_ACTIONS = re.compile(
    r"(?:aws-actions/amazon-ecs-deploy|azure/k8s-deploy|azure/webapps-deploy|google-github-actions/"
    r"deploy|pypa/gh-action-pypi-publish|softprops/action-gh-release|azure/aks-|helmfile/|"
    r"appleboy/ssh-action|superfly/flyctl-actions|akhileshns/heroku-deploy|burnett01/rsync|"
    r"deliverybot/helm|stefanprodan/kube-tools|actions-hub/kubectl|wahyd4/kubectl-helm)",
    re.IGNORECASE,
)
_DEPLOYS = (
    re.compile(r"kubectl (?:\S+ )*?(?:apply|set image|rollout restart|create|replace|patch)\b"),
    re.compile(r"helm (?:\S+ )*?(?:upgrade|install)\b(?! --dry)"),
    re.compile(r"(?:terraform|tofu|terragrunt) (?:\S+ )*?apply\b"),
    re.compile(r"(?:argocd app sync|oc apply|kustomize build .*|ansible-playbook|flyctl deploy)\b"),
    re.compile(r"aws (?:ecs update-service|lambda update-function-code|sagemaker (?:create|update)-)"),
    re.compile(r"gcloud (?:\S+ )*?(?:run deploy|ai (?:endpoints deploy-model|models upload)|app deploy)"),
    re.compile(r"az (?:\S+ )*?(?:webapp deploy|containerapp update|ml online-deployment)"),
    re.compile(r"(?:^|\S*/)(?:deploy|release|rollout|promote)\w*\.(?:sh|py)\b|make (?:deploy|release|promote)\b"),
    re.compile(r"serverless deploy|sls deploy|bentoml deploy|mlflow deployments create|heroku \S*push"),
)  # fmt: skip
_PUBLISHES = (
    re.compile(r"twine upload|(?:uv|poetry|hatch|flit|pdm) publish|npm publish"),
    re.compile(r"(?:docker|podman|buildah) push|docker (?:buildx )?build .*--push"),
    re.compile(r"huggingface-cli upload|hf upload|gh release (?:create|upload)"),
)
# A cluster that the job itself makes for a test and that goes with the machine.
_OWN_CLUSTER = re.compile(
    r"(?:kind|minikube|k3d|k3s|microk8s|ctlptl)\b.*\b(?:create|start|install)\b|(?:kind|minikube|k3d)$"
)
_OWN_CLUSTER_ACTIONS = re.compile(
    r"(?:helm/kind-action|engineerd/setup-kind|medyagh/setup-minikube|manusa/actions-setup-minikube"
    r"|AbsaOSS/k3d-action|nolar/setup-k3d-k3s|container-tools/kind-action|balchua/microk8s-actions)@"
)
_ON_CLUSTER = re.compile(r"(?:kubectl|helm|kustomize|make|\S+\.sh)\b")
_PRODUCTION = re.compile(r"\bprod(?:uction)?\b|\blive\b", re.IGNORECASE)
_NAMED = re.compile(r"(?:^|[-_ ])(?:deploy(?:ment)?|rollout|promote)(?:$|[-_ ])", re.IGNORECASE)


def deploying(job: WorkflowJob, graph: SupplyGraph) -> list[Span]:
    """The places in a job that change what runs; empty where it deploys nothing."""
    return _places(job, graph, _DEPLOYS, actions=True)


def releasing(job: WorkflowJob, graph: SupplyGraph) -> list[Span]:
    """The places in a job that deploy, or publish a package, an image or a model."""
    found = _places(job, graph, _DEPLOYS, actions=True) + _places(job, graph, _PUBLISHES)
    for step in steps_of(job, graph):
        if step.uses.startswith("docker/build-push-action@") and step.inputs.get("push") == "true":
            found.append(_line(step))
    return sorted(set(found))


def is_production(job: WorkflowJob) -> bool:
    """Whether a job's name or environment says that it is about production."""
    return bool(
        _PRODUCTION.search(
            f"{job.environment} {job.name} {job.title}".replace("_", " ").replace("-", " ")
        )
    )


def commands_of(job: WorkflowJob, graph: SupplyGraph) -> list[ShellCommand]:
    """The commands of a job, in order."""
    return [
        command
        for command in graph.facts_in(job.span.path, ShellCommand)
        if job.span.first <= command.span.first <= job.span.last
    ]


def _places(
    job: WorkflowJob,
    graph: SupplyGraph,
    patterns: tuple[re.Pattern[str], ...],
    actions: bool = False,
) -> list[Span]:
    own = _has_own_cluster(job, graph)
    found = [
        command.span
        for command in commands_of(job, graph)
        if not (own and _ON_CLUSTER.match(" ".join(command.argv)[:400]))
        and not {"--dry-run", "--dry-run=client", "--dry-run=server", "--help"} & set(command.argv)
        and any(pattern.match(" ".join(command.argv)[:400]) for pattern in patterns)
    ]
    if actions:
        found += [
            _line(step)
            for step in steps_of(job, graph)
            if _ACTIONS.match(step.uses) and "test" not in _address(step)
        ]
    return found


def _address(step: WorkflowStep) -> str:
    """The index that a step publishes to, where it names one."""
    return step.inputs.get("repository-url", step.inputs.get("repository_url", ""))


def _has_own_cluster(job: WorkflowJob, graph: SupplyGraph) -> bool:
    """Whether a job makes the cluster that it deploys to."""
    if any(_OWN_CLUSTER_ACTIONS.match(step.uses) for step in steps_of(job, graph)):
        return True
    return any(
        _OWN_CLUSTER.match(" ".join(command.argv)[:200]) for command in commands_of(job, graph)
    )


def _line(step: WorkflowStep) -> Span:
    line = step.lines.get("uses", step.span.first)
    return Span(step.span.path, line, line)
