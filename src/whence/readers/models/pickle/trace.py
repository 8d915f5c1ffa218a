"""What a pickle stream would do if it were loaded, found without loading it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from whence.readers.models.pickle.values import shown_name


class Grade(IntEnum):
    """How an import or a use is judged."""

    SAFE = 0
    REVIEW = 1
    MALICIOUS = 2


@dataclass(slots=True, frozen=True)
class Opinion:
    """A judgement of one import or use.

    `danger` is the class of a gadget (execute, network, file-write, file-read, import,
    dynamic-attribute, denial, deserialize, hidden-name), empty for others. `pickled` holds the
    argument whose bytes are a pickle again, or None. `any_data`: the opinion holds for the same
    target whatever plain data it is given.
    """

    grade: Grade
    reason: str
    danger: str = ""
    pickled: object = None
    any_data: bool = False


@dataclass(slots=True)
class SeenImport:
    """A global that the stream imports (importing a module runs its code)."""

    module: str | None
    name: str | None
    offset: int
    pickle: int
    opinion: Opinion

    @property
    def label(self) -> str:
        """Module and name with a dot; `?` for what is not known; always printable and short."""
        return shown_name(self.module, self.name)


@dataclass(slots=True)
class SeenUse:
    """Uses of one kind of one target that are judged alike: the first, and how many there are."""

    how: str
    target: str
    arguments: str
    offset: int
    pickle: int
    opinion: Opinion
    count: int = 1


@dataclass(slots=True)
class SeenPersistent:
    """An id that the stream asks `persistent_load` for."""

    identity: str
    offset: int


@dataclass(slots=True)
class Oddity:
    """Something that ordinary picklers do not write."""

    text: str
    offset: int
    count: int = 1


@dataclass(slots=True)
class PickleRead:
    """One pickle of the stream: `trouble` says why it did not reach STOP, empty if it did."""

    start: int
    end: int
    protocol: int
    trouble: str = ""
    limited: bool = False


@dataclass(slots=True)
class Span:
    """Bytes `start` to `end` of the stream, and what they are or why they were not read."""

    start: int
    end: int
    reason: str


@dataclass(slots=True)
class Nested:
    """A pickle inside an argument of a call: the call's offset and what the inner stream does.

    `in_place`: the inner offsets count in the outer stream; otherwise from the argument's start.
    """

    offset: int
    into: str
    in_place: bool
    trace: Trace


@dataclass(slots=True)
class Trace:
    """All that was seen in one stream of pickles.

    `storages`: the torch storages that persistent ids name, with their sizes in bytes.
    """

    pickles: list[PickleRead] = field(default_factory=list)
    imports: list[SeenImport] = field(default_factory=list)
    uses: list[SeenUse] = field(default_factory=list)
    persistent: list[SeenPersistent] = field(default_factory=list)
    persistent_count: int = 0
    storages: dict[str, int] = field(default_factory=dict)
    oddities: list[Oddity] = field(default_factory=list)
    arrays: list[Span] = field(default_factory=list)
    unread: list[Span] = field(default_factory=list)
    nested: list[Nested] = field(default_factory=list)
    end: int = 0

    @property
    def complete(self) -> bool:
        """Whether every byte was understood, here and in every nested pickle."""
        return (
            not self.unread
            and not any(pickle.trouble for pickle in self.pickles)
            and all(nested.trace.complete for nested in self.nested)
        )
