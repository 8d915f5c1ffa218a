"""The page of a rule: one docstring that is its documentation, its explanation and its test."""

from __future__ import annotations

import inspect
import re

import msgspec

from whence.vocabulary.example_bytes import assemble
from whence.vocabulary.finding import Metric

_SECTION = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\S+) +(\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"(?<![ \t])[ \t]*(?:#|//|--|<!--)[ \t]*finding\b[^\n]*")
_METRIC = re.compile(r"^- (AV|AC|PR|UI|S|C|I|A):([A-Z]) +(.+?)$", re.MULTILINE)
_METRIC_NAMES = ("AV", "AC", "PR", "UI", "S", "C", "I", "A")


class Example(msgspec.Struct, frozen=True):
    """A small project. `files` maps paths to content, `marked` holds (path, line) of the findings.

    In the files named in `binary` lines mean nothing: a mark says that the file is found.
    """

    files: dict[str, bytes]
    marked: tuple[tuple[str, int], ...]
    binary: frozenset[str] = frozenset()


class Page(msgspec.Struct, frozen=True):
    """What a rule's docstring says, section by section.

    `summary` is the fault in one sentence, `danger` who gains what, `attack` and `fix` the parts
    of a finding, `metrics` the eight CVSS 3.1 base metrics with their reasons, `bad` and `good`
    the examples: every heading `Bad` or `Good` (also `Good: a lock file`) is a project of its own.
    """

    summary: str
    danger: str
    attack: str
    fix: str
    metrics: tuple[Metric, ...]
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    text: str


def parse_page(docstring: str) -> Page:
    """The page in a docstring.

    Raises ValueError that names the missing part: a page without summary, `## Attack`, `## Fix`,
    all eight metrics under `## Score`, and a bad and a good example is no page.
    """
    text = inspect.cleandoc(docstring)
    pieces = _SECTION.split(text)
    summary, _, danger = pieces[0].strip().partition("\n\n")
    sections = list(zip(pieces[1::2], (body.strip() for body in pieces[2::2]), strict=True))
    named = dict(sections)
    for part in ("Attack", "Fix", "Score"):
        if part not in named:
            raise ValueError(f"the page has no section '## {part}'")
    metrics = tuple(Metric(*found) for found in _METRIC.findall(named["Score"]))
    if tuple(metric.name for metric in metrics) != _METRIC_NAMES:
        raise ValueError("'## Score' lists AV, AC, PR, UI, S, C, I, A in order: - AV:N reason")
    bad = tuple(parse_example(body) for title, body in sections if _is(title, "Bad"))
    good = tuple(parse_example(body) for title, body in sections if _is(title, "Good"))
    if not bad or not good:
        raise ValueError("the page needs a '## Bad' and a '## Good' example")
    return Page(
        summary=" ".join(summary.split()),
        danger=danger.strip(),
        attack=named["Attack"],
        fix=named["Fix"],
        metrics=metrics,
        bad=bad,
        good=good,
        text=text,
    )


def parse_example(markdown: str) -> Example:
    """The project that fenced blocks describe, each opened by three backticks, language and path.

    A comment that starts with `finding` marks its line and is taken out of the file. The languages
    of `example_bytes` are assembled to binary files.
    """
    files: dict[str, bytes] = {}
    marked: list[tuple[str, int]] = []
    binary: set[str] = set()
    for language, path, body in _BLOCK.findall(markdown):
        lines = body.split("\n")
        marked.extend((path, number) for number, line in enumerate(lines, 1) if _MARK.search(line))
        text = "\n".join(_MARK.sub("", line) for line in lines)
        assembled = assemble(language, text)
        if assembled is not None:
            binary.add(path)
        files[path] = text.encode() if assembled is None else assembled
    return Example(files, tuple(marked), frozenset(binary))


def _is(title: str, word: str) -> bool:
    return title == word or title.startswith(word + ":")
