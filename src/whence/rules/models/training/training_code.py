"""Which files of the project train a model, and which files feed them."""

from __future__ import annotations

import re

from whence.rules.data.sources.programs import Code, Site, is_showcase, programs_of
from whence.vocabulary.fact.code import RouteHandler, ServerStart
from whence.vocabulary.fact.containers import ComposeService, ImageInstruction
from whence.vocabulary.fact.datasets import PipelineStage
from whence.vocabulary.fact.deployment import ManifestContainer, ShellCommand
from whence.vocabulary.fact.program import Call, Closure, Compare, Name
from whence.vocabulary.graph import SupplyGraph, asked_once

_TRAINERS = re.compile(
    r"(?:^|\.)(?:\w*Trainer|Learner|SetFitTrainer|\w*Estimator|LightningModule|RLTrainer)\(\)\.(?:train|fit|fit_one_cycle|fine_tune)$"
    r"|^(?:xgboost|lightgbm|xgb|lgb|catboost)\.(?:train|cv)$|^fasttext\.train_(?:supervised|unsupervised)$"
    r"|^setfit\.|^autogluon\."
)
_PREPARES = re.compile(
    r"preprocessing|feature_extraction|decomposition|impute|manifold|Tokenizer|Scaler|LabelEncoder"
    r"|Encoder\(\)|Imputer|Binarizer|Vectorizer|PCA|ImageDataGenerator|neighbors|covariance|cluster"
)
_FITTERS = re.compile(
    r"^(?:sklearn|keras|tensorflow|xgboost|lightgbm|catboost|pytorch_lightning|lightning|pyspark\.ml"
    r"|autogluon|flaml|skorch|tf_keras|statsmodels|tpot|pycaret|sklearn_crfsuite|imblearn|fastai"
    r"|sentence_transformers|setfit|interpret|ngboost|pytorch_tabnet)\b"
)
_STEPS = frozenset({"optimizer", "optim", "opt", "scaler", "accelerator"})
_LIBRARIES = ("torch", "tensorflow", "keras", "jax", "flax", "sklearn", "xgboost", "lightgbm",
              "catboost", "transformers", "lightning", "pytorch_lightning", "datasets", "mxnet",
              "paddle", "fastai", "trl", "numpy", "pandas", "polars", "tf_keras", "optax")  # fmt: skip
_NAME = re.compile(
    r"(?:^|[/_.-])(?:train(?:er|ing)?|fine_?-?tun(?:e|ing)|fit|pretrain(?:ing)?)(?:[/_.\d-]|$)"
)
_FEEDS = re.compile(
    r"(?:^|[/_.-])(?:pre_?process(?:ing)?|prepare(?:_data|d)?|data_?(?:set|loader|module|prep)s?|ingest(?:ion)?|etl"
    r"|features?|featuri[sz]e|build_data|make_dataset|fetch|collect|scrape|crawl|download_data|get_data"
    r"|load_data|tokeni[sz]e|split)(?:[/_.-]|$)"
)


def is_training_call(site: Site) -> bool:
    """Whether a call changes a model's weights."""
    name, tail = site.name, site.tail
    if _TRAINERS.search(name):
        return True
    if tail in ("fit", "partial_fit", "fit_generator", "train_on_batch", "fit_one_cycle"):
        if _PREPARES.search(name):
            return False
        return bool(_FITTERS.match(name)) or _fits_data(site)
    if tail == "backward":
        return site.code.imports_of(
            "torch", "accelerate", "deepspeed", "lightning", "paddle", "mindspore"
        )
    if tail == "apply_gradients":
        return site.code.imports_of("tensorflow", "keras", "flax")
    return tail == "apply_updates" and site.code.imports_of("optax")


def _fits_data(site: Site) -> bool:
    """`model.fit(x, y)` on what has no known class."""
    receiver = site.receiver
    if receiver is None or not site.name.startswith("?"):
        return (
            site.name.rpartition(".")[0].endswith(("()", "[]"))
            and len(site.call.args) >= 2
            and (not site.name.startswith(("pandas", "numpy", "scipy")))
        )
    return len(site.call.args) >= 2 and site.code.imports_of(*_LIBRARIES)


@asked_once
def training_sites(graph: SupplyGraph) -> tuple[Site, ...]:
    """Every training call outside tests, in order of files."""
    programs = programs_of(graph)
    found = [
        site
        for site in programs.calls(
            "train", "fit", "partial_fit", "fit_generator", "train_on_batch", "fit_one_cycle",
            "fine_tune", "backward", "apply_gradients", "apply_updates", "cv", "train_supervised",
            "train_unsupervised",
        )
        if is_training_call(site)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda site: site.span))


@asked_once
def training_codes(graph: SupplyGraph) -> tuple[Code, ...]:
    """The files that train: by their calls, or scripts whose name says so and that compute."""
    programs = programs_of(graph)
    found = {site.path: site.code for site in training_sites(graph)}
    for code in programs.codes:
        stem = code.path.rpartition("/")[2]
        if (
            not code.is_test
            and _NAME.search(stem.rpartition(".")[0])
            and code.imports_of(*_LIBRARIES)
        ):
            found.setdefault(code.path, code)
    return tuple(found[path] for path in sorted(found))


@asked_once
def training_reach(graph: SupplyGraph) -> dict[str, Code]:
    """The training files and all that they import, by path; examples left out."""
    codes = [code for code in training_codes(graph) if not is_showcase(code.path)]
    return programs_of(graph).reach(codes)


@asked_once
def started_code(graph: SupplyGraph) -> dict[str, Code]:
    """The files that some script of the project runs: a library's functions wait for callers."""
    programs = programs_of(graph)
    starts = [
        code
        for code in programs.codes
        if not code.is_test and not is_showcase(code.path) and _is_script(code)
    ]
    in_body = [site.code for site in training_sites(graph) if site.function is site.code.body]
    return programs.reach([*starts, *in_body])


def _is_script(code: Code) -> bool:
    """Whether a file does something by itself: asks for its name, or calls its own functions."""
    if code.module.cells:
        return True
    for value in code.body.values:
        if isinstance(value, Compare):
            sides = (code.body.values[value.left], code.body.values[value.right])
            if any(isinstance(side, Name) and side.dotted == "__name__" for side in sides):
                return True
        if isinstance(value, Call):
            callee = code.body.values[value.callee]
            name = callee.name if isinstance(callee, Closure) else getattr(callee, "dotted", "")
            if name in code.functions and code.functions[name].kind == "function":
                return True
    return False


@asked_once
def feeding_codes(graph: SupplyGraph) -> dict[str, Code]:
    """Files whose data ends in training: what training files import, and preparing scripts beside."""
    programs = programs_of(graph)
    codes = training_codes(graph)
    found = dict(training_reach(graph))
    if codes or _pipeline_trains(graph):
        starts = [
            code
            for code in programs.codes
            if not code.is_test and not is_showcase(code.path) and _FEEDS.search(code.path.lower())
        ]  # fmt: skip
        found.update(programs.reach(starts))
    return {path: code for path, code in found.items() if not code.is_test}


def _pipeline_trains(graph: SupplyGraph) -> bool:
    """Whether a stage, target or job of the project trains."""
    if any(_NAME.search(f"{s.name} {s.command}") for s in graph.facts_of(PipelineStage)):
        return True
    return any(_NAME.search(" ".join(command.argv[:4])) for command in graph.facts_of(ShellCommand))


def deploys(graph: SupplyGraph) -> bool:
    """Whether the project ships something: an image, a manifest, a server."""
    kinds = (RouteHandler, ServerStart, ImageInstruction, ComposeService, ManifestContainer)
    return any(graph.facts_of(kind) for kind in kinds)
