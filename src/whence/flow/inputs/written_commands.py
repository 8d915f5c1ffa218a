"""Commands that stand elsewhere than in a script: in images, and as text in configuration.

An image starts what ENTRYPOINT and CMD give together. Task runners (poe, hatch, PDM, taskipy, Task,
DVC, MLproject, npm) and most pipelines keep command lines as plain values of a configuration.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.graph import SupplyGraph

TEXT = 4000
Written = tuple[tuple[str, ...], Span]
_SEPARATORS = re.compile(r"&&|\|\||[;\n|]")
_DEFAULT = re.compile(r"\$\{\w+:?[-=]([^{}]*)\}")
_PROGRAM = re.compile(r"[\w./-]*\.py")


def of_images(graph: SupplyGraph) -> Iterator[Written]:
    """What an image starts: the words of ENTRYPOINT, and those of CMD behind its program."""
    entries: dict[tuple[str, int], tuple[str, ...]] = {}
    for instruction in graph.facts_of(ImageInstruction):
        at = (instruction.span.path, instruction.stage)
        words = tuple(re.findall(r"[^\s,\[\]\"']+", instruction.value))
        if instruction.keyword == "ENTRYPOINT":
            entries[at] = words
            yield words, instruction.span
        elif instruction.keyword == "CMD":
            program = program_of(entries.get(at, ()))
            yield (*program, *words) if program else words, instruction.span


def in_configuration(graph: SupplyGraph, scripts: frozenset[str]) -> Iterator[Written]:
    """Values that are command lines of Python, in files of which no command was read."""
    read = {command.span.path for command in graph.facts_of(ShellCommand)}
    for value in graph.facts_of(ConfigValue):
        text = value.value
        first = text.partition(" ")[0]
        if " " not in text or not (".py " in text or "python" in text or first in scripts):
            continue
        if value.span.path not in read:
            for words in split(text):
                yield words, value.span


def program_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a command up to the file or module that it starts; none where it has none."""
    for number, word in enumerate(words):
        if _PROGRAM.fullmatch(word):
            return words[: number + 1]
        if word == "-m":
            return words[: number + 2]
    return ()


def split(text: str) -> Iterator[tuple[str, ...]]:
    """The words of each command of a text."""
    for part in _SEPARATORS.split(text[:TEXT]):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue
        if words:
            yield tuple(words)


def with_defaults(text: str) -> str:
    """A word of a shell in which `${NAME:-default}` is the default."""
    return _DEFAULT.sub(lambda found: found[1], text) if "${" in text else text
