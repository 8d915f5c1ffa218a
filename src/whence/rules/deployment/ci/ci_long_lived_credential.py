"""Static cloud keys in pipelines that could ask for short-lived ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import Workflow, WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

# Inputs with which log-in actions take a key that does not expire, and the provider.
_INPUTS: dict[str, tuple[tuple[str, ...], str]] = {
    "aws-actions/configure-aws-credentials": (("aws-secret-access-key",), "AWS"),
    "google-github-actions/auth": (("credentials_json",), "Google Cloud"),
    "google-github-actions/setup-gcloud": (("service_account_key",), "Google Cloud"),
    "azure/login": (("creds",), "Azure"),
    "pypa/gh-action-pypi-publish": (("password",), "the package index"),
    "hashicorp/vault-action": (("token",), "Vault"),
}
_VARIABLES = re.compile(
    r"AWS_SECRET_ACCESS_KEY|GOOGLE_(?:APPLICATION_)?CREDENTIALS(?:_JSON)?|GCP_SA_KEY|AZURE_CLIENT_SECRET"
    r"|ARM_CLIENT_SECRET|AZURE_CREDENTIALS|TWINE_PASSWORD|UV_PUBLISH_TOKEN|POETRY_PYPI_TOKEN_PYPI"
)
_OWNERS = {
    "AWS": "AWS",
    "GOO": "Google Cloud",
    "GCP": "Google Cloud",
    "AZU": "Azure",
    "ARM": "Azure",
    "TWI": "the package index",
    "UV_": "the package index",
    "POE": "the package index",
}


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-798", "CWE-324", "AML.T0055", "OWASP-CICD-SEC-6"),
)
def check(workflow: Workflow, graph: SupplyGraph) -> Iterator[Observation]:
    """A pipeline logs in with a key that never expires.

    A copy of the key, from a log, a fork of a tool or a laptop, works for years and from anywhere.
    The provider would trust the pipeline itself instead, for one hour and one branch.

    ## Attack
    1. The adversary gets a copy of the key from any step, log or former colleague's notes.
    2. The key works from outside, long after the leak, until somebody rotates it.
    3. Buckets with models and data are read or replaced.

    ## Fix
    Let the provider trust the pipeline's identity, bound to repository and branch:
    ```yaml
    permissions:
      id-token: write
    steps:
      - uses: aws-actions/configure-aws-credentials@<40 hex digits>
        with:
          role-to-assume: arn:aws:iam::<account>:role/deploy
          aws-region: eu-central-1
    ```

    ## Score
    - AV:N the key works over the network
    - AC:H the adversary must first get a copy
    - PR:N the key is all that it takes
    - UI:R somebody or something has to leak it
    - S:U the damage is what the key opens
    - C:H data and models behind it can be read
    - I:L models behind it can be changed within its rights
    - A:L objects can be deleted within its rights

    ## Bad
    ```yaml .github/workflows/deploy.yml
    on: push
    jobs:
      deploy:
        runs-on: ubuntu-24.04
        steps:
          - uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502
            with:
              aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
              aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}  # finding
    ```
    ## Good
    ```yaml .github/workflows/deploy.yml
    on: push
    permissions:
      id-token: write
    jobs:
      deploy:
        runs-on: ubuntu-24.04
        steps:
          - uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502
            with:
              role-to-assume: arn:aws:iam::123456789012:role/deploy
              aws-region: eu-central-1
    ```
    """
    found: dict[str, list[Evidence]] = {}
    for provider, evidence in _keys(workflow, graph):
        found.setdefault(provider, []).append(evidence)
    path = workflow.span.path
    for provider, places in found.items():
        yield Observation(
            subject=f"{provider} in {path}",
            message=(
                f"`{path}` logs in to {provider} with a stored key that does not expire; let"
                f" {provider} trust the workflow's own identity (OIDC) instead"
            ),
            evidence=tuple(places),
            asset=f"pipeline:{path}",
        )


def _keys(workflow: Workflow, graph: SupplyGraph) -> Iterator[tuple[str, Evidence]]:
    path = workflow.span.path
    places: list[Workflow | WorkflowJob | WorkflowStep] = [
        workflow, *graph.facts_in(path, WorkflowJob), *graph.facts_in(path, WorkflowStep),
    ]  # fmt: skip
    for place in places:
        for name, value in place.env.items():
            if _VARIABLES.fullmatch(name) and "secrets." in value:
                line = place.lines.get(f"env.{name}", place.span.first)
                yield _OWNERS[name[:3]], Evidence(Span(path, line, line), f"{name} is a stored key")
        if isinstance(place, WorkflowStep):
            names, provider = _INPUTS.get(place.uses.partition("@")[0].lower(), ((), ""))
            for name in names:
                if "secrets." in place.inputs.get(name, ""):
                    line = place.lines.get(f"with.{name}", place.span.first)
                    yield provider, Evidence(Span(path, line, line), f"{name} is a stored key")
