"""Why a model is not clean: every fact that speaks against it, as a sentence with its proof."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from whence.rules.data.recorded_digests import disagreement
from whence.rules.models import pickle_acts
from whence.rules.models.system_files import is_system_file
from whence.trust.companions import located, missing
from whence.trust.model_files import LINK, ModelFiles, is_unrecognised
from whence.trust.model_verdict import Reason, Verdict
from whence.trust.provenance import Testimony, unsigned
from whence.trust.signatures import KeyCheck
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import (
    ConfiguredCode,
    ExternalData,
    FormatAnomaly,
    GraphOperation,
    ModelFile,
    NativeCode,
    PickleUse,
    PointerFile,
    TemplateHazard,
)
from whence.vocabulary.graph import SupplyGraph

# Readers that look for one thing in passing, or compare digests: they say nothing of the format.
BESIDE_THE_POINT = frozenset(
    ("deployment.credentials", "suppressions", "computed", "checksum_file", "dvc")
)
_LEAVES = re.compile(r"^(?:/|~|[A-Za-z]:[\\/]|file://)|(?:^|[\\/])\.\.(?:[\\/]|$)")
_CACHED = re.compile(r"(?:^|/)blobs/(?:[0-9a-f]{64}|[0-9a-f]{40})$")
_BY_LEVEL = {"malicious": Verdict.MALICIOUS, "review": Verdict.REVIEW}
_MOST = 200
_MEANINGS = (
    ("external", "reading it opens files or addresses that it names"),
    ("entity", "reading it can grow without bound"),
)
_NAMELESS = (
    "it lies in the hub client's cache, where the configuration that loaders act upon has lost its"
    " name: copy the snapshot with its links followed (cp -rL) and ask about the copy"
)


def reasons(
    files: ModelFiles,
    graph: SupplyGraph,
    unread: dict[str, list[Unread]],
    said: Testimony,
    check: KeyCheck | None,
) -> tuple[Reason, ...]:
    """All reasons, the gravest first, at most 200 of one model."""
    found: dict[Reason, None] = {}
    for path in (*files.paths, *files.metadata):
        found.update(dict.fromkeys(_told(path, graph)))
    for path in files.paths:
        left_out = unread.get(path, [])
        plain = path in files.plain
        found.update(dict.fromkeys(_unread_weights(path, graph, left_out, plain=plain)))
        found.update(dict.fromkeys(_elsewhere(path, graph, unread)))
        found.update(dict.fromkeys(_records(path, graph, said)))
    for path in files.metadata:
        found.update(dict.fromkeys(_unread_metadata(unread.get(path, []))))
    if check is not None:
        found.update(dict.fromkeys(unsigned(files, said, check)))
    ranked = sorted(found, key=lambda each: (each.verdict.rank, each.span, each.text))
    return tuple(ranked[:_MOST])


def _told(path: str, graph: SupplyGraph) -> Iterator[Reason]:
    for kind, judge in _JUDGES:
        for fact in graph.facts_in(path, kind):
            yield from judge(fact)


def _pickle(use: PickleUse) -> Iterator[Reason]:
    if use.verdict not in _BY_LEVEL:
        return
    yield Reason(_BY_LEVEL[use.verdict], f"loading it {pickle_acts.told(use)}", use.span, use.slice)


def _configured(code: ConfiguredCode) -> Iterator[Reason]:
    if code.verdict not in _BY_LEVEL:
        return
    origin = f" of {code.repository}" if code.repository else ""
    when = {
        "flag": "runs where the caller allows remote code",
        "unsafe-mode": "runs where the caller switches safe_mode off, or Keras is older than 2.13",
        "load": "runs at every load",
        "call": "runs when the model is used",
    }[code.runs]
    verb = "holds" if code.mechanism == "keras-lambda" else "names"
    text = f"`{code.setting}` {verb} `{code.target}`{origin} ({when}): {code.reason}"
    yield Reason(_BY_LEVEL[code.verdict], text, code.span)


def _template(hazard: TemplateHazard) -> Iterator[Reason]:
    verdict = {"sandbox-escape": Verdict.MALICIOUS, "unparsed": Verdict.INCOMPLETE}.get(
        hazard.kind, Verdict.REVIEW
    )
    shown = f" with `{hazard.expression}`" if hazard.expression else ""
    text = f"the template in `{hazard.setting}`{shown}: {hazard.reason}"
    yield Reason(verdict, text, hazard.span)


def _operation(operation: GraphOperation) -> Iterator[Reason]:
    """Writing or starting something at a place that the file fixes is an act, not a computation."""
    writes = operation.effect in ("file-write", "process")
    acts = _LEAVES.search(operation.argument) if writes else is_system_file(operation.argument)
    on = f" on `{operation.argument}`" if operation.argument else ""
    text = (
        f"the graph holds the operation `{operation.operator}`{on} in {operation.scope}"
        f" ({operation.effect})"
    )
    yield Reason(Verdict.MALICIOUS if acts else Verdict.REVIEW, text, operation.span)


def _external(data: ExternalData) -> Iterator[Reason]:
    if data.escapes:
        text = f"takes data from `{data.location}` ({data.escapes}), outside the model's folder"
        verdict = Verdict.MALICIOUS if is_system_file(data.location) else Verdict.REVIEW
        yield Reason(verdict, text, data.span)


def _anomaly(anomaly: FormatAnomaly) -> Iterator[Reason]:
    if anomaly.deceptive or "check sum" in anomaly.kind:
        detail = f" ({anomaly.detail})" if anomaly.detail else ""
        why = next(
            (meaning for words, meaning in _MEANINGS if words in anomaly.kind),
            "two readers may see two contents" if anomaly.deceptive else "the bytes were changed",
        )
        text = f"not laid out as {anomaly.format} says: {anomaly.kind}{detail}; {why}"
        yield Reason(Verdict.REVIEW, text, anomaly.span)


def _native(code: NativeCode) -> Iterator[Reason]:
    text = f"holds {code.format} machine code, which whence does not judge"
    yield Reason(Verdict.REVIEW, text, code.span)


def _engine(model: ModelFile) -> Iterator[Reason]:
    if model.format == "tensorrt":
        text = (
            "a TensorRT engine runs as machine code in the process that loads it, and loads the"
            " plug-in libraries that it carries: it is as trusted as whoever built it"
        )
        yield Reason(Verdict.REVIEW, text, model.span)


def _pointer(pointer: PointerFile) -> Iterator[Reason]:
    text = (
        f"a Git LFS pointer stands in place of the weights ({pointer.size:,} bytes,"
        f" {pointer.algorithm} {pointer.digest}): run `git lfs pull` and ask again"
    )
    yield Reason(Verdict.INCOMPLETE, text, pointer.span)


_JUDGES: tuple[tuple[type[Fact], Callable[[Any], Iterator[Reason]]], ...] = (
    (PickleUse, _pickle),
    (ConfiguredCode, _configured),
    (TemplateHazard, _template),
    (GraphOperation, _operation),
    (ExternalData, _external),
    (FormatAnomaly, _anomaly),
    (NativeCode, _native),
    (ModelFile, _engine),
    (PointerFile, _pointer),
)


def _elsewhere(path: str, graph: SupplyGraph, unread: dict[str, list[Unread]]) -> Iterator[Reason]:
    """Files that hold a part of the model and that are not here, or that are links."""
    for data in missing(path, graph):
        link = any(each.reason.startswith(LINK) for each in unread.get(located(data), ()))
        if link:
            text = f"takes data from `{data.location}`, a symbolic link that may lead anywhere"
            yield Reason(Verdict.REVIEW, text, data.span)
        elif len(graph.files) > 1:
            text = f"keeps a part of its data in `{data.location}`, which is not here"
            yield Reason(Verdict.INCOMPLETE, text, data.span)


def _unread_weights(
    path: str, graph: SupplyGraph, unread: list[Unread], *, plain: bool
) -> Iterator[Reason]:
    is_pointer = bool(graph.facts_in(path, PointerFile))
    told = False
    for each in unread:
        if each.reader in BESIDE_THE_POINT or (is_pointer and each.reader == "lfs_pointer"):
            continue
        told = True
        yield Reason(Verdict.INCOMPLETE, each.reason, each.span)
    if _CACHED.search(path):
        told = True
        yield Reason(Verdict.INCOMPLETE, _NAMELESS, Span(path))
    partial = [model for model in graph.facts_in(path, ModelFile) if model.covered < 1.0]
    if partial and not told:
        share = min(model.covered for model in partial)
        text = f"only {share:.2%} of the bytes were understood"
        yield Reason(Verdict.INCOMPLETE, text, partial[0].span)
    elif not told and not is_pointer and not plain and is_unrecognised(path, graph):
        yield Reason(Verdict.INCOMPLETE, _unrecognised(path, graph), Span(path))


def _unrecognised(path: str, graph: SupplyGraph) -> str:
    if path in graph.files and graph.files[path].size == 0:
        return "the file is empty: an incomplete download?"
    return "it has a model's name, and its bytes are of no format that whence knows"


def _unread_metadata(unread: list[Unread]) -> Iterator[Reason]:
    for each in unread:
        if each.reader not in BESIDE_THE_POINT:
            yield Reason(Verdict.INCOMPLETE, f"not read: {each.reason}", each.span)


def _records(path: str, graph: SupplyGraph, said: Testimony) -> Iterator[Reason]:
    for record in said.records.get(path, ()):
        found = disagreement(record, graph)
        if found is not None and found.path == path:
            text = (
                f"is not the file that {record.span} records: {record.algorithm}"
                f" {record.digest[:16]}… there, {found.actual[:16]}… here"
            )
            yield Reason(Verdict.REVIEW, text, record.span)
