"""Comments that dismiss findings."""

from __future__ import annotations

import pytest

from whence.readers import suppressions
from whence.readers.contract import Source
from whence.vocabulary.fact.repository import Suppression


def read(path: str, text: str) -> list[Suppression]:
    content = text.encode()
    assert suppressions.claims(path, content[:4096])
    found = list(suppressions.read(Source.of_bytes(path, content)))
    return [each for each in found if isinstance(each, Suppression)]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.yml", 'x: 1  # whence: ignore[one, two-b] reason="because so" until=2027-01-31'),
        ("a.ts", 'x = 1 // whence: ignore[one,two-b] until=2027-01-31 reason="because so"'),
        ("a.sql", "select 1 -- whence: ignore[one two-b] reason='because so' until='2027-01-31'"),
        ("a.md", 'x <!-- whence: ignore[one, two-b] reason="because so" until=2027-01-31 -->'),
        ("a.py", 'x = 1  # whence: ignore[one, two-b] reason="because so" until=2027-01-31'),
    ],
)
def test_every_comment_form_is_read(path: str, line: str) -> None:
    (found,) = read(path, f"first\n{line}\n" if path != "a.py" else f"y = 1\n{line}\n")
    assert (found.rules, found.reason, found.until) == (
        ("one", "two-b"),
        "because so",
        "2027-01-31",
    )
    assert (found.span.first, found.covers) == (2, 2)


def test_a_comment_alone_on_its_line_covers_the_next_line_of_code() -> None:
    text = "a: 1\n# whence: ignore[one] reason=x\n# whence: ignore[two] reason=y\n\nb: 2\n"
    assert [(s.rules, s.covers) for s in read("a.yml", text)] == [(("one",), 5), (("two",), 5)]


def test_a_missing_reason_stays_empty() -> None:
    (found,) = read("a.yml", "a: 1  # whence: ignore[one]\n")
    assert found.reason == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", '"""Write\n# whence: ignore[one] reason="x"\n"""\n'),
        ("a.py", 'x = "# whence: ignore[one] reason=x"\n'),
        ("a.md", "```yaml\na: 1  # whence: ignore[one] reason=x\n```\n"),
        ("a.md", "Write `# whence: ignore[one] reason=x` to dismiss.\n"),
        ("a.yml", 'a: "say # whence: ignore[one] reason=x"\n'),
        ("a.yml", "a: 1  # whence: ignore one\n"),
    ],
)
def test_text_about_suppressions_is_none(path: str, text: str) -> None:
    assert read(path, text) == []


def test_python_is_read_up_to_where_it_is_none() -> None:
    (found,) = read("a.py", "x = 1  # whence: ignore[one] reason=x\ny = (\n")
    assert found.covers == 1
