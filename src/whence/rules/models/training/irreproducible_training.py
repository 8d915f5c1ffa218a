"""Training that nobody can repeat."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.data.sources.fetches import closure
from whence.rules.data.sources.programs import (
    Code,
    Programs,
    Site,
    is_showcase,
    is_test,
    programs_of,
)
from whence.rules.data.sources.words import Words
from whence.rules.models.hub_names import is_commit
from whence.rules.models.training.generators import (
    is_run_in_training,
    runs_in_training,
    stands_in,
    waits_for_main,
)
from whence.rules.models.training.seed_options import left_open
from whence.rules.models.training.training_code import (
    deploys,
    started_code,
    training_codes,
    training_reach,
    training_sites,
)
from whence.rules.models.training.unseeded_splits import unseeded_splits
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import CellHazard, ConfigValue, DatasetLoad
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Call, Choice, PythonModule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph, asked_once
from whence.vocabulary.rule import rule

_SEEDS = ("manual_seed", "manual_seed_all", "set_seed", "seed_everything", "set_random_seed", "seed", "default_rng", "RandomState",
          "PRNGKey", "Random", "key", "enable_determinism", "enable_full_determinism", "set_global_seed", "fix_seed", "seed_all",
          "Generator", "SeedSequence", "seed_torch", "set_determinism", "PCG64", "random_seed")  # fmt: skip
_SEED_NAME = re.compile(r"(?i)(?:^|_)(?:seeds?|random_state|random_seed)(?:_|$)")
_SEEDED_BY_DEFAULT = re.compile(
    r"(?:Trainer|TrainingArguments|SetFitTrainer)(?:\(\))?\.?|^(?:xgboost|lightgbm|catboost|xgb|lgb|setfit|autogluon)\b"
)
_RANDOM_ESTIMATORS = re.compile(
    r"^sklearn\..*(?:RandomForest|ExtraTrees|MLP|GradientBoosting|SGD|Bagging|IsolationForest|Perceptron|KMeans|AdaBoost|DecisionTree)\w*\(\)"
)
_FRAMEWORKS = re.compile(
    r"^(?:keras|tensorflow|tf_keras|pytorch_lightning|lightning|flax|fastai|skorch)\b"
)
_SAVING = re.compile(r"^(?:pytorch_lightning|lightning)\b.*Trainer\(\)\.fit$")
_GLOBAL_SEEDS = ("seed", "set_seed", "seed_everything", "set_random_seed", "set_global_seed", "seed_all",
                 "fix_seed", "random_seed", "seed_torch", "enable_full_determinism")  # fmt: skip
_DRAWS = ("shuffle", "choice", "choices", "sample", "randint", "randrange", "permutation", "rand",
          "randn", "normal", "uniform")  # fmt: skip
_UNSET = ("", "null", "none", "~")
_HAZARDS = {
    "order": "its cells were last run in another order than they stand in",
    "later": "a cell needs `{}`, which only a cell below gives",
    "lost": "a cell needs `{}`, which no cell gives any more",
}
_CLOCK = re.compile(
    r"^(?:time\.time|time\.time_ns|datetime\.|os\.urandom|secrets\.|random\.randint|random\.randrange|uuid\.)"
)


@rule(
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    references=("CWE-1357", "CWE-345", "AML.T0018", "SLSA-BUILD-L3"),
)
def check(part: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """A training run cannot be repeated, so that nobody can show that a model came from it.

    Two honest runs give two different models. A model that somebody exchanged, or trained on other
    rows, is then just a third one: there is nothing to compare it with.

    ## Attack
    The adversary replaces the artefact between training and release. Training again on the same code
    and data proves nothing, because it never gives the same bytes or even the same answers.

    ## Fix
    Fix what is random, and declare the rest (data by version, environment by lock file):
    ```python
    torch.manual_seed(20240501)
    torch.use_deterministic_algorithms(True)
    split = train_test_split(rows, random_state=20240501)
    ```

    ## Score
    - AV:N artefacts travel over stores and registries
    - AC:H the artefact must be exchanged somewhere
    - PR:L some write access is needed
    - UI:N nobody has to help
    - S:U the model is hit
    - C:N nothing is disclosed
    - I:H an exchanged model cannot be told from an honest one
    - A:N the service goes on

    ## Bad
    ```python train.py
    import torch

    model = torch.nn.Linear(4, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for batch, target in torch.load("batches.pt", weights_only=True):
        torch.nn.functional.cross_entropy(model(batch), target).backward()  # finding
        optimizer.step()
    torch.save(model.state_dict(), "model.pt")
    ```
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    COPY . .
    ```
    ## Bad: a seed from the clock, and kernels that differ from run to run
    ```python train.py
    import time

    import numpy as np
    import torch

    torch.backends.cudnn.benchmark = True  # finding
    rng = np.random.default_rng(int(time.time()))  # finding
    model = torch.nn.Linear(4, 2)
    torch.nn.functional.mse_loss(model(rng.random(4)), 1).backward()
    torch.save(model.state_dict(), "model.pt")
    ```
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    COPY . .
    ```
    ## Good
    ```python train.py
    import torch

    torch.manual_seed(20240501)
    torch.use_deterministic_algorithms(True)
    model = torch.nn.Linear(4, 2)
    for batch, target in torch.load("batches.pt", weights_only=True):
        torch.nn.functional.cross_entropy(model(batch), target).backward()
    torch.save(model.state_dict(), "model.pt")
    ```
    ## Good: the trainer has a seed of its own
    ```python train.py
    from transformers import AutoModel, Trainer, TrainingArguments

    Trainer(AutoModel.from_pretrained("./base"), TrainingArguments("out")).train()
    ```
    """
    path = part.span.path
    if is_test(path) or is_showcase(path) or path not in started_code(graph):
        return
    programs = programs_of(graph)
    code = programs.by_path[path]
    reasons: dict[Span, str] = {}
    sites = [
        site for site in training_sites(graph) if site.path == path and _is_random(site, programs)
    ]
    if sites and not _is_seeded(code, graph):
        reasons[sites[0].span] = "no random seed is set for this run"
    elif sites:
        reasons.update(left_open(code, programs))
    if any(site.path == path for site in training_sites(graph)) and _saves(code):
        reasons.update(_out_of_order(part, graph))
    only_draws = False
    if path in training_reach(graph):
        reasons.update(_loose(code, graph))
        if not _seeds_globally(graph):
            only_draws = not reasons
            reasons.update(_unseeded(code, programs))
            if _saves(code):
                reasons.update(unseeded_splits(code, programs))
    if not reasons:
        return
    extra = _undeclared(graph)
    severity, because = None, ""
    if not deploys(graph):
        severity, because = Severity.LOW, "nothing in the project deploys the result"
    trains = any(site.path == path for site in training_sites(graph))
    what = f"The model that `{path}` trains" if trains else f"What `{path}` gives to training"
    yield Observation(
        subject="reproducible:draws" if only_draws else f"reproducible:{path}",
        message=(
            f"{what} cannot be made again: {'; '.join(dict.fromkeys(reasons.values()))}{extra}."
            " Right would be a fixed seed, deterministic kernels, versioned data and a lock file."
        ),
        evidence=tuple(Evidence(span, why) for span, why in reasons.items()),
        severity=severity,
        because=because,
    )


def _out_of_order(part: PythonModule, graph: SupplyGraph) -> Iterator[tuple[Span, str]]:
    """Cells of a notebook that give something else when they are run from top to bottom."""
    for hazard in graph.facts_in(part.span.path, CellHazard):
        if hazard.kind in _HAZARDS:
            yield hazard.span, _HAZARDS[hazard.kind].format(hazard.detail)


def _is_random(site: Site, programs: Programs) -> bool:
    """Whether a training call draws random numbers that nobody seeds for it."""
    if _SAVING.match(site.name):
        return True
    if _SEEDED_BY_DEFAULT.search(site.name):
        return False
    if site.tail == "backward" or _FRAMEWORKS.match(site.name):
        return _saves(site.code) or any(map(_saves, programs.imported_by(site.code)))
    if _RANDOM_ESTIMATORS.match(site.name):
        receiver = site.receiver
        made = site.function.values[receiver] if receiver is not None else None
        return not (
            isinstance(made, Call) and {"random_state", "**"} & set(made.keywords)
        ) and _saves(site.code)
    return False


def _saves(code: Code) -> bool:
    return any(
        getattr(value, "name", "")
        in ("save", "dump", "save_pretrained", "save_model", "save_weights", "export", "log_model")
        or getattr(value, "dotted", "").endswith(
            (".save", ".dump", ".save_file", "save_pretrained", ".log_model")
        )
        for function in code.module.functions
        for value in function.values
    )


def _is_seeded(code: Code, graph: SupplyGraph) -> bool:
    """Whether the run's files, those that start it, or the settings speak of a seed."""
    programs = programs_of(graph)
    around = dict(programs.reach([code]))
    around |= {other.path: other for other in programs.codes if code in programs.imported_by(other)}
    if around.keys() & _seeding_files(graph):
        return True
    folder = posixpath.dirname(code.path)
    for value in graph.facts_of(ConfigValue):
        if value.value.strip().lower() in _UNSET:
            continue
        if (
            _SEED_NAME.fullmatch(value.key.rpartition(".")[2])
            or value.key.rpartition(".")[2] == "seed"
        ):
            if (
                not is_test(value.span.path)
                and value.span.path.startswith(folder.partition("/")[0])
            ) or "/" not in folder:
                return True
    return any("--seed" in " ".join(command.argv) for command in graph.facts_of(ShellCommand))


@asked_once
def _seeding_files(graph: SupplyGraph) -> frozenset[str]:
    """The files that speak of a seed."""
    return frozenset(
        code.path
        for code in programs_of(graph).codes
        if any(_SEED_NAME.search(name) or name.lower().endswith("seed") for name in _spoken(code))
    )


def _spoken(code: Code) -> Iterator[str]:
    """The names that a file uses: calls, keywords, parameters, attributes."""
    for function in code.module.functions:
        yield from function.names
        yield from (parameter.name for parameter in function.parameters)
        for value in function.values:
            yield from getattr(value, "keywords", ())
            for field in ("name", "dotted"):
                name = getattr(value, field, "")
                if isinstance(name, str) and name:
                    yield name.rpartition(".")[2]


def _loose(code: Code, graph: SupplyGraph) -> Iterator[tuple[Span, str]]:
    """What a file says that makes runs differ: kernels chosen by speed, a seed from the clock or none."""
    programs = programs_of(graph)
    yield from _kernels(code, programs, graph)
    for site in programs.calls_of(code, *_SEEDS):
        if (
            site.name in ("numpy.random.default_rng", "numpy.random.RandomState")
            and not site.call.args
            and not site.call.keywords
        ):
            if not stands_in(site, programs) and runs_in_training(site, graph):
                yield site.span, f"`{site.name}()` takes its seed from the system"
        elif site.call.args and _from_clock(site, programs):
            yield site.span, f"`{site.name}` is seeded with something that no run repeats"
    for site in programs.calls_of(code, "use_deterministic_algorithms"):
        if "False" in Words(programs).of(site, "mode", 0):
            yield site.span, "deterministic algorithms are turned off"


def _kernels(code: Code, programs: Programs, graph: SupplyGraph) -> Iterator[tuple[Span, str]]:
    """Switches that let kernels differ from run to run, where training runs."""
    words = Words(programs)
    for function in code.module.functions:
        for store in function.stores:
            if store.name not in ("benchmark", "deterministic"):
                continue
            if not is_run_in_training(code, function, graph):
                continue
            if waits_for_main(function, store.context) and not _trains(code, graph):
                continue
            told = words.texts(code, function, store.value)
            if (store.name == "benchmark" and "True" in told) or (
                store.name == "deterministic" and "False" in told
            ):
                base = programs.dotted(code, function, store.base)
                if "cudnn" in base:
                    value = "True" if store.name == "benchmark" else "False"
                    yield (
                        code.module.place(store.line),
                        f"`cudnn.{store.name} = {value}` lets kernels differ from run to run",
                    )


def _trains(code: Code, graph: SupplyGraph) -> bool:
    return any(held is code for held in training_codes(graph))


def _unseeded(code: Code, programs: Programs) -> Iterator[tuple[Span, str]]:
    """Draws from the process-wide generators of `random` and numpy."""
    for site in programs.calls_of(code, *_DRAWS):
        if re.fullmatch(r"(?:numpy\.)?random\.\w+", site.name):
            yield site.span, f"`{site.name}` draws from a generator that nothing seeds"


@asked_once
def _seeds_globally(graph: SupplyGraph) -> bool:
    """Whether some code of the project seeds the process-wide generators."""
    return any(True for _ in programs_of(graph).calls(*_GLOBAL_SEEDS))


def _from_clock(site: Site, programs: Programs) -> bool:
    parts = closure(site.function, site.call.args[0])
    if any(isinstance(site.function.values[index], Choice) for index in parts):
        return False
    for index in sorted(parts):
        value = site.function.values[index]
        if isinstance(value, Call) and _CLOCK.match(
            programs.dotted(site.code, site.function, value.callee)
        ):
            return True
    return False


def _undeclared(graph: SupplyGraph) -> str:
    """What else is not declared, for the message."""
    found = []
    if any(
        not load.local and not is_commit(load.revision) and "/" in load.artefact
        for load in graph.facts_of(DatasetLoad)
    ):
        found.append("data is taken without a version")
    locks = any(manifest.locks for manifest in graph.facts_of(PackageManifest))
    pins = any(requirement.version for requirement in graph.facts_of(PackageRequirement))
    if not locks and not pins:
        found.append("no versions of packages are fixed")
    return "".join(f"; {text}" for text in found)
