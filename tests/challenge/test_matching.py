"""Claims are paired with answers one to one, and as well as possible."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from whence.challenge.grading.matching import assignment, weights
from whence.challenge.grading.report import Claim
from whence.challenge.plant import Answer, Kind, Needs

TABLES = st.integers(1, 5).flatmap(
    lambda answers: st.lists(
        st.lists(
            st.sampled_from([0.0, 0.36, 0.45, 0.75, 0.9, 1.0]), min_size=answers, max_size=answers
        ),
        min_size=1,
        max_size=5,
    )
)


def best_total(table: list[list[float]]) -> float:
    """By trying every pairing."""
    claims, answers = len(table), len(table[0])
    padded = [*range(claims), *[None] * answers]
    return max(
        sum(table[claim][answer] for answer, claim in enumerate(chosen) if claim is not None)
        for chosen in set(itertools.permutations(padded, answers))
    )


@given(TABLES)
def test_no_pairing_is_better(table: list[list[float]]) -> None:
    pairs = assignment(table)

    assert len(set(pairs.values())) == len(pairs)
    assert all(table[claim][answer] > 0 for claim, answer in pairs.items())
    assert abs(sum(table[c][a] for c, a in pairs.items()) - best_total(table)) < 1e-9


def answer(**more: object) -> Answer:
    parts: dict[str, object] = {
        "plant": "root", "section": "dependencies/containers", "title": "The image runs as root.",
        "rules": ("container-runs-as-root",), "cwes": (), "words": ("as root",),
        "severities": ("medium",), "kind": Kind.OBVIOUS, "needs": Needs.ONE_FILE,
        "places": (("deploy/docker/Dockerfile", 10, 12),), "why": "", "fix": "",
    }  # fmt: skip
    return Answer(**{**parts, **more})  # type: ignore[arg-type]


def claim(path: str = "deploy/docker/Dockerfile", line: int = 11, **more: object) -> Claim:
    parts: dict[str, object] = {
        "title": "", "severity": "medium", "rules": (), "cwes": (), "text": "",
        "places": ((path, line, line),),
    }  # fmt: skip
    return Claim(**{**parts, **more})  # type: ignore[arg-type]


def weight(each: Claim, of: Answer | None = None) -> float:
    cwes = {"container-runs-as-root": frozenset({"CWE-250"}), "build-context-leak": frozenset()}
    return weights([each], [of or answer()], cwes)[0][0]


def test_the_rule_a_weakness_number_or_its_words_name_the_class() -> None:
    assert weight(claim(rules=("container-runs-as-root",))) == 1.0
    assert weight(claim(cwes=("CWE-250",))) > 0.6
    assert weight(claim(text="the process runs as root")) > 0.6
    assert weight(claim(text="the container runs with root rights")) > 0.6


def test_another_class_or_another_file_is_no_match() -> None:
    assert weight(claim(text="the base image is not pinned")) == 0.0
    assert weight(claim(rules=("build-context-leak",), text="runs as root")) == 0.0
    assert weight(claim("deploy/docker/other", rules=("container-runs-as-root",))) == 0.0


def test_lines_far_away_count_less_than_lines_near_by() -> None:
    near, far, file_only = (
        weight(claim(line=line, rules=("container-runs-as-root",))) for line in (14, 80, 0)
    )

    assert 1.0 > near > file_only > far > 0.0
