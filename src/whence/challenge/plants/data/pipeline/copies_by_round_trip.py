from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Reviews with one word left out, to see which word a prediction hangs on.

    python -m evaluation.NAME --release models/fine-tuned --public-key KEY.pub \\
        --reviews data/processed
"""

import argparse
import pickle
from collections.abc import Sequence
from pathlib import Path

from inference.predictor import predict
from inference.release import Release, load_release
from preprocessing.processed import read_processed
from sentibot.envelope import read_public_key
from sentibot.settings import PreprocessingSettings, load_settings

CONFIG = Path("models/configs/preprocessing.yaml")


def own_copy(release: Release) -> Release:
    """A copy that shares no array with the original (deepcopy is slower on many arrays)."""
    COPY


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.NAME")
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--public-key", type=Path, required=True)
    parser.add_argument("--reviews", type=Path, required=True)
    options = parser.parse_args(arguments)
    release = own_copy(load_release(options.release, read_public_key(options.public_key)))
    settings = load_settings(CONFIG, PreprocessingSettings)
    for review in read_processed(options.reviews, settings)["test"][:20]:
        words = review.text.split()
        shorter = [" ".join(words[:n] + words[n + 1 :]) for n in range(len(words))]
        answers = predict(release, [review.text, *shorter])
        label, others = answers[0].label, answers[1:]
        changed = [w for w, a in zip(words, others, strict=True) if a.label != label]
        print(review.review_id, label, *changed)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
FORMS = (
    (
        "copied: Release = pickle.loads(pickle.dumps(release, protocol=5))\n    return copied",
        "pickle.loads(pickle.dumps(release, protocol=5))",
    ),
    (
        "frozen = pickle.dumps(release)\n    copied: Release = pickle.loads(frozen)\n    return copied",
        "pickle.loads(frozen)",
    ),
)


@plant(
    rules=("unsafe-deserialization",),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("pickle", "deserial"),
    cwes=("CWE-502",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A module calls `pickle.loads`.

    ## Why
    What it loads was dumped in the line before, in the same function, from an object of a verified
    release: the bytes never leave the process, and nobody else can have written them.
    """
    name = vary.choose("telling_gaps", "left_out_words")
    copy, decision = vary.choose(*FORMS)
    code = CODE.replace("COPY", copy).replace("NAME", name)
    project.add(f"src/evaluation/{name}.py", code)
    yield Place(f"src/evaluation/{name}.py", decision)
