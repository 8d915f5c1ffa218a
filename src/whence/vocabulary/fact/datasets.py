"""Facts of what is recorded about data: origin, licence, columns, people, and pipeline stages."""

from __future__ import annotations

import msgspec

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

    `kind` is also `file` for a table of text, `dump` for one of a database's dump, and `parquet` where
    names stand without values. `samples` maps a column to the first values seen, where values were
    read, `people` one to how many different things in its values identify somebody; `rows` are those
    looked at.
    """

    subject: str
    columns: tuple[str, ...]
    kind: str
    samples: dict[str, tuple[str, ...]] = {}
    people: dict[str, int] = {}
    rows: int = 0


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


class LabelSignal(msgspec.Struct, frozen=True):
    """Something in labelled texts that speaks for tampering, with its numbers.

    `kind` is `trigger`, `alone`, `contradiction`, `flood`, `source` or `other table`; `sign` the
    token, text or source;
    `rows` those concerned, all or `hits` of them labelled `label`; `against` of these look like
    `other` by their remaining words, `usual` is the share that does so elsewhere. `base` is the
    label's share of the table; `chance` the common logarithm of the chance, all candidates
    counted; `lines` are examples.
    """

    kind: str
    sign: str
    rows: int
    hits: int
    label: str
    other: str
    against: int
    base: float
    usual: float
    chance: float
    lines: tuple[int, ...]


class LabelledRow(msgspec.Struct, frozen=True):
    """A text of a table: its line, the number of its label, and its distinct words."""

    line: int
    label: int
    words: tuple[str, ...]


class SuspectSign(msgspec.Struct, frozen=True):
    """A sign whose rows nearly all have one label, which the table by itself cannot judge.

    `words` are the sign's, `inside` the numbers of the kept rows that hold it, `chance` the common
    logarithm of the chance of that label for so many rows, all signs counted.
    """

    sign: str
    words: tuple[str, ...]
    label: int
    rows: int
    hits: int
    chance: float
    inside: tuple[int, ...]


class LabelledTexts(Fact, frozen=True):
    """A table with texts and labels, and what its numbers show. `rows` are those read.

    For comparing tables: `labels` by number, `counts` of the texts of each label that hold a word,
    `totals` of these over all words, `kept` a sample of the rows (all of a small table), `suspects`.
    """

    path: str
    text: str
    label: str
    rows: int
    signals: tuple[LabelSignal, ...] = ()
    labels: tuple[str, ...] = ()
    counts: dict[str, tuple[int, ...]] = {}
    totals: tuple[int, ...] = ()
    kept: tuple[LabelledRow, ...] = ()
    suspects: tuple[SuspectSign, ...] = ()


class Sighting(msgspec.Struct, frozen=True):
    """Text of one kind that people do not see, in one file of data.

    `kind` is `tags`, `variation`, `run`, `bidi`, `inside`, `syllables`, `look-alike`, `single`
    (characters), `concealed` (an instruction that is not shown as it is: in a comment, in markup that
    is not drawn, split by characters), `spoken` (an instruction that is seen) or `turn` (a mark of a
    chat template, with which somebody else's turn begins).
    `rows` counts the lines, `characters` names what stands there, `lines` are the first few with
    what they show, escaped. `instruction` is what a model is told, escaped, else empty. `label` is
    the one label that all these rows have, where chance would not give it to all of them.
    """

    kind: str
    rows: int
    characters: tuple[str, ...]
    lines: tuple[tuple[int, str], ...]
    instruction: str = ""
    label: str = ""


class HiddenText(Fact, frozen=True):
    """A file of text data that was searched for what people do not see: `rows` lines of it.

    `head` is the beginning of the first line, which names the columns where there are any.
    """

    subject: str
    rows: int
    head: str
    sightings: tuple[Sighting, ...] = ()
