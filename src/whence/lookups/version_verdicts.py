"""Which advisories each requirement falls under, asked once for every version and range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import date

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from whence.lookups.advisories import Advisories, Known, Match, Matches
from whence.lookups.index_answers import Answer, ProjectFacts
from whence.lookups.package_knowledge import Knowledge, index_name
from whence.lookups.reach import Verdict
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.fact.lookups import CheckedVersion, KnownFlaw

_READER = "advisories"
_SHOWN = 3


class _Found(msgspec.Struct, frozen=True):
    """The answer for one version or range. `of_unknown_day` are ids whose day is not known."""

    matches: Matches
    flaws: tuple[KnownFlaw, ...]
    clean: str
    of_unknown_day: tuple[str, ...]


_NOTHING = _Found(Matches(), (), "", ())


class VersionVerdicts:
    """Compares requirements with advisories and gathers what could not be decided.

    `locked` are names whose version a lock of the tree fixes. With `as_of` only advisories count
    that were public, or may have been, on that day.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        answers: Mapping[str, Answer],
        locked: Set[str],
        as_of: date | None,
    ) -> None:
        self._knowledge = knowledge
        self._answers = answers
        self._locked = locked
        self._as_of = as_of
        self._seen: dict[tuple[bool, str, str, str], _Found] = {}
        self._open: dict[str, dict[str, tuple[Span, str]]] = {}
        self._of_unknown_day: dict[str, Span] = {}

    def checked(self, required: PackageRequirement) -> Iterator[Fact | Unread]:
        """The requirement with its advisories, and what could not be decided about it."""
        if not _is_released(required):
            return
        name = index_name(required)
        key = (required.ecosystem == "npm", name, required.version, required.specifier)
        if key not in self._seen:
            self._seen[key] = self._answer(name, required)
        found = self._seen[key]
        for undecided in found.matches.undecided:
            ids = f" ({', '.join(undecided.ids)})" if undecided.ids else ""
            yield Unread(required.span, _READER, f"{name}: {undecided.reason}{ids}")
        self._remember(required, found)
        yield CheckedVersion(required.span, required, found.flaws, found.clean)

    def undecided(self) -> Iterator[Unread]:
        """One note per file on ranges whose newest release is not known, one on unknown days."""
        day = f" on {self._as_of}" if self._as_of else ""
        for path in sorted(self._open):
            ranges = self._open[path]
            shown = "; ".join(text for _, text in list(ranges.values())[:_SHOWN])
            more = f" and {len(ranges) - _SHOWN} more" if len(ranges) > _SHOWN else ""
            reason = (
                f"{len(ranges)} ranges admit affected releases beside others, and which release"
                f" is their newest{day} is not known without the index: {shown}{more}"
            )
            yield Unread(min(span for span, _ in ranges.values()), _READER, reason)
        if self._of_unknown_day:
            ids = sorted(self._of_unknown_day)
            reason = (
                f"whether {len(ids)} advisories were public{day} is not known, their records carry"
                f" the day of an import; they count as public: {', '.join(ids[:_SHOWN])}"
            )
            yield Unread(min(self._of_unknown_day.values()), _READER, reason)

    def _remember(self, required: PackageRequirement, found: _Found) -> None:
        for identifier in found.of_unknown_day:
            self._of_unknown_day.setdefault(identifier, required.span)
        unknown = [flaw.key for flaw in found.flaws if flaw.newest is None and not flaw.certain]
        if not unknown or required.scope not in ("manifest", "command"):
            return
        if required.name in self._locked or any(
            flaw.certain or flaw.newest for flaw in found.flaws
        ):
            return
        text = f"{required.name}{required.specifier} ({', '.join(unknown[:_SHOWN])})"
        of_file = self._open.setdefault(required.span.path, {})
        of_file.setdefault(required.name, (required.span, text))

    def _answer(self, name: str, required: PackageRequirement) -> _Found:
        advisories = self._knowledge.advisories_on(required)
        if advisories is None:
            return _NOTHING
        answer = self._answers.get(name) if required.ecosystem != "npm" else None
        offered = answer.offered if isinstance(answer, ProjectFacts) else None
        found = _matches(name, required, advisories, offered)
        known = {match: self._known(match) for match in found.matches}
        flaws = tuple(_flaw(match) for match in found.matches if known[match] is not Known.NO)
        clean = (
            advisories.clean_version(name, required.version) if flaws and required.version else ""
        )
        unknown = tuple(m.advisory.key for m in found.matches if known[m] is Known.UNKNOWN)
        return _Found(found, flaws, clean, unknown)

    def _known(self, match: Match) -> Known:
        if self._knowledge.malware.is_of_malware(match.advisory):
            return Known.NO  # the rule on malware speaks of it
        return match.advisory.known_on(self._as_of) if self._as_of else Known.YES


def _is_released(required: PackageRequirement) -> bool:
    """Whether an index's release is meant: code at an address has no version to compare."""
    if required.url:
        return bool(required.version) and not required.url.startswith("git+")
    return "$" not in required.specifier


def _matches(
    name: str,
    required: PackageRequirement,
    advisories: Advisories,
    offered: tuple[str, ...] | None,
) -> Matches:
    if required.version:
        return advisories.match(name, required.version)
    if not advisories.knows(name):
        return Matches()
    found: list[Matches] = []
    for alternative in required.specifier.split("||"):
        try:
            specifiers = SpecifierSet(alternative.strip())
        except InvalidSpecifier:
            continue
        found.append(advisories.match_range(name, specifiers, offered))
    if len(found) == 1:
        return found[0]
    return Matches(
        tuple({match.advisory.key: match for one in found for match in one.matches}.values()),
        tuple(dict.fromkeys(undecided for one in found for undecided in one.undecided)),
    )


def _flaw(match: Match) -> KnownFlaw:
    advisory = match.advisory
    return KnownFlaw(
        advisory.key,
        advisory.ids,
        advisory.aliases,
        advisory.siblings,
        match.verdict is Verdict.AFFECTED,
        match.newest_affected,
        match.fixed,
        advisory.vectors,
        advisory.published.isoformat(),
    )
