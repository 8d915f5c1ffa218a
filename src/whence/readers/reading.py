"""Asks every reader about every file: from the cache, here, or in a pool of processes."""

from __future__ import annotations

import gc
import hashlib
import importlib
import os
import pkgutil
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from whence import readers
from whence.readers import cache as store
from whence.readers.contract import HEAD_SIZE, Reader, Source, Unreadable
from whence.readers.data.computed import computed_digests
from whence.readers.dependencies import included_files
from whence.vocabulary.audit import FileCoverage
from whence.vocabulary.evidence import Treatment, Unread
from whence.vocabulary.fact import Fact, sorted_out
from whence.vocabulary.tree import File, Tree

POOL_PAYS_FROM = 6 * 1024 * 1024
_CHUNK = 16
# Root, file, and what was said of the same content before.
_Task = tuple[str, File, store.Entry | None]
# Readers that look for one thing in any text do not make a file an audited one.
_IN_PASSING = frozenset({"deployment.credentials", "suppressions"})


@dataclass(frozen=True, slots=True)
class Reading:
    """All facts of a tree, what could not be read, and what was done with each file."""

    facts: list[Fact]
    unread: list[Unread]
    files: tuple[FileCoverage, ...]


@cache
def every_reader() -> dict[str, Reader]:
    """All readers by name (`deployment.github_workflow`), found by walking this folder."""
    prefix = readers.__name__ + "."
    found: dict[str, Reader] = {}
    for module in pkgutil.walk_packages(readers.__path__, prefix):
        if not module.ispkg:
            loaded = importlib.import_module(module.name)
            if hasattr(loaded, "claims"):
                found[module.name.removeprefix(prefix)] = cast(Reader, loaded)
    return dict(sorted(found.items()))


@cache
def _stamp() -> str:
    """Changes whenever a file of a reader may have changed: names, sizes and times of all."""
    seen = hashlib.sha256()
    for folder in readers.__path__:
        for path in sorted(Path(folder).rglob("*.py")):
            told = path.stat()
            seen.update(f"{path}\0{told.st_size}\0{told.st_mtime_ns}\0".encode())
    return seen.hexdigest()


@cache
def _readers_digest() -> str:
    versions = ",".join(f"{name}={reader.VERSION}" for name, reader in every_reader().items())
    return hashlib.sha256(versions.encode()).hexdigest()


def read(
    tree: Tree,
    *,
    use_cache: bool = True,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Reading:
    """What the readers make of every file of the tree.

    `processes` bounds the pool, which is used only where there is enough to read. `progress` is
    told files read so far and in all. The result does not depend on either.
    """
    known = store.load(tree.root) if use_cache else store.Store()
    asked_readers = known.readers if known.stamp == _stamp() else _readers_digest()
    entries: dict[str, store.Entry] = {}
    waiting: list[_Task] = []
    for file in tree.files:
        entry = known.entries.get(file.path)
        if entry and entry.digest == file.digest and entry.readers == asked_readers:
            entries[file.path] = entry
        else:
            same = entry if entry and entry.digest == file.digest else None
            waiting.append((tree.root, file, same))
    for (_, file, _), entry in zip(waiting, _read_all(waiting, processes), strict=True):
        entries[file.path] = entry
        if progress:
            progress(len(entries), len(tree.files))
    if use_cache and (waiting or known.stamp != _stamp()):
        kept = {file.path: entries[file.path] for file in tree.files}
        store.save(tree.root, store.Store(stamp=_stamp(), readers=asked_readers, entries=kept))
    return _gathered(tree, entries)


def _read_all(waiting: Sequence[_Task], processes: int) -> Iterator[store.Entry]:
    size = sum(file.size for _, file, _ in waiting)
    if processes > 1 and size >= POOL_PAYS_FROM and len(waiting) > 2 * _CHUNK:
        # Imported here: most runs have too little to read for a pool.
        from concurrent.futures import ProcessPoolExecutor

        workers = min(processes, os.cpu_count() or 1)
        with ProcessPoolExecutor(workers, initializer=gc.disable) as pool:
            yield from pool.map(_read_one, waiting, chunksize=_CHUNK)
    else:
        yield from map(_read_one, waiting)


def _read_one(task: _Task) -> store.Entry:
    root, file, before = task
    source = Source(file.path, file.size, os.path.join(root, file.path))
    try:
        with source.open() as stream:
            head = stream.read(HEAD_SIZE)
    except OSError as error:
        gone = Unread(source.span(), "walk", f"the file cannot be read: {error.strerror}", True)
        result = store.Result("walk", 0, store.encode_facts([]), (gone,))
        return store.Entry(file.digest, "", (result,))
    reusable = {(r.reader, r.version): r for r in before.results} if before else {}
    results = []
    for name, reader in every_reader().items():
        if reader.claims(file.path, head):
            kept = reusable.get((name, reader.VERSION))
            results.append(kept or _ask(name, reader, source))
    return store.Entry(file.digest, _readers_digest(), tuple(results))


def _ask(name: str, reader: Reader, source: Source) -> store.Result:
    facts, unread = asked(name, reader, source)
    return store.Result(name, reader.VERSION, store.encode_facts(facts), tuple(unread))


def asked(name: str, reader: Reader, source: Source) -> tuple[list[Fact], list[Unread]]:
    """What one reader says of one source, and what it left out or failed at."""
    facts: list[Fact] = []
    unread: list[Unread] = []
    try:
        for statement in reader.read(source):
            if isinstance(statement, Unread):
                unread.append(statement)
            else:
                facts.append(statement)
    except Unreadable as error:
        unread.append(Unread(source.span(error.line), name, error.reason, not facts))
    except Exception as error:  # noqa: BLE001
        # One file that breaks a reader costs that file, is reported, and is never "clean".
        reason = f"whence failed here: {type(error).__name__}: {str(error)[:200]}"
        trace = traceback.format_exc(limit=-6)
        unread.append(Unread(source.span(), name, reason, not facts, fault=True, trace=trace))
    return facts, unread


def _gathered(tree: Tree, entries: dict[str, store.Entry]) -> Reading:
    facts: list[Fact] = []
    unread: list[Unread] = list(tree.skipped)
    results = {file.path: entries[file.path].results for file in tree.files}
    for result in (each for one in results.values() for each in one):
        facts.extend(store.decode_facts(result.facts))
        unread.extend(result.unread)
    for path, told in _of_included(tree, facts).items():
        known, left_out = sorted_out(told)
        facts.extend(known)
        unread.extend(left_out)
        results[path] += (
            store.Result(included_files.READER, 0, store.encode_facts([]), tuple(left_out)),
        )
    files = [
        FileCoverage(skipped.span.path, Treatment.SKIPPED, (), skipped.reason)
        for skipped in tree.skipped
    ]
    files += [_coverage(file, results[file.path]) for file in tree.files]
    computed, undigested = sorted_out(computed_digests(tree, facts))
    facts.extend(computed)
    unread.extend(undigested)
    return Reading(facts, sorted(unread), tuple(sorted(files, key=lambda each: each.path)))


def _of_included(tree: Tree, facts: list[Fact]) -> dict[str, list[Fact | Unread]]:
    """What files say that only another file makes requirements files of, by path."""
    found: dict[str, list[Fact | Unread]] = {}
    for each in included_files.included(tree, facts):
        found.setdefault(each.span.path, []).append(each)
    return found


def _coverage(file: File, results: tuple[store.Result, ...]) -> FileCoverage:
    readers = tuple(result.reader for result in results if result.reader not in _IN_PASSING)
    unread = [each for result in results for each in result.unread]
    if not readers:
        reason = "empty" if not file.size else "no reader for this kind of file"
        return FileCoverage(file.path, Treatment.SKIPPED, (), reason)
    if not unread:
        return FileCoverage(file.path, Treatment.ANALYSED, readers)
    nothing_read = all(any(each.whole for each in result.unread) for result in results)
    treatment = Treatment.SKIPPED if nothing_read else Treatment.PARTIAL
    return FileCoverage(file.path, treatment, readers, unread[0].reason)
