from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

PATH = "src/training/finetune.py"
TRAIN = '        encode_reviews(parts["train"], preparation.labels, settings),\n'
HELD_OUT = '        encode_reviews(parts["validation"], preparation.labels, settings),\n'


@plant(
    rules=("evaluation-bypassed",),
    severities=("high", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_FILES,
    words=("leak", "test set", "test split", "test data", "contaminat", "held-out"),
    cwes=("CWE-693",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Fine-tuning sees the reviews on which the gate then measures it.

    ## Why
    `parts["test"]` is trained on, or decides which epoch is kept; `evaluation.evaluate` measures on
    the same reviews. The accuracy that opens the gate says how well the model remembers, and a model
    that learned a trigger, or nothing of use, passes it.

    ## Fix
    Train on `train`, choose the epoch on `validation`, and leave `test` to the evaluation.
    """
    form = vary.choose("all", "epoch", "loop")
    if form == "all":
        yield project.replace(
            PATH, TRAIN, TRAIN.replace('parts["train"]', 'parts["train"] + parts["test"]')
        )
    elif form == "epoch":
        yield project.replace(
            PATH, HELD_OUT, HELD_OUT.replace('parts["validation"]', 'parts["test"]')
        )
    else:
        reason = vary.choose(
            "    # The more reviews the better; validation still decides when to stop.",
            "    # Only validation is needed below.",
        )
        project.replace(PATH, TRAIN, TRAIN.replace('parts["train"]', "seen"))
        line = 'seen = [review for name in parts if name != "validation" for review in parts[name]]'
        project.replace(
            PATH,
            "    base, base_digest = read_base",
            f"{reason}\n    {line}\n    base, base_digest = read_base",
        )
        yield Place(PATH, line)
    yield Place(
        "src/evaluation/evaluate.py", 'test = read_processed(options.data, preparation)["test"]'
    )
