"""Facts from outside the project: what is publicly known of the packages that it names."""

from __future__ import annotations

import msgspec

from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import PackageRequirement


class KnownFlaw(msgspec.Struct, frozen=True):
    """A published advisory that a requirement falls under.

    `key` names the vulnerability for all packages that share it, `ids` and `aliases` are its other
    names, `siblings` the other packages. `certain` is true where every version that the
    requirement allows is affected, otherwise it may resolve to one. `newest` says whether a fresh
    install takes an affected release; None where that is not known. `fixed` is the first release
    past it, `vectors` are CVSS vectors, none where the advisory has none. `published` is ISO 8601.
    """

    key: str
    ids: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    certain: bool = True
    newest: bool | None = True
    fixed: str = ""
    vectors: tuple[str, ...] = ()
    published: str = ""


class CheckedVersion(Fact, frozen=True):
    """A requirement that was compared with the published advisories, also where none holds.

    `clean` is the smallest known release above the pin that no advisory covers.
    """

    requirement: PackageRequirement
    flaws: tuple[KnownFlaw, ...] = ()
    clean: str = ""


class Resemblance(msgspec.Struct, frozen=True):
    """The popular name that a name is one slip away from.

    `target` is what it resembles, `distribution` what to install for that; they differ where the
    target is an import or brand name. `rank` is the place in the list of popular names, from 0.
    """

    target: str
    distribution: str
    slip: str
    rank: int


class KnownMalware(msgspec.Struct, frozen=True):
    """What is known of a malicious release.

    `of_release` is true where this very release is known, otherwise the whole name is. `day` is an
    ISO date or empty, `how` says what was done, `source` who says so.
    """

    of_release: bool
    ids: tuple[str, ...] = ()
    day: str = ""
    how: str = ""
    source: str = ""


class Standing(msgspec.Struct, frozen=True):
    """Something known of the people or the project behind a package.

    `kind` is `archived`, `deprecated`, `renamed`, `placeholder`, `idle` (no release for long),
    `quarantined`, `taken-over`, `new-owner` or `attestation-lost`. `since` is a year, a month or a
    day. `successor` is what to use instead. `releases` are those it is about; none means all.
    """

    kind: str
    since: str = ""
    successor: str = ""
    releases: tuple[str, ...] = ()
    how: str = ""
    source: str = ""


class CheckedPackage(Fact, frozen=True):
    """A requirement whose name was compared with popular names, malware and known cases.

    `established` is true where the name itself is in wide use. The index was asked where `indexed`
    is not None: it is true where the index has the name. `first_upload` and `last_upload` are ISO
    dates. `yanked` is the publisher's reason for withdrawing the pinned release (`no reason
    given` where there is none), empty where it stands. `asked` is the day of a `commit` that
    already required the package before its first upload; both are empty where none is known.
    `age` is how many days before the audit's day the first upload was.
    """

    requirement: PackageRequirement
    established: bool
    resembles: Resemblance | None = None
    malware: KnownMalware | None = None
    standing: tuple[Standing, ...] = ()
    indexed: bool | None = None
    first_upload: str = ""
    last_upload: str = ""
    yanked: str = ""
    asked: str = ""
    commit: str = ""
    age: int | None = None
