"""Stages of a pipeline that says what each of them reads and makes: data → program → data or model."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.graph.artefacts import artefacts_of, asset_of
from whence.graph.place_names import is_whole
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.datasets import PipelineStage
from whence.vocabulary.graph import Asset, AssetKind, Flow, FlowKind, Pin, SupplyGraph, Writers
from whence.vocabulary.stage_parameters import parameters, with_parameters

_PROGRAM = re.compile(r"(?<![\w./-])([\w./-]+\.(?:py|ipynb|sh|R|jl))(?![\w/-])")
_NO_DATA = re.compile(r"\.(?:py|ipynb|sh|R|jl|toml|cfg|ya?ml|md|lock|sql)$|(?:^|/)(?:src|scripts|params[^/]*|requirements[^/]*|Dockerfile)$")  # fmt: skip


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """Every stage by the program that it starts; by its file where it starts none of the tree."""
    for stage in graph.facts_of(PipelineStage):
        held = parameters(stage.span.path, graph)
        program = _program(stage, with_parameters(stage.command, held), graph)
        evidence = (Evidence(stage.span, f"the stage {stage.name} says so"),)
        code = Asset(f"code:{program}", AssetKind.CODE, program, "", Writers(("contributor",)), evidence)  # fmt: skip
        known = artefacts_of(graph)
        for way, paths in (("in", stage.dependencies), ("out", stage.outputs)):
            for path in paths:
                name = with_parameters(path, held)
                if not is_whole(name) or _NO_DATA.search(name):
                    continue
                asset = known.named(name)
                yield code
                yield asset_of(asset, graph, evidence)
                model = asset.startswith("model:")
                kind = FlowKind.EXPORTS if model else FlowKind.WRITES
                ends = (asset, code.id) if way == "in" else (code.id, asset)
                yield Flow(*ends, FlowKind.READS if way == "in" else kind, Pin.NAME, evidence=evidence)  # fmt: skip


def _program(stage: PipelineStage, command: str, graph: SupplyGraph) -> str:
    """The file of the tree that a stage starts, as its dependencies or its command name it."""
    named = [path for path in stage.dependencies if _PROGRAM.fullmatch(path)]
    words = _PROGRAM.findall(command)
    for word in words:
        for path in named:
            if path == word or path.endswith(f"/{posixpath.basename(word)}"):
                return path
    folder = posixpath.dirname(stage.span.path)
    for word in (*words, *(named if len(named) == 1 else ())):
        for path in (posixpath.normpath(posixpath.join(folder, word)), word):
            if path in graph.files:
                return path
    return stage.span.path
