from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

LOGGED = 'LOGGED = ("accuracy", "macro_f1", "calibration_error", "per_class")'
TEST = 'assert set(history[0]["validation"]["per_class"]) == set(preparation.labels)'


@plant(
    rules=("missing-training-metrics",),
    severities=("low", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.ONE_FILE,
    words=("per-class", "per class", "metrics", "not logged"),
    cwes=("CWE-778",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The training log keeps totals only, so that damage to one class leaves no trace in it.

    ## Why
    Poison that is aimed at one label lowers the recall of one class from some epoch on while the
    totals hardly move. Without values per class on held-out data nobody can say afterwards when a
    model went wrong, or compare the run with an earlier one.

    ## Fix
    Log the metrics of every class, as the released training log does.
    """
    path = "src/training/loop.py"
    if vary.choose(True, False):
        kept = vary.choose('("accuracy",)', '("accuracy", "macro_f1")')
        place = project.replace(path, LOGGED, f"LOGGED = {kept}")
        test = 'assert "accuracy" in history[0]["validation"]'
    else:
        place = project.replace(
            path,
            '                "validation": {name: metrics[name] for name in LOGGED},\n',
            '                "accuracy": metrics["accuracy"],\n',
        )
        project.replace(path, f"{LOGGED}\n", "")
        test = 'assert history[0]["accuracy"] > 0.0'
    project.replace("tests/test_model.py", TEST, test)
    yield Place(path, place.text.strip())
