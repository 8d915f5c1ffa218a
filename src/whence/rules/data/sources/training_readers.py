"""Which files read a path for training, asked by the path that something writes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from whence.rules.data.sources.data_reads import data_reads, meant
from whence.rules.models.training.training_code import feeding_codes
from whence.vocabulary.graph import SupplyGraph, asked_once


class TrainingReaders:
    """The files that read for training, by what their paths mean and by the folders over them.

    `of_text` holds the paths as they are written; `under`, by a folder, those that lie in it.
    `named` and `over` hold the same readers by the names that their paths without gaps stand for.
    """

    def __init__(self) -> None:
        self.of_text: dict[str, set[str]] = defaultdict(set)
        self.under: dict[str, set[str]] = defaultdict(set)
        self.named: dict[str, set[str]] = defaultdict(set)
        self.over: dict[str, set[str]] = defaultdict(set)
        self.patterns: dict[re.Pattern[str], set[str]] = defaultdict(set)

    def add(self, text: str, reader: str) -> None:
        """Takes in that a file reads a path, as it is written there."""
        readers = self.of_text[text]
        if reader in readers:
            return
        readers.add(reader)
        for folder in _folders(text):
            self.under[folder].add(reader)
        for name, pattern in meant(text) if "?" not in text else ():
            if pattern is not None:
                self.patterns[pattern].add(reader)
            else:
                self.named[name].add(reader)
                self.over[name.rstrip("/")].add(reader)

    def other_than(self, writer: str, written: str) -> bool:
        """Whether a file other than the writer reads what is written, or a folder over it."""
        return any(not readers <= {writer} for readers in self._readers(written))

    def _readers(self, written: str) -> Iterator[set[str]]:
        nobody: set[str] = set()
        for name, pattern in meant(written):
            if pattern is None:
                yield self.of_text.get(name, nobody)
                yield self.under.get(name.rstrip("/"), nobody)
            else:
                for text, readers in self.of_text.items():
                    if pattern.fullmatch(text):
                        yield readers
        yield self.named.get(written, nobody)
        for folder in _folders(written):
            yield self.over.get(folder, nobody)
        for pattern, readers in self.patterns.items():
            if pattern.fullmatch(written):
                yield readers


def _folders(path: str) -> Iterator[str]:
    """Everything of a path that stands before one of its slashes."""
    end = path.find("/")
    while end >= 0:
        yield path[:end]
        end = path.find("/", end + 1)


@asked_once
def training_readers(graph: SupplyGraph) -> TrainingReaders:
    """The reads of code that feeds training, and of commands, configurations and stages."""
    feeding = feeding_codes(graph)
    found = TrainingReaders()
    for read in data_reads(graph):
        path = read.span.path
        if path in feeding or not path.endswith(".py"):
            found.add(read.written, path)
    return found
