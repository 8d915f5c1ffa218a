"""Which paths of the project's data are handed to code that compares a digest and acts on it."""

from __future__ import annotations

import posixpath

from whence.rules.data.sources.fetches import acts_on_digest, callee_of
from whence.rules.data.sources.programs import Code, Programs, Site, programs_of
from whence.rules.data.sources.words import Words
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.program import Function
from whence.vocabulary.graph import SupplyGraph, asked_once

_DEPTH = 2


def is_compared(recorded: RecordedDigest, reads: list[Span], graph: SupplyGraph) -> bool:
    """Whether a file, or the folder of its record, is compared somewhere, or where it is read."""
    path, folder = recorded.target, posixpath.dirname(recorded.span.path)
    for name in _given_to_comparers(graph):
        if path == name or path.endswith("/" + name) or folder == name:
            return True
    return any(_compares_where_read(span, graph) for span in reads)


def _compares_where_read(span: Span, graph: SupplyGraph) -> bool:
    """Whether the function that reads, or one that it calls, leaves where digests differ."""
    programs = programs_of(graph)
    code = programs.by_path[span.path]
    for function in code.module.functions:
        first = code.module.place(function.line).first
        if function.kind != "function" or not first <= span.first <= code.module.place(function.last).first:  # fmt: skip
            continue
        if _acts(programs, code, function, 0):
            return True
    body = any(site.span == span for site in programs.calls_in(code.body, code))
    return body and _acts(programs, code, code.body, 0)


def _acts(programs: Programs, code: Code, function: Function, depth: int) -> bool:
    if acts_on_digest(programs, code, function):
        return True
    if depth >= _DEPTH:
        return False
    return any(
        _acts(programs, *called, depth + 1)
        for site in programs.calls_in(function, code)
        if (called := callee_of(programs, site)) is not None and called[1] is not function
    )


@asked_once
def _given_to_comparers(graph: SupplyGraph) -> frozenset[str]:
    """The paths that calls give to functions of the project which compare digests."""
    programs = programs_of(graph)
    words = Words(programs)
    comparing = {
        function.name.rpartition(".")[2]
        for code in programs.codes
        for function in code.module.functions
        if function.kind == "function" and _acts(programs, code, function, 0)
    }
    found: set[str] = set()
    for site in programs.calls(*sorted(comparing)):
        found.update(_paths(site, words))
    return frozenset(found)


def _paths(site: Site, words: Words) -> list[str]:
    texts = [t for arg in site.call.args for t in words.texts(site.code, site.function, arg)]
    plain = [text.removeprefix("?").removeprefix("./").strip("/") for text in texts]
    return [text for text in plain if "?" not in text and len(text) > 3 and "\n" not in text]
