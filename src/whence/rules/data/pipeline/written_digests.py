"""Digests that one step of a pipeline writes down for its outputs, and whether the next one looks."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from whence.rules.data.sources.data_names import is_data
from whence.rules.data.sources.data_reads import data_reads, written_by_file
from whence.rules.data.sources.fetches import acts_on_digest, callee_of, closure, enforced
from whence.rules.data.sources.programs import Code, Programs, Site, programs_of
from whence.rules.models.training.training_code import feeding_codes
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.program import Function
from whence.vocabulary.graph import SupplyGraph, asked_once

_DIGESTS = re.compile(r"\.(?:hexdigest|digest|file_digest)$")
_WRITES = frozenset({"dump", "write_text", "write", "safe_dump", "writelines"})
_DEPTH = 2


class Unlooked(msgspec.Struct, frozen=True):
    """A file that one step writes with its digest, and where another reads it without looking."""

    name: str
    recorded: Span
    reads: tuple[Span, ...]


def unlooked(code: Code, graph: SupplyGraph) -> Iterator[Unlooked]:
    """What a file writes together with a digest, where those that read it never compare."""
    programs = programs_of(graph)
    if code.path not in feeding_codes(graph) or _is_acted_upon(graph):
        return
    for function in code.module.functions:
        recorded = _records(programs, code, function)
        if recorded is None:
            continue
        names = _written_in(code, function, graph)
        found: dict[str, list[Span]] = defaultdict(list)
        for read in data_reads(graph):
            name = posixpath.basename(read.written)
            if name in names and read.span.path != code.path:
                found[name].append(read.span)
        for name, spans in sorted(found.items()):
            if not any(_is_enforced(programs, span) for span in spans):
                yield Unlooked(name, recorded, tuple(spans))


@asked_once
def _is_acted_upon(graph: SupplyGraph) -> bool:
    """Whether any code that feeds a training leaves or raises where digests differ."""
    programs = programs_of(graph)
    return any(
        acts_on_digest(programs, code, function)
        for code in feeding_codes(graph).values()
        for function in code.module.functions
    )


def _records(programs: Programs, code: Code, function: Function) -> Span | None:
    """Where a function writes a digest that it made; None where it does not."""
    sites = list(programs.calls_in(function, code))
    made = {site.index for site in sites if _makes_digest(programs, site, 0)}
    for site in sites:
        if made and site.tail in _WRITES:
            parts = {at for arg in site.call.args for at in closure(function, arg)}
            if made & parts:
                return site.span
    return None


def _makes_digest(programs: Programs, site: Site, depth: int) -> bool:
    if _DIGESTS.search(site.name):
        return True
    called = callee_of(programs, site)
    return (
        called is not None
        and depth < _DEPTH
        and any(
            _makes_digest(programs, inner, depth + 1)
            for inner in programs.calls_in(called[1], called[0])
        )
    )


def _written_in(code: Code, function: Function, graph: SupplyGraph) -> set[str]:
    """The names of the data files that a function writes."""
    first, last = code.module.place(function.line).first, code.module.place(function.last).first
    return {
        posixpath.basename(text)
        for text, spans in written_by_file(graph).get(code.path, ())
        if is_data(text) and any(first <= span.first <= last for span in spans)
    } - {"", "?"}


def _is_enforced(programs: Programs, span: Span) -> bool:
    code = programs.by_path.get(span.path)
    if code is None:
        return False
    return any(
        site.span == span and enforced(programs, site)
        for function in code.module.functions
        for site in programs.calls_in(function, code)
    )
