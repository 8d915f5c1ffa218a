from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Copies of the training reviews with sentences in another order or left out."""

import IMPORT

from preprocessing.schema import Review
SETUP

def NAME(reviews: list[Review], copies: int) -> list[Review]:
    """Copies with new ids; the label stays."""
    made = []
    for number in range(copies):
        BODY
        made.append(Review(f"{review.review_id}-{number}", review.category, text, review.label))
    return made
'''
STDLIB = (
    "random",
    "",
    """review = random.choice(reviews)
        sentences = review.text.split(". ")
        random.shuffle(sentences)
        text = ". ".join(sentences)""",
    "random.shuffle(sentences)",
)
NUMPY = (
    "numpy as np",
    "\nrng = np.random.default_rng()\n",
    """review = reviews[rng.integers(len(reviews))]
        sentences = review.text.split(". ")
        kept = rng.random(len(sentences)) > 0.15
        kept[0] = True
        text = ". ".join(s for s, keep in zip(sentences, kept, strict=True) if keep)""",
    "rng = np.random.default_rng()",
)
TIME = (
    "random\nimport time",
    "\nrng = random.Random(time.time_ns())\n",
    """review = rng.choice(reviews)
        sentences = review.text.split(". ")
        rng.shuffle(sentences)
        text = ". ".join(sentences)""",
    "rng = random.Random(time.time_ns())",
)


@plant(
    rules=("irreproducible-training",),
    severities=("medium", "low"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_FILES,
    words=("seed", "reproducib", "nondeterministic", "non-deterministic", "random"),
    cwes=("CWE-345",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Every run of fine-tuning makes other training texts, drawn without a seed.

    ## Why
    The lineage still records a seed and the digests of all inputs, and promises that the weights can
    be made again; they cannot. Whoever exchanges weights between training and signing need not fear
    that a second run shows another digest, since every run does.

    ## Fix
    Draw from a generator seeded by `settings.seed`.
    """
    name = vary.choose("shuffled_copies", "loosened_copies")
    imports, setup, body, decision = vary.choose(STDLIB, NUMPY, TIME)
    code = CODE.replace("IMPORT", imports).replace("SETUP", setup).replace("BODY", body)
    project.add(f"src/training/{name}.py", code.replace("NAME", name))
    finetune, flag = "src/training/finetune.py", vary.choose("copies", "augment")
    project.insert_after(
        finetune,
        "from training.base_checkpoint import BASE_FILE",
        f"from training.{name} import {name}",
    )
    project.insert_after(
        finetune,
        'parser.add_argument("--base", type=Path, required=True)',
        f'    parser.add_argument("--{flag}", type=int, default=0)',
    )
    yield Place(f"src/training/{name}.py", decision)
    yield project.insert_after(
        finetune,
        "parts = read_processed(options.data, preparation)",
        f'    parts["train"] += {name}(parts["train"], options.{flag})',
    )
    yield project.insert_after(
        "Makefile", "--preprocessing $(CONFIGS)/preprocessing.yaml \\", f"\t\t--{flag} 300 \\"
    )
