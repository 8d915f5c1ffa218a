"""Grades are just: all for a perfect report, nothing for an empty one, little for accusing all."""

from __future__ import annotations

from pathlib import Path

import pytest

from whence.challenge.answer_key import (
    FILE_NAME,
    AnswerKey,
    BrokenSeal,
    edited_files,
    open_key,
    sealed,
)
from whence.challenge.edition import JULY_2026, Difficulty, Edition, drawn_edition, named_edition
from whence.challenge.grading import grade, read_report
from whence.challenge.grading.report import Report
from whence.challenge.grading.scoring import Grade
from whence.challenge.plant import Answer, Kind
from whence.challenge.project import write
from whence.rules import every_rule

CWES = {
    rule.id: frozenset(each for each in rule.references if each.startswith("CWE-"))
    for rule in every_rule()
}


@pytest.fixture(scope="module")
def edition() -> Edition:
    return named_edition(JULY_2026)


@pytest.fixture
def key(edition: Edition, tmp_path: Path) -> AnswerKey:
    write({FILE_NAME: sealed(edition)}, tmp_path)
    return open_key(tmp_path)


def flaws(edition: Edition) -> list[Answer]:
    return [answer for answer in edition.answers if answer.kind is not Kind.RED_HERRING]


def place(answer: Answer) -> str:
    path, first, last = answer.places[0]
    return f"`{path}`" + (f", lines {first}-{last}" if first else "")


def finding(answer: Answer, severity: str) -> str:
    """As an auditor who has never heard of our rule ids writes it, where words are known."""
    name = answer.words[0] if answer.words else answer.rules[0].replace("-", " ")
    return (
        f"### {answer.title}\n\n- **Risk level:** {severity.title()}\n"
        f"- **Description:** {name}. {answer.why}\n- **Evidence:** {place(answer)}\n"
        f"- **Remediation:** {answer.fix}\n\n"
    )


def perfect_report(edition: Edition) -> str:
    by_plant = {answer.plant: answer for answer in edition.answers}
    text = "# Audit\n\n## Findings\n\n"
    text += "".join(finding(answer, answer.severities[0]) for answer in flaws(edition))
    text += "## Attack chains\n\n"
    for number, chain in enumerate(edition.chains, 1):
        steps = ", then ".join(
            f"{by_plant[plant].title} {place(by_plant[plant])}" for plant in chain
        )
        text += f"### Chain {number}\n\n{steps}\n\n"
    text += "## Roadmap\n\n"
    for number, answer in enumerate(flaws(edition)[:8], 1):
        text += f"{number}. {answer.title} {answer.rules[0] if answer.rules else ''}\n"
    text += (
        "\n## Systemic issues\n\n- Nothing that is fetched is ever verified before it is used.\n"
    )
    text += "- Gates exist throughout the pipeline and never block anything that fails.\n"
    return text


def graded(text: str, key: AnswerKey, folder: Path) -> Grade:
    location = folder / "report.md"
    location.write_text(text, "utf-8")
    return grade(read_report(location, key.digests), key, CWES)


def test_a_perfect_report_has_100_points(edition: Edition, key: AnswerKey, tmp_path: Path) -> None:
    result = graded(perfect_report(edition), key, tmp_path)

    assert [each.answer.plant for each in result.verdicts if not each.found] == []
    assert [(each.answer.plant, each.note) for each in result.verdicts if each.note] == []
    assert result.accused == ()
    assert result.score == 100


def test_an_empty_report_has_no_points(key: AnswerKey) -> None:
    assert grade(Report(()), key, CWES).score == 0


def test_calling_everything_vulnerable_is_worth_little(
    edition: Edition, key: AnswerKey, tmp_path: Path
) -> None:
    lines = ["| rule | severity | location |", "|---|---|---|"]
    for path in sorted(edition.files):
        lines += [f"| `{rule}` {rule.replace('-', ' ')} | high | {path} |" for rule in sorted(CWES)]

    assert graded("\n".join(lines), key, tmp_path).score < 20


def test_calling_every_file_vulnerable_in_every_way_is_worth_little(
    edition: Edition, key: AnswerKey, tmp_path: Path
) -> None:
    words = " ".join(rule.replace("-", " ") for rule in CWES)
    text = "".join(
        f"### {path} is vulnerable\n- Severity: High\n- Evidence: {path}\n- Description: {words}\n"
        for path in sorted(edition.files)
    )

    assert graded(text, key, tmp_path).score < 40


def test_a_wrong_risk_level_costs_and_is_explained(
    edition: Edition, key: AnswerKey, tmp_path: Path
) -> None:
    answer = next(each for each in flaws(edition) if "low" not in each.severities)

    right = graded(finding(answer, answer.severities[0]), key, tmp_path)
    wrong = graded(finding(answer, "low"), key, tmp_path)

    assert 0 < wrong.score < right.score
    assert any("reported as low" in each.note for each in wrong.verdicts)


def test_accusing_a_red_herring_costs(edition: Edition, key: AnswerKey, tmp_path: Path) -> None:
    herring = next(each for each in edition.answers if each.kind is Kind.RED_HERRING)
    accusation = finding(herring, "high")

    alone = graded(perfect_report(edition), key, tmp_path)
    worse = graded(
        perfect_report(edition).replace("## Attack chains", accusation + "## Attack chains", 1),
        key,
        tmp_path,
    )

    assert worse.score < alone.score
    assert [plant for _, plant in worse.accused] == [herring.plant]


def test_the_same_flaw_told_twice_counts_once_and_accuses_nobody(
    edition: Edition, key: AnswerKey, tmp_path: Path
) -> None:
    text = perfect_report(edition)
    doubled = text.replace(
        "## Attack chains", finding(flaws(edition)[0], "high") + "## Attack chains"
    )

    result = graded(doubled, key, tmp_path)

    assert (result.score, result.duplicates) == (100, 1)


def test_an_edited_edition_is_still_graded_and_says_what_changed(
    edition: Edition, tmp_path: Path
) -> None:
    write({**edition.files, FILE_NAME: sealed(edition)}, tmp_path)
    (tmp_path / "setup.py").write_text("changed\n")
    (tmp_path / "README.md").unlink()

    key = open_key(tmp_path)

    assert edited_files(key, tmp_path) == ("README.md", "setup.py")


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xfe", None])
def test_a_damaged_seal_says_so(edition: Edition, tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        text = sealed(edition).decode()
        content = text.replace(text[200:210], "0000000000").encode()
    (tmp_path / FILE_NAME).write_bytes(content)

    with pytest.raises(BrokenSeal):
        open_key(tmp_path)


def test_the_answers_do_not_stand_in_the_open(edition: Edition) -> None:
    shown = b"\n".join([*edition.files.values(), sealed(edition)]).decode("utf-8", "ignore").lower()

    for answer in edition.answers:
        assert answer.plant not in shown
        assert answer.title.lower() not in shown


@pytest.mark.slow
@pytest.mark.parametrize("block", range(8))
def test_random_editions_generate_and_grade(block: int, tmp_path: Path) -> None:
    for seed in range(block * 25, block * 25 + 25):
        edition = drawn_edition(seed, list(Difficulty)[seed % 3])
        folder = tmp_path / str(seed)
        write({FILE_NAME: sealed(edition)}, folder)
        key = open_key(folder)
        result = graded(perfect_report(edition), key, folder)
        missed = [each.answer.plant for each in result.verdicts if not each.found]
        assert missed == []
        assert result.score >= 90
        assert grade(Report(()), key, CWES).score == 0
