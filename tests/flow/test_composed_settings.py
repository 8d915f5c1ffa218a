"""Configuration put together of several files: the line that decides is the one that is told."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization, DynamicImport, OriginKind

HYDRA = """
import hydra
import torch
@hydra.main(version_base="1.3", config_path="configs", config_name="finetune")
def main(cfg):
    print(torch.load({}, weights_only=False))
"""
MERGED = """
import torch
from omegaconf import OmegaConf
cfg = OmegaConf.merge(OmegaConf.load("configs/finetune.yaml"), OmegaConf.from_cli())
print(torch.load(OmegaConf.to_container(cfg)["model"]["start"], weights_only=False))
"""
COMPOSED = """
import torch
from hydra import compose, initialize
with initialize(version_base=None, config_path="configs"):
    cfg = compose(config_name="finetune")
print(torch.load(cfg.start, weights_only=False))
"""
DECIDED: dict[str, tuple[str, dict[str, str], tuple[str, int]]] = {
    "a file that the list names": (
        HYDRA.format("cfg.start"),
        {
            "finetune": "defaults:\n  - base\n  - _self_\nseed: 1\n",
            "base": "seed: 2\nstart: /nfs/a.pt",
        },
        ("configs/base.yaml", 2),
    ),
    "a file that a named file names": (
        HYDRA.format("cfg.model.start"),
        {
            "finetune": "defaults:\n  - base\n",
            "base": "defaults:\n  - model: tiny\n",
            "model/tiny": "start: /nfs/a.pt",
        },
        ("configs/model/tiny.yaml", 1),
    ),
    "a group under another name": (
        HYDRA.format("cfg.teacher.start"),
        {"finetune": "defaults:\n  - model@teacher: tiny\n", "model/tiny": "start: /nfs/a.pt"},
        ("configs/model/tiny.yaml", 1),
    ),
    "a value that points to another": (
        HYDRA.format("cfg.start"),
        {"finetune": "start: ${paths.base}\npaths:\n  base: /nfs/a.pt\n"},
        ("configs/finetune.yaml", 3),
    ),
    "a value with a part of another": (
        HYDRA.format("cfg.start"),
        {"finetune": "root: /nfs\nstart: ${root}/a.pt\n"},
        ("configs/finetune.yaml", 2),
    ),
    "the default of a variable": (
        HYDRA.format("cfg.start"),
        {"finetune": "start: ${oc.env:START,/nfs/a.pt}\n"},
        ("configs/finetune.yaml", 1),
    ),
    "the file itself before the files of its list": (
        HYDRA.format("cfg.start"),
        {"finetune": "defaults:\n  - base\nstart: /nfs/a.pt\n", "base": "start: /nfs/b.pt\n"},
        ("configs/finetune.yaml", 3),
    ),
    "several on top of each other": (
        MERGED,
        {"finetune": "model:\n  start: /nfs/a.pt\n"},
        ("configs/finetune.yaml", 2),
    ),
    "composed in the code": (
        COMPOSED,
        {"finetune": "start: /nfs/a.pt\n"},
        ("configs/finetune.yaml", 1),
    ),
}


def _project(code: str, configs: dict[str, str]) -> dict[str, str | bytes]:
    return {"train.py": code} | {f"configs/{name}.yaml": text for name, text in configs.items()}


@pytest.mark.parametrize(("code", "configs", "line"), DECIDED.values(), ids=DECIDED.keys())
def test_the_line_that_decides_is_told(
    code: str, configs: dict[str, str], line: tuple[str, int]
) -> None:
    (use,) = concluded(_project(code, configs), Deserialization)
    (origin,) = use.origins
    assert (origin.kind, origin.detail) == (OriginKind.SHARED_PATH, "/nfs/a.pt")
    assert (origin.decision.path, origin.decision.first) == line


def test_files_that_name_each_other_come_to_an_end() -> None:
    configs = {
        "finetune": "defaults:\n  - base\nstart: ${other}\n",
        "base": "defaults:\n  - finetune\nother: ${start}\n",
    }
    (use,) = concluded(_project(HYDRA.format("cfg.start"), configs), Deserialization)
    assert [origin.kind for origin in use.origins] == [OriginKind.CONFIG]


def test_a_place_in_the_repository_stays_one() -> None:
    configs = {"finetune": "defaults:\n  - base\n", "base": "start: weights/a.pt\n"}
    (use,) = concluded(_project(HYDRA.format("cfg.start"), configs), Deserialization)
    (origin,) = use.origins
    assert (origin.kind, origin.detail) == (OriginKind.CONFIG, "weights/a.pt")
    assert origin.decision.path == "configs/base.yaml"


def test_files_that_no_list_names_decide_nothing() -> None:
    configs = {"finetune": "defaults:\n  - base\n", "base": "seed: 1\n", "cluster": "start: /nfs/a"}
    (use,) = concluded(_project(HYDRA.format("cfg.start"), configs), Deserialization)
    assert [(origin.kind, origin.detail) for origin in use.origins] == [(OriginKind.CONFIG, "")]


def test_what_is_built_of_a_whole_part_is_decided_by_its_target() -> None:
    code = HYDRA.format("cfg.start").replace(
        "print(torch.load(cfg.start, weights_only=False))", "hydra.utils.instantiate(cfg.model)"
    )
    configs = {"finetune": "defaults:\n  - model: tiny\n", "model/tiny": "_target_: acme.Net\n"}
    (use,) = concluded(_project(code, configs), DynamicImport)
    assert [(o.detail, o.decision.path) for o in use.origins] == [
        ("acme.Net", "configs/model/tiny.yaml")
    ]
