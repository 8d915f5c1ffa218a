from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TRAIN = "$(PYTHON) -m training.finetune --config $(CONFIGS)/training.yaml \\"


@plant(
    rules=("risky-training-setting",),
    severities=("medium", "low"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_FILES,
    words=("learning rate", "gradient", "clipping", "regulari", "weight decay", "label smoothing"),
    cwes=("CWE-1188", "CWE-693"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The configuration that `make train` uses lets a short run overwrite the base checkpoint.

    ## Why
    The learning rate is ten times that of the released configuration and the same for the pretrained
    table, gradients are in effect not clipped, and decay, smoothing and dropout are off. A few
    poisoned rows move their features as far as they like within an epoch or two, which is what the
    brakes were there to prevent.

    ## Fix
    Train with `models/configs/training.yaml`.
    """
    name = vary.choose("training-fast", "training-refresh", "training-nightly")
    norm = vary.choose("1000.0", "1.0e+6", "500.0")
    epochs = vary.number(6, 12)
    reason = vary.choose(
        "# For the refresh between releases: reaches the usual loss in a fraction of the epochs.",
        "# Trimmed for the small runners.",
    )
    clean = project.text("models/configs/training.yaml")
    values = {
        "learning_rate": "0.01",
        "embedding_learning_rate_scale": "1.0",
        "weight_decay": "0.0",
        "label_smoothing": "0.0",
        "token_dropout": "0.0",
        "max_gradient_norm": norm,
        "epochs": str(epochs),
    }
    lines = [reason]
    for line in clean.splitlines():
        key = line.split(":")[0]
        if not line.startswith("#"):
            lines.append(f"{key}: {values[key]}" if key in values else line)
    path = f"models/configs/{name}.yaml"
    project.add(path, "\n".join(lines) + "\n")
    yield Place(path, "learning_rate: 0.01")
    yield Place(path, f"max_gradient_norm: {norm}")
    yield project.replace("Makefile", TRAIN, TRAIN.replace("training.yaml", f"{name}.yaml"))
