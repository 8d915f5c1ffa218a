"""What is said of one model, and of everything that was asked about."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from whence.vocabulary.evidence import Span


class Verdict(StrEnum):
    """What may be said of a model, the gravest first."""

    MALICIOUS = "malicious"
    INCOMPLETE = "could not be read in full"
    REVIEW = "needs review"
    CLEAN = "clean"

    @property
    def rank(self) -> int:
        """0 is the gravest."""
        return list(Verdict).index(self)


class Reason(msgspec.Struct, frozen=True):
    """Why a verdict is not better. `proof` holds the disassembled bytes where there are some."""

    verdict: Verdict
    text: str
    span: Span
    proof: str = ""


class Load(msgspec.Struct, frozen=True):
    """A place in the code that loads the model.

    `settings` are the arguments that decide what the loader may do, `versions` those of the
    library that the project names, `effect` says what loading this model there would do.
    """

    span: Span
    callee: str
    settings: tuple[str, ...]
    versions: tuple[str, ...]
    effect: str


class Record(msgspec.Struct, frozen=True):
    """A digest that somebody wrote down for a file of the model.

    `kind` says who recorded it (`checksum-file`, `lfs-pointer`, `dvc`, …), `kept` where the record
    lies seen from the file. `outcome` is `matches`, `differs` or `not compared`.
    """

    path: str
    span: Span
    kind: str
    algorithm: str
    digest: str
    kept: str
    outcome: str


class Claim(msgspec.Struct, frozen=True):
    """Where the model says it comes from. `revision` is what fixes it, empty where nothing does."""

    span: Span
    origin: str
    kind: str
    relation: str
    revision: str


class ModelPart(msgspec.Struct, frozen=True):
    """A file of the model. `stated_by` is empty where the digest was computed from the bytes.

    `fetched` counts the bytes that were read over the network, -1 where the file is on this disk.
    """

    path: str
    size: int
    sha256: str
    stated_by: str = ""
    fetched: int = -1


class ModelVerdict(msgspec.Struct, frozen=True):
    """The verdict on one model: a file, the shards of one checkpoint, or a configuration.

    `covered` is the share of the bytes whose meaning was understood, from 0.0 to 1.0. `sha256`
    is empty for several files; each part has its own. `metadata` are the files beside the model that
    its loaders act upon. `needed_safe_globals` are the names that torch's restricted unpickler has
    to be told. `findings` are the rules of the audit that speak of the same files.
    """

    path: str
    format: str
    size: int
    sha256: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    covered: float
    parts: tuple[ModelPart, ...]
    metadata: tuple[str, ...] = ()
    loaded_by: tuple[Load, ...] = ()
    records: tuple[Record, ...] = ()
    claims: tuple[Claim, ...] = ()
    signers: tuple[str, ...] = ()
    needed_safe_globals: tuple[str, ...] = ()
    conversion: str = ""
    notes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[Verdict, ...]:
        """The verdict, and the lesser ones that hold as well."""
        also = {reason.verdict for reason in self.reasons} | {self.verdict}
        return tuple(sorted(also, key=lambda each: each.rank))


class Unjudged(msgspec.Struct, frozen=True, order=True):
    """Something that no verdict speaks of, and why."""

    path: str
    reason: str


class TrustReport(msgspec.Struct, frozen=True):
    """All verdicts on what was asked about, the gravest first.

    `commit` is the revision of a hub repository that was read; `pinned` is false where the question
    named none, so that tomorrow's answer may be about other bytes.
    """

    subject: str
    version: str
    models: tuple[ModelVerdict, ...]
    unjudged: tuple[Unjudged, ...] = ()
    notes: tuple[str, ...] = ()
    commit: str = ""
    pinned: bool = True

    @property
    def worst(self) -> Verdict:
        """The gravest verdict."""
        return min((model.verdict for model in self.models), key=lambda each: each.rank)
