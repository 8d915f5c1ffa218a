"""Compares every package that the project names with what is publicly known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from whence.lookups import installer_environment
from whence.lookups.advisories import Advisories, Known, Match, Matches
from whence.lookups.index_answers import Answer, ProjectFacts, Unanswered
from whence.lookups.known_cases import KnownCases, known_cases
from whence.lookups.malware import MalwareLookup, Scope
from whence.lookups.name_tables import MalwareRegistry, PopularNames
from whence.lookups.names import Lookalikes
from whence.lookups.package_standing import standings
from whence.lookups.reach import Verdict
from whence.lookups.yanked_releases import withdrawn
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    Include,
    PackageManifest,
    PackageRequirement,
    is_public_index,
)
from whence.vocabulary.fact.lookups import (
    CheckedPackage,
    CheckedVersion,
    KnownFlaw,
    KnownMalware,
    Resemblance,
)
from whence.vocabulary.graph import SupplyGraph

# Distributions that conda channels carry under another name than the Python index.
_CONDA_NAMES = {"pytorch": "torch", "pytorch-cpu": "torch", "tensorflow-base": "tensorflow"}
# What conda installs beside Python packages, under names that other things have on the index.
_CONDA_ONLY = frozenset(("python", "cuda", "cudatoolkit", "cudnn", "nodejs", "openssl", "r", "git"))


@dataclass(frozen=True)
class Knowledge:
    """The tables that requirements are compared with."""

    advisories: Advisories
    popular: PopularNames
    registry: MalwareRegistry
    cases: KnownCases

    @classmethod
    def embedded(cls) -> Knowledge:
        """What is part of this release."""
        return cls(
            Advisories.embedded(),
            PopularNames.embedded(),
            MalwareRegistry.embedded(),
            known_cases(),
        )

    @cached_property
    def malware(self) -> MalwareLookup:
        """All that is known of malicious releases."""
        return MalwareLookup(self.advisories, self.registry, self.cases, self.popular.ranks)

    @cached_property
    def lookalikes(self) -> Lookalikes:
        """Judges which name was meant."""
        return Lookalikes(self.popular.ranks)


def asked_names(graph: SupplyGraph) -> frozenset[str]:
    """The names whose projects a package index may be asked about.

    Names that the project binds to an index of its own, takes from an address or makes itself are
    nobody else's business.
    """
    own = _own_names(graph)
    return frozenset(
        required.name
        for required in graph.facts_of(PackageRequirement)
        if required.ecosystem == "pypi"
        and required.name not in own
        and not required.url
        and (not required.index or is_public_index(required.index))
    ) - {""}


def answer(
    graph: SupplyGraph,
    knowledge: Knowledge,
    answers: Mapping[str, Answer] | None = None,
    today: date = date.max,
    as_of: date | None = None,
) -> Iterator[Fact | Unread]:
    """What is known of each requirement, and what of it could not be decided.

    Versions are compared with advisories where a release of an index is meant, names with popular
    ones and malware. `answers` holds what an index said of `asked_names`, where it was asked.
    With `as_of` only advisories count that were public, or may have been, on that day.
    """
    answers = answers or {}
    versions = _Versions(knowledge, answers, as_of)
    packages = _Packages(knowledge, answers, _own_names(graph), today)
    yield from _unanswered(graph, answers)
    for required in graph.facts_of(PackageRequirement):
        if _is_judged(required):
            yield from versions.checked(required)
            yield from packages.checked(required)
    yield from installer_environment.indexes(graph)
    yield from _not_compared(graph)
    yield from _missing_includes(graph)


def _not_compared(graph: SupplyGraph) -> Iterator[Unread]:
    """Locks of an ecosystem that the advisory data do not hold."""
    for manifest in graph.facts_of(PackageManifest):
        if manifest.tool in ("npm", "yarn", "pnpm"):
            reason = "JavaScript packages are not compared with advisories"
            yield Unread(manifest.span, "advisories", reason)


def _own_names(graph: SupplyGraph) -> set[str]:
    return {found.name for found in graph.facts_of(PackageManifest) if found.name}


def _unanswered(graph: SupplyGraph, answers: Mapping[str, Answer]) -> Iterator[Unread]:
    """One note for each reason why an index said nothing, at the first requirement it is about."""
    reasons: dict[str, list[str]] = {}
    for name, found in sorted(answers.items()):
        if isinstance(found, Unanswered):
            reasons.setdefault(found.reason, []).append(name)
    for reason, names in sorted(reasons.items()):
        first = next(r for r in graph.facts_of(PackageRequirement) if r.name in names)
        text = f"nothing is known from the index of {len(names)} packages"
        yield Unread(first.span, "package index", f"{text}, {names[0]} among them: {reason}")


def _is_judged(required: PackageRequirement) -> bool:
    if required.ecosystem == "conda":
        return required.name not in _CONDA_ONLY
    return required.ecosystem == "pypi" and bool(required.name)


class _Versions:
    """Answers on versions, each asked once."""

    def __init__(
        self, knowledge: Knowledge, answers: Mapping[str, Answer], as_of: date | None
    ) -> None:
        self._knowledge = knowledge
        self._answers = answers
        self._as_of = as_of
        self._seen: dict[tuple[str, str, str], tuple[Matches, tuple[KnownFlaw, ...], str]] = {}

    def checked(self, required: PackageRequirement) -> Iterator[Fact | Unread]:
        """The requirement with its advisories, and what could not be decided about it."""
        if not _is_released(required):
            return
        name = _name(required)
        key = (name, required.version, required.specifier)
        if key not in self._seen:
            self._seen[key] = self._answer(name, required)
        found, flaws, clean = self._seen[key]
        for undecided in found.undecided:
            ids = f" ({', '.join(undecided.ids)})" if undecided.ids else ""
            yield Unread(required.span, "advisories", f"{name}: {undecided.reason}{ids}")
        yield CheckedVersion(required.span, required, flaws, clean)

    def _answer(
        self, name: str, required: PackageRequirement
    ) -> tuple[Matches, tuple[KnownFlaw, ...], str]:
        advisories = self._knowledge.advisories
        answer = self._answers.get(name)
        offered = answer.offered if isinstance(answer, ProjectFacts) else None
        found = _matches(name, required, advisories, offered)
        flaws = tuple(
            _flaw(match)
            for match in found.matches
            if not self._knowledge.malware.is_of_malware(match.advisory)
            and (self._as_of is None or match.advisory.known_on(self._as_of) is not Known.NO)
        )
        clean = (
            advisories.clean_version(name, required.version) if flaws and required.version else ""
        )
        return found, flaws, clean


class _Packages:
    """Answers on names and releases."""

    def __init__(
        self, knowledge: Knowledge, answers: Mapping[str, Answer], own: set[str], today: date
    ) -> None:
        self._knowledge = knowledge
        self._answers = answers
        self._own = own
        self._today = today
        self._near: dict[str, Resemblance | None] = {}

    def checked(self, required: PackageRequirement) -> Iterator[CheckedPackage]:
        """The requirement with what is known of its name. What no index answers has no facts."""
        if required.url or required.name in self._own:
            return
        name, version = _name(required), required.version
        established = name in self._knowledge.popular.ranks
        answer = self._answers.get(name)
        facts = answer if isinstance(answer, ProjectFacts) else None
        cases = self._knowledge.cases
        yield CheckedPackage(
            required.span,
            required,
            established,
            self._resemblance(name, required),
            self._malware(name, version),
            standings(name, version, cases, answer, established, self._today),
            None if answer is None or isinstance(answer, Unanswered) else facts is not None,
            _day(facts.first_upload if facts else None),
            _day(facts.last_upload if facts else None),
            _yanked(name, version, facts),
        )

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

    def _malware(self, name: str, version: str) -> KnownMalware | None:
        found = self._knowledge.malware.find(name, version)
        if found is None:
            return None
        of_release = found.scope is Scope.RELEASE
        return KnownMalware(of_release, found.ids, found.day, found.how, found.source)


def _day(time: datetime | None) -> str:
    return time.date().isoformat() if time else ""


def _yanked(name: str, version: str, facts: ProjectFacts | None) -> str:
    """The reason for withdrawing a release, by the index where it was asked, else by the table."""
    if not version:
        return ""
    release = facts.release(version) if facts else None
    if release is None:
        return withdrawn(name, version)
    return (release.yank_reason or "no reason given") if release.yanked else ""


def _name(required: PackageRequirement) -> str:
    """The name on the Python index."""
    if required.ecosystem == "conda":
        return _CONDA_NAMES.get(required.name, required.name)
    return required.name


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


def _missing_includes(graph: SupplyGraph) -> Iterator[Unread]:
    """Files that a manifest takes in and the tree does not hold, and includes in a circle."""
    for include in graph.facts_of(Include):
        path = include.span.path
        if not graph.facts_in(path, PackageManifest):
            continue
        remote = "://" in include.target
        if not remote and include.target in graph.files:
            if _leads_back(include.target, path, graph):
                reason = f"includes itself by way of {include.target}"
                yield Unread(include.span, "requirements", reason)
            continue
        where = "stands outside the tree" if remote else "is not in the tree"
        yield Unread(include.span, "requirements", f"includes {include.target}, which {where}")


def _leads_back(start: str, goal: str, graph: SupplyGraph) -> bool:
    waiting, seen = [start], set()
    while waiting:
        path = waiting.pop()
        if path == goal:
            return True
        if path not in seen:
            seen.add(path)
            waiting.extend(include.target for include in graph.facts_in(path, Include))
    return False
