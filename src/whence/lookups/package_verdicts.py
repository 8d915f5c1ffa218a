"""What is known of the name and the makers of each required package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import date, datetime

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from whence.lookups.index_answers import Answer, ProjectFacts, Release, Unanswered
from whence.lookups.malware import Scope
from whence.lookups.package_knowledge import Knowledge, index_name
from whence.lookups.package_standing import standings
from whence.lookups.requirement_history import History, Wanted
from whence.lookups.yanked_releases import withdrawn
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.fact.lookups import CheckedPackage, KnownMalware, Resemblance


class PackageVerdicts:
    """Answers on names and releases.

    `own` are names that the project makes itself. What no index answers has no facts. With
    `as_of` only what was known on that day counts; `today` is then that day.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        answers: Mapping[str, Answer],
        own: Set[str],
        history: History,
        today: date,
        as_of: date | None,
    ) -> None:
        self._knowledge = knowledge
        self._answers = answers
        self._own = own
        self._history = history
        self._today = today
        self._as_of = as_of
        self._near: dict[str, Resemblance | None] = {}
        self._withdrawn: list[PackageRequirement] = []

    def checked(self, required: PackageRequirement) -> Iterator[CheckedPackage]:
        """The requirement with what is known of its name."""
        if required.url or required.name in self._own:
            return
        if required.ecosystem == "npm":
            yield CheckedPackage(required.span, required, True, malware=self._malware(required))
            return
        name = index_name(required)
        established = name in self._knowledge.popular.ranks
        answer = self._answers.get(name)
        facts = answer if isinstance(answer, ProjectFacts) else None
        release = _taken(required, facts)
        first = facts.first_upload if facts else None
        wanted = Wanted(required.span.path, name, first) if first else None
        asked = self._history.asked.get(wanted) if wanted else None
        yield CheckedPackage(
            required.span,
            required,
            established,
            self._resemblance(name, required),
            self._malware(required),
            standings(
                name, facts, release, established, self._knowledge.cases, self._today, self._as_of
            ),
            None if answer is None or isinstance(answer, Unanswered) else facts is not None,
            _day(first),
            _day(facts.last_upload if facts else None),
            self._yanked(name, required, facts),
            _day(asked.time if asked else None),
            asked.commit if asked else "",
            max((self._today - first.date()).days, 0) if first else None,
        )

    def undecided(self) -> Iterator[Unread]:
        """What of a past day no source can tell."""
        if self._withdrawn:
            names = sorted({f"{one.name} {one.version}" for one in self._withdrawn})
            reason = (
                f"whether they were withdrawn by {self._as_of} already is not known of"
                f" {len(names)} releases: {', '.join(names[:3])}"
            )
            yield Unread(min(one.span for one in self._withdrawn), "package index", reason)

    def _resemblance(self, name: str, required: PackageRequirement) -> Resemblance | None:
        if required.ecosystem != "pypi":
            return None
        if name not in self._near:
            look = self._knowledge.lookalikes.near(name)
            self._near[name] = (
                Resemblance(look.target, look.distribution, look.slip.value, look.rank)
                if look
                else None
            )
        return self._near[name]

    def _malware(self, required: PackageRequirement) -> KnownMalware | None:
        found = self._knowledge.malware_of(required)
        if found is None:
            return None
        of_release = found.scope is Scope.RELEASE
        return KnownMalware(of_release, found.ids, found.day, found.how, found.source)

    def _yanked(self, name: str, required: PackageRequirement, facts: ProjectFacts | None) -> str:
        """The reason for withdrawing a release, by the index where asked, else by the table."""
        if not required.version:
            return ""
        release = facts.release(required.version) if facts else None
        if release is None:
            reason = withdrawn(name, required.version)
        else:
            reason = (release.yank_reason or "no reason given") if release.yanked else ""
        if reason and self._as_of:
            self._withdrawn.append(required)
            return ""
        return reason


def _taken(required: PackageRequirement, facts: ProjectFacts | None) -> Release | None:
    """The release that an installer takes for the requirement: the pinned, or the newest."""
    if facts is None:
        return None
    if required.version:
        return facts.release(required.version)
    try:
        specifiers = SpecifierSet(required.specifier)
    except InvalidSpecifier:
        specifiers = SpecifierSet()
    newest = list(specifiers.filter(facts.offered))
    return facts.release(newest[-1]) if newest else None


def _day(time: datetime | None) -> str:
    return time.date().isoformat() if time else ""
