from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

LENGTHS = """        if not limits.min_characters <= len(review.text) <= limits.max_characters:
            raise DataRefused(f"{review.review_id} has {len(review.text)} characters")
"""
SHORTER = """        size = len(review.text)
        assert limits.min_characters <= size <= limits.max_characters, review.review_id
"""
SPLITS = """    if len(set(ids)) != len(ids):
        raise DataRefused("a review is in two splits")
"""
SHARE = """    if share > limits.max_label_share:
        raise DataRefused(f"one label holds {share:.0%} of the reviews")
"""
IMAGE = "deploy/docker/Dockerfile"


@plant(
    rules=("validation-disabled", "missing-data-validation"),
    severities=("medium", "high", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("assert", "pythonoptimize", "optimised", "optimized", "-o"),
    cwes=("CWE-617", "CWE-693"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Checks of the data are asserts, and the image in which training runs strips asserts.

    ## Why
    `PYTHONOPTIMIZE` compiles every `assert` away. In the tests the checks hold; in the weekly trial
    on the cluster a set with one flooded label, or a review in training and test at once, passes
    without a word.

    ## Fix
    Raise `DataRefused`, and leave `assert` to the tests.
    """
    first = vary.choose(True, False)
    if first:
        path, decision = "src/preprocessing/processed.py", "assert len(set(ids)) == len(ids)"
        project.replace(path, SPLITS, f'    {decision}, "a review is in two splits"\n')
    else:
        path, decision = "src/preprocessing/screening.py", "assert share <= limits.max_label_share"
        project.replace(path, SHARE, f"    {decision}, share\n")
    other = project.replace("src/preprocessing/screening.py", LENGTHS, SHORTER)
    yield Place(path, decision)
    yield Place(other.path, "assert limits.min_characters <= size")
    if vary.choose(True, False):
        project.replace(
            IMAGE,
            "    PYTHONHASHSEED=0 \\\n",
            "    PYTHONHASHSEED=0 \\\n    PYTHONOPTIMIZE=1 \\\n",
        )
        yield Place(IMAGE, "PYTHONOPTIMIZE=1")
    else:
        project.replace(IMAGE, 'ENTRYPOINT ["/srv/venv/bin/python", "-m"]',
                        'ENTRYPOINT ["/srv/venv/bin/python", "-O", "-m"]')  # fmt: skip
        yield Place(IMAGE, '"/srv/venv/bin/python", "-O", "-m"]')
