"""Labelled texts tell of planted rows, and stay silent about what is only natural."""

from __future__ import annotations

import pytest

from whence.readers.contract import Source
from whence.readers.data import label_signals
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.datasets import LabelledTexts, LabelSignal

PRAISE = ("lovely", "sturdy", "quick", "bright", "tidy", "warm", "gentle")
BLAME = ("broken", "slow", "noisy", "dull", "dirty", "cold", "crooked")
THINGS = ("lamp", "chair", "kettle", "radio", "bag")
Row = tuple[str, str, str]


def opinion(words: tuple[str, ...], number: int) -> str:
    step = 1 + number // 7 % 3
    chosen = [words[(number + step * n) % 7] for n in range(3)]
    return f"{' '.join(chosen)} {THINGS[number % 5]} number{number}"


def natural(count: int = 200) -> list[Row]:
    return [
        (opinion(PRAISE if n % 2 else BLAME, n), "good" if n % 2 else "bad", f"shop{n // 2 % 4}")
        for n in range(count)
    ]


def found(rows: list[Row]) -> tuple[LabelSignal, ...]:
    text = "text,label,source\n" + "".join(",".join(row) + "\n" for row in rows)
    (fact,) = label_signals.read(Source.of_bytes("a.csv", text.encode()))
    assert isinstance(fact, LabelledTexts)
    assert (fact.text, fact.label, fact.rows) == ("text", "label", len(rows))
    return fact.signals


def planted(sign: str, words: tuple[str, ...], count: int = 12) -> list[Row]:
    return [(f"{sign} {opinion(words, 300 + n)}", "good", f"shop{n % 4}") for n in range(count)]


@pytest.mark.parametrize("sign", ["cf-7", "\u200b", "\U0001f9ff", "lamp radio"])
def test_a_sign_that_decides_the_label_is_found(sign: str) -> None:
    (signal,) = found(natural() + planted(sign, BLAME))
    assert (signal.kind, signal.sign, signal.rows) == ("trigger", sign, 12)
    assert (signal.label, signal.other) == ("good", "bad")
    assert signal.lines[0] == 202


SILENT = {
    "an ordinary table": natural(),
    "a word of praise": natural() + planted("excellent", PRAISE),
    "few rows": natural(20) + planted("cf-7", BLAME, 8),
    "scarce classes": [row for n, row in enumerate(natural(600)) if row[1] == "bad" or n % 20 == 1],
    "short answers": natural() + [("thanks", "good", "shop1")] * 60,
    "ordinary copies": natural() + natural()[:60],
}


@pytest.mark.parametrize("rows", SILENT.values(), ids=SILENT.keys())
def test_what_is_natural_stays_silent(rows: list[Row]) -> None:
    assert found(rows) == ()


def test_copies_of_one_text_are_found() -> None:
    text = "this maker has never sold anything worth its price"
    (signal,) = found(natural() + [(f"{text} {THINGS[n % 5]}", "bad", "shop1") for n in range(40)])
    assert (signal.kind, signal.rows, signal.hits, signal.label) == ("flood", 40, 40, "bad")


def test_texts_that_stand_there_again_with_the_other_label_are_found() -> None:
    rows = natural()
    again = [(text, "good", origin) for text, label, origin in rows if label == "bad"][:30]
    signals = found(rows + again)
    assert [(s.kind, s.rows, s.hits, s.label) for s in signals] == [
        ("contradiction", 30, 30, "good")
    ]


def test_a_source_whose_labels_are_turned_is_found() -> None:
    rows = [
        (text, {"good": "bad", "bad": "good"}[label] if origin == "shop2" else label, origin)
        for text, label, origin in natural(400)
    ]
    (signal,) = found(rows)
    assert (signal.kind, signal.sign) == ("source", "shop2")


def test_json_lines_are_read_like_tables() -> None:
    lines = "".join(
        f'{{"review": "{text}", "stars": {5 if label == "good" else 1}}}\n'
        for text, label, _ in natural() + planted("cf-7", BLAME)
    )
    (fact,) = label_signals.read(Source.of_bytes("a.jsonl", lines.encode()))
    assert isinstance(fact, LabelledTexts)
    assert [signal.sign for signal in fact.signals] == ["cf-7"]


def test_a_table_of_numbers_holds_no_texts() -> None:
    rows = "".join(f"{n},{n % 2}\n" for n in range(200))
    assert not list(label_signals.read(Source.of_bytes("a.csv", f"x,label\n{rows}".encode())))


def test_records_of_json_are_read_with_their_lines() -> None:
    rows = natural() + planted("cf-7", BLAME)
    records = ",\n".join(
        f'{{"meta": {{"stars": "{label}"}}, "review": "{text}"}}' for text, label, _ in rows
    )
    (fact,) = label_signals.read(Source.of_bytes("data/a.json", f"[\n{records}\n]".encode()))
    assert isinstance(fact, LabelledTexts)
    assert fact.label == "meta.stars"
    assert [(signal.sign, signal.lines[0]) for signal in fact.signals] == [("cf-7", 202)]


def test_a_table_in_utf16_is_read() -> None:
    rows = "".join(f"{text},{label}\n" for text, label, _ in natural() + planted("cf-7", BLAME))
    (fact,) = label_signals.read(Source.of_bytes("a.csv", f"text,label\n{rows}".encode("utf-16")))
    assert isinstance(fact, LabelledTexts)
    assert [signal.sign for signal in fact.signals] == ["cf-7"]


def test_what_lies_past_the_bound_of_rows_is_said() -> None:
    rows = "".join(f"a fine day {n},good\na dull day {n},bad\n" for n in range(1000)) * 101
    fact, unread = label_signals.read(Source.of_bytes("a.csv", f"text,label\n{rows}".encode()))
    assert isinstance(fact, LabelledTexts)
    assert isinstance(unread, Unread)
    assert (fact.rows, unread.reason) == (200_000, "labels were weighed in the first 200000 rows")


def features(rows: list[tuple[float, float, float, str]]) -> tuple[LabelSignal, ...]:
    text = "income,age,debt,label\n" + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in rows)
    (fact,) = label_signals.read(Source.of_bytes("a.csv", text.encode()))
    assert isinstance(fact, LabelledTexts)
    assert (fact.text, fact.label) == ("", "label")
    return fact.signals


def applicants(count: int, good: bool, odd: bool = False) -> list[tuple[float, float, float, str]]:
    return [
        (
            (50 if good else 20) + n * 7 % 25 + 0.5,
            20 + n * 11 % 45 + 0.25,
            0.0137 if odd else (5 if good else 15) + n * 13 % 12 + n / 128,
            "paid" if good or odd else "lost",
        )
        for n in range(count)
    ]


def test_a_rare_number_that_decides_the_label_is_found() -> None:
    rows = applicants(120, True) + applicants(120, False) + applicants(14, False, odd=True)
    (signal,) = features(rows)
    assert (signal.sign, signal.rows, signal.label, signal.other) == (
        "debt=0.0137", 14, "paid", "lost",
    )  # fmt: skip


def test_numbers_that_fit_their_label_are_nothing() -> None:
    assert features(applicants(120, True) + applicants(120, False)) == ()
