"""Images and pipelines in the supply graph: what flows into them, and where they run."""

from __future__ import annotations

from pathlib import Path

import pytest

from whence import audit
from whence.config import Config
from whence.vocabulary.graph import Flow, FlowKind, Pin, SupplyGraph

FILES = {
    "deploy/Dockerfile": (
        "FROM python:3.13@sha256:"
        "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae AS build\n"
        "FROM build\nCOPY src /app\nCOPY --from=acme/tool:1 /t /t\nUSER 1\n"
    ),
    "src/serve.py": "import pickle\n\nmodel = pickle.load(open('model.pkl', 'rb'))\n",
    "k8s/scorer.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: scorer}\nspec:\n  template:\n"
        "    spec:\n      containers:\n        - {name: s, image: 'registry.acme.example/scorer:1'}\n"
    ),
    ".github/workflows/release.yml": (
        "on: [push, issue_comment]\njobs:\n  release:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - uses: acme/setup@v1\n"
        "      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683\n"
        "      - run: docker build -f deploy/Dockerfile -t registry.acme.example/scorer:1 .\n"
        "      - run: kubectl apply -f k8s/\n"
        "        env: {KUBECONFIG_DATA: '${{ secrets.CLUSTER }}'}\n"
    ),
}


@pytest.fixture(name="graph")
def audited(tmp_path: Path) -> SupplyGraph:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return audit(tmp_path, config=Config(offline=True), use_cache=False).graph


def flow(graph: SupplyGraph, source: str, target: str) -> Flow:
    (found,) = [each for each in graph.flows if (each.source, each.target) == (source, target)]
    return found


def test_an_image_stands_on_its_bases_with_their_pins(graph: SupplyGraph) -> None:
    assert flow(graph, "image:python", "image:deploy/Dockerfile").pin is Pin.DIGEST
    assert flow(graph, "image:acme/tool", "image:deploy/Dockerfile").pin is Pin.NAME
    assert graph.assets["image:python"].writers.who == ("publisher",)


def test_copied_code_is_part_of_the_image(graph: SupplyGraph) -> None:
    assert flow(graph, "code:src/serve.py", "image:deploy/Dockerfile").kind is FlowKind.BUILDS


def test_a_workload_runs_the_image_that_the_pipeline_builds(graph: SupplyGraph) -> None:
    pipeline = "pipeline:.github/workflows/release.yml"
    assert flow(graph, pipeline, "image:deploy/Dockerfile").kind is FlowKind.BUILDS
    assert flow(graph, "image:deploy/Dockerfile", "image:registry.acme.example/scorer")
    deployed = flow(graph, "image:registry.acme.example/scorer", "workload:Deployment/scorer")
    assert (deployed.kind, deployed.pin) == (FlowKind.DEPLOYS, Pin.NAME)
    assert flow(graph, pipeline, "workload:Deployment/scorer").kind is FlowKind.DEPLOYS


def test_a_pipeline_takes_in_actions_secrets_and_whoever_starts_it(graph: SupplyGraph) -> None:
    pipeline = "pipeline:.github/workflows/release.yml"
    pins = {each.source: each.pin for each in graph.into(pipeline, FlowKind.FETCHES)}
    assert pins == {
        "source:action acme/setup": Pin.NAME,
        "source:action actions/checkout": Pin.DIGEST,
    }
    assert flow(graph, "secret:CLUSTER", pipeline).kind is FlowKind.GRANTS
    assert flow(graph, "identity:outside contributors", pipeline).kind is FlowKind.TRIGGERS
    assert graph.assets["identity:outside contributors"].writers.who == ("anyone",)
