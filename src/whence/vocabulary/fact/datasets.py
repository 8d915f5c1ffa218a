"""Facts of what is recorded about data: origin, licence, columns, people, and pipeline stages."""

from __future__ import annotations

from whence.vocabulary.fact import Fact


class DataOrigin(Fact, frozen=True):
    """Where data is said to come from.

    `subject` is the file or folder it speaks for, relative to the root (`.` for all). `origin` is a
    URL, a repository, the script that makes it, or the words of a card. `kind` says who says so:
    `card`, `croissant`, `datapackage`, `register`.
    """

    subject: str
    origin: str
    kind: str


class DataLicence(Fact, frozen=True):
    """Under which licence data is said to be. `subject` and `kind` as for `DataOrigin`.

    `licence` is an SPDX id, a URL or the words that name it; `kind` also `licence-file`.
    """

    subject: str
    licence: str
    kind: str


class DataColumns(Fact, frozen=True):
    """The columns that data has, or is said to have. `subject` and `kind` as for `DataOrigin`.

    `kind` is also `file` for a table of text, and `parquet` where names stand without values.
    `samples` maps a column to the first values seen, where values were read.
    """

    subject: str
    columns: tuple[str, ...]
    kind: str
    samples: dict[str, tuple[str, ...]] = {}


class PersonalDataStatement(Fact, frozen=True):
    """What is recorded about people in the data.

    `present` is `yes`, `no` or `?`. `basis` is the legal basis, consent or masking that is named,
    empty where none is. `subject` and `kind` as for `DataOrigin`.
    """

    subject: str
    present: str
    basis: str
    kind: str


class PipelineStage(Fact, frozen=True):
    """A stage of a data pipeline (dvc.yaml): what it runs, reads and writes, relative to the root."""

    name: str
    command: str
    dependencies: tuple[str, ...]
    outputs: tuple[str, ...]
