"""Compares every package that the project names with what is publicly known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import UTC, date, datetime, time

from whence.lookups import installer_environment
from whence.lookups.index_answers import Answer, ProjectFacts, Unanswered
from whence.lookups.package_knowledge import Knowledge, index_name
from whence.lookups.package_verdicts import PackageVerdicts
from whence.lookups.requirement_history import History, Wanted
from whence.lookups.version_verdicts import VersionVerdicts
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    Include,
    PackageIndex,
    PackageManifest,
    PackageRequirement,
    is_public_index,
    without_credentials,
)
from whence.vocabulary.graph import SupplyGraph

# What conda installs beside Python packages, under names that other things have on the index.
_CONDA_ONLY = frozenset(("python", "cuda", "cudatoolkit", "cudnn", "nodejs", "openssl", "r", "git"))
_FRONT_END = ("npm", "yarn", "pnpm")
_OWN_INDEX = "the project takes it from an index of its own, and asking another would name it there"
_NO_TIMES = "the index gives no upload times, so that what it offered on {day} is not known"


def asked_names(
    graph: SupplyGraph, knowledge: Knowledge, indexes: Set[str] = frozenset()
) -> tuple[frozenset[str], frozenset[str]]:
    """The names whose projects the package indexes may be asked about, and those they may not.

    Names that the project binds to an index of its own, takes from an address or makes itself are
    nobody else's business, and neither are those of a project whose only index is its own, unless
    all the world knows them. `indexes` are addresses, without credentials, that will be asked.
    """
    own = _own_names(graph)
    elsewhere = _elsewhere(graph, indexes)
    asked: set[str] = set()
    withheld: set[str] = set()
    for required in graph.facts_of(PackageRequirement):
        if required.ecosystem != "pypi" or not required.name or required.name in own:
            continue
        bound = required.index and not is_public_index(required.index)
        if required.url or (bound and required.index.rstrip("/") not in indexes):
            continue
        private = "" in elsewhere or required.span.path in elsewhere
        may = not private or bound or knowledge.is_public(required.name)
        (asked if may else withheld).add(required.name)
    return frozenset(asked), frozenset(withheld - asked)


def _elsewhere(graph: SupplyGraph, indexes: Set[str]) -> set[str]:
    """Files whose requirements come from another index; an empty path stands for all files."""
    found: set[str] = set()
    for index in graph.facts_of(PackageIndex):
        known = index.public or without_credentials(index.url).rstrip("/") in indexes
        if index.role == "primary" and not known:
            path = index.span.path
            found.add(path if graph.facts_in(path, PackageRequirement) else "")
    return found


def withheld(names: Set[str]) -> dict[str, Answer]:
    """What is said of names that no index was asked about."""
    return {name: Unanswered(name, _OWN_INDEX) for name in sorted(names)}


def as_of_day(answers: Mapping[str, Answer], day: date) -> dict[str, Answer]:
    """Answers as they would have been at the end of a day, as far as upload times tell."""
    last = datetime.combine(day, time.max, UTC)
    found: dict[str, Answer] = {}
    for name, answer in answers.items():
        if isinstance(answer, ProjectFacts) and answer.releases:
            then = answer.as_of(last)
            told = answer.first_upload is not None
            found[name] = then if told else Unanswered(name, _NO_TIMES.format(day=day))
        else:
            found[name] = answer
    return found


def dated_requirements(
    graph: SupplyGraph, knowledge: Knowledge, answers: Mapping[str, Answer]
) -> set[Wanted]:
    """The requirements of packages that few know, with the day of their first upload."""
    found: set[Wanted] = set()
    for required in graph.facts_of(PackageRequirement):
        name = index_name(required)
        answer = answers.get(name)
        if isinstance(answer, ProjectFacts) and name not in knowledge.popular.ranks:
            if answer.first_upload and not required.url:
                found.add(Wanted(required.span.path, name, answer.first_upload))
    return found


def answer(
    graph: SupplyGraph,
    knowledge: Knowledge,
    answers: Mapping[str, Answer] | None = None,
    today: date = date.max,
    as_of: date | None = None,
    history: History | None = None,
) -> Iterator[Fact | Unread]:
    """What is known of each requirement, and what of it could not be decided.

    Versions are compared with advisories where a release of an index is meant, names with popular
    ones and malware. `answers` holds what the indexes said of `asked_names`, where they were
    asked, and `history` what the repository says of `dated_requirements`. With `as_of` only what
    was known on that day counts.
    """
    answers = as_of_day(answers or {}, as_of) if as_of else answers or {}
    history = history or History({})
    locked = {r.name for r in graph.facts_of(PackageRequirement) if r.scope == "lock"}
    versions = VersionVerdicts(knowledge, answers, locked, as_of)
    packages = PackageVerdicts(
        knowledge, answers, _own_names(graph), history, as_of or today, as_of
    )
    yield from _unanswered(graph, answers)
    for required in graph.facts_of(PackageRequirement):
        if _is_judged(required, knowledge):
            yield from versions.checked(required)
            yield from packages.checked(required)
    yield from versions.undecided()
    yield from packages.undecided()
    yield from _undated(graph, history)
    yield from installer_environment.settings(graph)
    yield from _not_compared(graph, knowledge)
    yield from _missing_includes(graph)


def has_front_end(graph: SupplyGraph) -> bool:
    """Whether the project locks JavaScript packages."""
    return any(found.tool in _FRONT_END for found in graph.facts_of(PackageManifest))


def _not_compared(graph: SupplyGraph, knowledge: Knowledge) -> Iterator[Unread]:
    """Locks of an ecosystem that the advisory data do not hold."""
    for manifest in graph.facts_of(PackageManifest):
        if manifest.tool in _FRONT_END and knowledge.npm is None:
            reason = (
                "JavaScript packages are not compared with advisories, since none are at hand:"
                " `whence advisories update --ecosystem npm` fetches them"
            )
            yield Unread(manifest.span, "advisories", reason)


def _own_names(graph: SupplyGraph) -> set[str]:
    return {found.name for found in graph.facts_of(PackageManifest) if found.name}


def _unanswered(graph: SupplyGraph, answers: Mapping[str, Answer]) -> Iterator[Unread]:
    """One note for each reason why an index said nothing, and for each kind of fact it left out."""
    unknown: dict[str, list[str]] = {}
    for name, found in sorted(answers.items()):
        if isinstance(found, Unanswered):
            unknown.setdefault(
                f"nothing is known from the index of {{}}: {found.reason}", []
            ).append(name)
        elif isinstance(found, ProjectFacts):
            for what in found.not_told if found.releases else ():
                what = "the version of some files" if what.endswith(" files") else what
                unknown.setdefault(f"the index does not tell {what} of {{}}", []).append(name)
    for text, names in sorted(unknown.items()):
        count = f"{len(names)} packages, {names[0]} among them" if len(names) > 1 else names[0]
        first = min(r.span for r in graph.facts_of(PackageRequirement) if index_name(r) in names)
        yield Unread(first, "package index", text.replace("{}", count, 1))


def _undated(graph: SupplyGraph, history: History) -> Iterator[Unread]:
    """One note on requirements of which nobody can tell whether the package was there first."""
    if not history.undecided:
        return
    count = len({one.name for one in history.undecided})
    first = min(
        required.span
        for required in graph.facts_of(PackageRequirement)
        if any(one.path == required.span.path for one in history.undecided)
    )
    reason = (
        f"whether {count} little-known packages were published before the project asked for them"
        f" is not known: {history.reason}"
    )
    yield Unread(first, "history", reason)


def _is_judged(required: PackageRequirement, knowledge: Knowledge) -> bool:
    if required.ecosystem == "npm":
        return knowledge.npm is not None and bool(required.name and required.version)
    if required.ecosystem == "conda":
        return required.name not in _CONDA_ONLY
    return required.ecosystem == "pypi" and bool(required.name)


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
