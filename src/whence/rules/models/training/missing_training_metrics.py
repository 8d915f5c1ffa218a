"""Training that measures nothing on data it has not seen."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator

from whence.rules.data.sources.programs import Code, Site, is_showcase, is_test, programs_of
from whence.rules.models.training.kept_metrics import thrown_away
from whence.rules.models.training.training_code import (
    started_code,
    training_reach,
    training_sites,
)
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph, asked_once
from whence.vocabulary.rule import rule

_MEASURES = re.compile(
    r"(?i)^(?:accuracy|f1|precision|recall|roc|auc|confusion|classification_report|balanced_accuracy|matthews|mean_squared|r2|mae|mse"
    r"|bleu|rouge|perplexity|evaluate|evaluat\w*|validate|validation\w*|test_step|validation_step|compute_metrics|cross_val\w*"
    r"|score|log_metrics?|eval|predict|benchmark\w*|topk\w*|wer|cer|calc\w*metrics|get_metrics|measure\w*|summari[sz]e\w*|no_grad)"
)
_ARGUMENTS = frozenset({"eval_dataset", "compute_metrics", "validation_data", "validation_split", "eval_set", "valid_sets",
                        "evals", "val_dataloaders", "evaluator", "metrics", "val_dataset", "datamodule", "early_stopping_rounds",
                        "eval_metric", "evaluation_strategy", "eval_strategy", "tuning_data"})  # fmt: skip

_SAVING = re.compile(r"(?:^|\.)\w*Trainer\(\)\.(?:train|fit)$")


@rule(
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    references=("CWE-778", "AML.T0018", "AML.T0020", "OWASP-ML10:2023"),
)
def check(module: PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """A model is trained, and nothing measures it on data that it has not seen.

    Poisoned rows hardly move the training loss. They show, if at all, in held-out data, class by
    class, and compared with the release before. Where nobody measures that, nobody sees it.

    ## Attack
    The adversary's rows turn one class, or all texts with a trigger. The loss falls as always, the
    run is green, the model ships.

    ## Fix
    Measure every class on held-out rows, log it, and compare it with the last release:
    ```python
    print(classification_report(held_out["label"], model.predict(held_out[FEATURES]), digits=4))
    ```

    ## Score
    - AV:N rows come from outside
    - AC:H rows must be poisoned first
    - PR:L somebody must get rows in
    - UI:N nobody has to help
    - S:U the model is hit
    - C:N nothing is disclosed
    - I:L a damage passes unseen, it is not done by this
    - A:N training goes on

    ## Bad
    ```python train.py
    import joblib
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier

    rows = pd.read_csv("data/train.csv")
    model = RandomForestClassifier(random_state=1)
    model.fit(rows.drop(columns="label"), rows["label"])  # finding
    joblib.dump(model, "model.joblib")
    ```
    ## Bad: the loss alone
    ```python train.py
    import torch

    torch.manual_seed(1)
    model = torch.nn.Linear(4, 2)
    for batch, target in torch.load("batches.pt", weights_only=True):
        loss = torch.nn.functional.cross_entropy(model(batch), target)
        loss.backward()  # finding
        print("loss", loss.item())
    torch.save(model.state_dict(), "model.pt")
    ```
    ## Good
    ```python train.py
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import classification_report
    from sklearn.model_selection import train_test_split

    rows = pd.read_csv("data/train.csv")
    seen, held_out = train_test_split(rows, random_state=1)
    model = RandomForestClassifier(random_state=1)
    model.fit(seen.drop(columns="label"), seen["label"])
    print(classification_report(held_out["label"], model.predict(held_out.drop(columns="label"))))
    ```
    ## Good: another stage of the project measures
    ```python train.py
    import keras
    import numpy

    model = keras.Sequential([keras.layers.Dense(1)])
    model.fit(numpy.load("x.npy"), numpy.load("y.npy"))
    model.save("build/model.keras")
    ```
    ```python evaluate.py
    import keras
    import numpy

    model = keras.models.load_model("build/model.keras")
    print(model.evaluate(numpy.load("held_out.npy"), numpy.load("labels.npy")))
    ```
    """
    path = module.span.path
    if path in training_reach(graph) and not is_test(path):
        for span, kept in thrown_away(programs_of(graph), programs_of(graph).by_path[path]):
            yield _totals(path, span, kept)
    sites = _unmeasured(graph).get(path, [])
    if not sites:
        return
    yield Observation(
        subject=f"metrics:{module.span.path}",
        message=(
            f"`{module.span.path}` trains and nothing in the project measures the result on held-out data."
            " Right would be metrics of every class on rows the model has not seen, logged and compared"
            " with the last release."
        ),
        evidence=tuple(
            Evidence(site.span, "trains, nothing measures the result") for site in sites[:4]
        ),
    )


def _totals(path: str, span: Span, kept: str) -> Observation:
    return Observation(
        subject=f"metrics:{path}:classes",
        message=(
            f"`{path}` computes metrics of every class and keeps only {kept}: rows aimed at one class hardly move"
            " these, so that the log shows nothing of them. Right would be to log the metrics of every class too."
        ),
        evidence=(Evidence(span, f"keeps {kept}"),),
    )


@asked_once
def _unmeasured(graph: SupplyGraph) -> dict[str, list[Site]]:
    """Training calls by file, for files that save a model and that nothing around them measures."""
    programs = programs_of(graph)
    found: dict[str, list[Site]] = defaultdict(list)
    started = started_code(graph)
    sites = [s for s in training_sites(graph) if s.path in started and not is_showcase(s.path)]
    measured = {code.path for code in programs.codes if not code.is_test and _measures(code)}
    folders = {posixpath.dirname(path) for path in measured}
    for site in sites:
        around = {site.path, *programs.reach([site.code])}
        around |= {code.path for code in programs.codes if site.code in programs.imported_by(code)}
        if around & measured or posixpath.dirname(site.path) in folders:
            continue
        if any(re.search(r"(?i)eval|metric|score|valid", path) for path in programs.by_path):
            continue
        if _saves(site.code) or _SAVING.search(site.name):
            found[site.path].append(site)
    return found


def _measures(code: Code) -> bool:
    for function in code.module.functions:
        if _MEASURES.match(function.name.rpartition(".")[2]) and function.kind == "function":
            return True
        for value in function.values:
            keywords = getattr(value, "keywords", ())
            if _ARGUMENTS & set(keywords):
                return True
            name = getattr(value, "name", "") or getattr(value, "dotted", "").rpartition(".")[2]
            if isinstance(name, str) and _MEASURES.match(name):
                return True
    return False


def _saves(code: Code) -> bool:
    """Whether the file writes a model: what is only tried out needs no metrics."""
    return any(
        name in ("save", "dump", "save_pretrained", "save_model", "save_weights", "log_model", "export", "to_onnx",
                 "push_to_hub", "save_checkpoint", "save_file")
        for function in code.module.functions
        for value in function.values
        if isinstance(
            name := getattr(value, "name", "") or getattr(value, "dotted", "").rpartition(".")[2], str
        )
    )  # fmt: skip
