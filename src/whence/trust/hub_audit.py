"""A hub repository, read and judged like a folder of this disk, as far as its bytes are needed."""

from __future__ import annotations

import datetime
import hashlib
import posixpath
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from whence import __version__
from whence.flow.solve import solve
from whence.graph import link
from whence.judge import Dismissals, judge
from whence.readers.contract import HEAD_SIZE, Unreadable
from whence.readers.reading import asked, every_reader
from whence.rules import check, rules_chosen
from whence.trust.hub import HubAddress, HubFile, Repository, parse_address, repository
from whence.trust.model_verdict import ModelPart, ModelVerdict, TrustReport
from whence.trust.ranges import WHOLE, RemoteSource
from whence.trust.signatures import PublicKey
from whence.trust.verdict import judge_models, unjudged
from whence.vocabulary.audit import Audit
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact, sorted_out
from whence.vocabulary.fact.models import SignedArtefact
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.tree import File

# Of a larger file only models and the digests recorded for them are asked about.
_OF_LARGE_FILES = ("models.", "data.")
_AT_ONCE = 4
_HUB = "the hub"
_Read = tuple[list[Fact | Unread], File]

Progress = Callable[[str, int], None]


def trust_hub(text: str, progress: Progress, key: Path | None = None) -> TrustReport:
    """The report on `hf:owner/name@revision`. Raises KeyUnusable, and HubFailed where it cannot be
    looked at. `key` is a public key in PEM form that has to have signed all of a model.
    """
    public = PublicKey(key) if key is not None else None
    address = parse_address(text)
    found = repository(address)
    audit = audit_repository(found, progress)
    by_path = {file.path: file for file in found.files}
    check = None
    if public is not None:
        check = public.check(
            audit.graph.facts_of(SignedArtefact),
            lambda path: by_path[path].content.read(0, by_path[path].content.size),
        )
    verdicts = judge_models(audit, check)
    models = tuple(_with_costs(model, by_path) for model in verdicts)
    return TrustReport(
        subject=f"hf:{address.name}@{found.commit}",
        version=__version__,
        models=models,
        unjudged=unjudged(audit, verdicts),
        notes=tuple(_notes(address, found)),
        commit=found.commit,
        pinned=address.pinned,
    )


def audit_repository(found: Repository, progress: Progress) -> Audit:
    """What the readers and the rules make of the repository; nothing is stored."""
    statements: list[Fact | Unread] = []
    files = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for number, (told, file) in enumerate(pool.map(_read, found.files), 1):
            statements.extend(told)
            files.append(file)
            progress("reading the hub's files", number)
    facts, unread = sorted_out(statements)
    graph = SupplyGraph(files, facts)
    flows, unfollowed = sorted_out(solve(graph))
    graph = link(graph.with_facts(flows))
    checked = check(graph, rules_chosen())
    # Whoever published the model may have written its suppressions: they dismiss nothing here.
    dismissals = Dismissals((), (), frozenset(), datetime.date.today())
    return Audit(
        project=found.name,
        version=__version__,
        graph=graph,
        findings=judge(checked.observations, {}, dismissals),
        chains=(),
        roadmap=(),
        coverage=checked.coverage,
        files=(),
        not_audited=tuple(sorted([*unread, *unfollowed, *checked.unread])),
    )


def _read(file: HubFile) -> _Read:
    """What is said of one file. Its bytes are let go of; they would be fetched again."""
    source = RemoteSource(file.path, file.content)
    told: list[Fact | Unread] = []
    if _leaves(file.path):
        told.append(
            Unread(Span("."), "walk", f"a name in the listing leaves it: {file.path!r}", True)
        )
        return told, File(file.path, file.content.size, file.sha256)
    try:
        head = file.content.read(0, HEAD_SIZE)
    except Unreadable as error:
        told.append(Unread(source.span(), "models.hub", error.reason, whole=True))
        return told, File(file.path, file.content.size, file.sha256)
    small = file.content.size <= WHOLE
    for name, reader in every_reader().items():
        if (small or name.startswith(_OF_LARGE_FILES)) and reader.claims(file.path, head):
            facts, unread = asked(name, reader, source)
            told += [*facts, *unread]
    known = File(file.path, file.content.size, file.sha256 or _digest(file))
    file.content.release()
    return told, known


def _leaves(path: str) -> bool:
    return path.startswith(("/", "..")) or posixpath.normpath(path) != path


def _digest(file: HubFile) -> str:
    """The digest of a small file, all of which was fetched anyway."""
    content = file.content
    if not content.complete:
        return ""
    return hashlib.sha256(content.read(0, content.size)).hexdigest()


def _with_costs(model: ModelVerdict, files: dict[str, HubFile]) -> ModelVerdict:
    """The verdict with what was fetched, what the hub merely states, and what that means."""
    parts = tuple(_part(part, files) for part in model.parts)
    fetched = sum(max(part.fetched, 0) for part in parts)
    notes = list(model.notes)
    missing = sum(part.size for part in parts) - min(fetched, model.size)
    if missing:
        notes.append(
            f"{missing:,} of {model.size:,} bytes were not fetched: tensor bytes, whose place in"
            " the file was checked and whose values were not"
        )
    if any(part.stated_by for part in parts):
        notes.append(
            "the SHA-256 is what the hub states, not computed here: compare it after the download"
        )
    if any(files[part.path].content.ignores_ranges for part in parts if part.path in files):
        notes.append("the server ignores range requests: the file was read whole")
    return msgspec.structs.replace(model, parts=parts, notes=tuple(notes))


def _part(part: ModelPart, files: dict[str, HubFile]) -> ModelPart:
    file = files.get(part.path)
    if file is None:
        return part
    stated = _HUB if file.sha256 and part.sha256 == file.sha256 else ""
    return msgspec.structs.replace(part, stated_by=stated, fetched=file.content.fetched)


def _notes(address: HubAddress, found: Repository) -> Iterator[str]:
    if not address.pinned:
        named = f"the name {address.revision}" if address.revision else "no revision"
        yield (
            f"unpinned: {named} was asked for, and that is commit {found.commit} now; its owner can"
            f" move it. Load it with revision={found.commit}"
        )
    if found.left_out:
        yield f"{found.left_out:,} more files of the repository were not looked at"
