"""Names that nobody published, or that somebody published after the project began to ask for them.

A language model invents a plausible package; whoever registers the name is installed. The same
trace is left by a private name that a public index can answer for.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec
from packaging.utils import canonicalize_name

from whence.lookups.advisories import Advisories
from whence.lookups.index_answers import Answer, Missing, ProjectFacts, Unanswered


class Standing(StrEnum):
    """What is known of a name's existence."""

    KNOWN = "known"
    UNREGISTERED = "the index has no such project"
    REGISTERED_LATER = "first uploaded after the project asked for it"
    UNHEARD = "not among the names known offline"


class NameStanding(msgspec.Struct, frozen=True):
    """A name's standing. `first_upload` is set for `REGISTERED_LATER`; `reason` for `UNHEARD`."""

    name: str
    standing: Standing
    first_upload: datetime | None = None
    reason: str = ""


def standing(
    name: str,
    ranks: Mapping[str, int],
    advisories: Advisories,
    answer: Answer,
    introduced: datetime | None = None,
) -> NameStanding:
    """Whether a name exists where pip looks for it.

    `introduced` is when the requirement entered the repository. Without an answer of the index
    an unfamiliar name is only `UNHEARD`: most packages of the world are, so no finding follows.
    """
    name = canonicalize_name(name)
    match answer:
        case Missing():
            return NameStanding(name, Standing.UNREGISTERED)
        case ProjectFacts():
            first = answer.first_upload
            if introduced is not None and first is not None and first > introduced:
                return NameStanding(name, Standing.REGISTERED_LATER, first)
            return NameStanding(name, Standing.KNOWN)
        case Unanswered(reason=reason):
            if name in ranks or advisories.knows(name):
                return NameStanding(name, Standing.KNOWN)
            return NameStanding(name, Standing.UNHEARD, reason=reason)
