"""One verdict for each model of an audit. Pure: the same audit gives the same verdicts."""

from __future__ import annotations

from collections import defaultdict

from whence.rules.models.torch_conversion import needed_safe_globals
from whence.trust import provenance
from whence.trust.conversion import conversion
from whence.trust.model_files import (
    LINK,
    ModelFiles,
    is_configuration,
    is_unrecognised,
    model_files,
    unread_by_path,
)
from whence.trust.model_verdict import ModelPart, ModelVerdict, Unjudged, Verdict
from whence.trust.reasons import BESIDE_THE_POINT, reasons
from whence.trust.signatures import KeyCheck
from whence.vocabulary.audit import Audit
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import (
    ConfiguredCode,
    ModelFile,
    NativeCode,
    PickleUse,
    PointerFile,
)
from whence.vocabulary.finding import Category
from whence.vocabulary.graph import SupplyGraph

_BELOW_ALL = 0.9999


def judge_models(audit: Audit, check: KeyCheck | None = None) -> tuple[ModelVerdict, ...]:
    """The verdicts, the gravest first, then by path.

    Malicious goes before could-not-be-read-in-full, that before needs-review; clean needs every
    byte understood and every file that the loaders act upon read. `check` is what a key of the
    user's says of the signature bundles: what it does not cover needs review.
    """
    unread = unread_by_path(audit)
    speaking, said = _rules_by_path(audit), provenance.Testimony(audit.graph)
    found = [_verdict(files, audit, unread, speaking, said, check) for files in model_files(audit)]
    return tuple(sorted(found, key=lambda each: (each.verdict.rank, each.path)))


def unjudged(audit: Audit, verdicts: tuple[ModelVerdict, ...]) -> tuple[Unjudged, ...]:
    """Files that were passed over or not understood, and that no verdict speaks of."""
    spoken = {part.path for model in verdicts for part in model.parts}
    spoken.update(path for model in verdicts for path in model.metadata)
    return tuple(
        sorted(
            {
                Unjudged(unread.span.path, unread.reason)
                for unread in audit.not_audited
                if unread.span.path not in spoken
                and (unread.reader == "walk" or unread.reader.startswith("models"))
            }
        )
    )


def links_passed_over(audit: Audit) -> int:
    """How many symbolic links were listed and not followed."""
    return sum(unread.reason.startswith(LINK) for unread in audit.not_audited)


def _verdict(
    files: ModelFiles,
    audit: Audit,
    unread: dict[str, list[Unread]],
    speaking: dict[str, set[str]],
    said: provenance.Testimony,
    check: KeyCheck | None,
) -> ModelVerdict:
    graph = audit.graph
    why = reasons(files, graph, unread, said, check)
    verdict = min((reason.verdict for reason in why), key=lambda v: v.rank, default=Verdict.CLEAN)
    models = [model for path in files.paths for model in graph.facts_in(path, ModelFile)]
    parts = tuple(_part(path, graph) for path in files.paths)
    safe = verdict is not Verdict.MALICIOUS
    needed = needed_safe_globals(models) if safe else ()
    unfinished = any(reason.verdict is Verdict.INCOMPLETE for reason in why)
    return ModelVerdict(
        path=files.name,
        format=_format(files, graph),
        size=sum(part.size for part in parts),
        sha256=parts[0].sha256 if len(parts) == 1 else "",
        verdict=verdict,
        reasons=why,
        covered=_covered(files, graph, unread, unfinished=unfinished),
        parts=parts,
        metadata=files.metadata,
        loaded_by=provenance.loads(
            files,
            graph,
            executable=any(model.executable for model in models) or _brings_code(files, graph),
        ),
        records=provenance.records(files, graph, said, check),
        claims=provenance.claims(files, said),
        signers=provenance.signers(files, said, check),
        needed_safe_globals=needed,
        conversion=conversion(models, needed) if safe else "",
        findings=_findings(files, speaking),
    )


def _brings_code(files: ModelFiles, graph: SupplyGraph) -> bool:
    """Whether a loader that nothing holds back runs code of the files, such as a Lambda layer's."""
    codes = (code for path in files.paths for code in graph.facts_in(path, ConfiguredCode))
    return any(code.runs == "unsafe-mode" and code.verdict != "expected" for code in codes)


def _part(path: str, graph: SupplyGraph) -> ModelPart:
    file = graph.files.get(path)
    return ModelPart(path, file.size, file.digest) if file else ModelPart(path, 0, "")


def _format(files: ModelFiles, graph: SupplyGraph) -> str:
    for path in sorted(files.paths, key=lambda each: (each in files.plain, each)):
        models = sorted(graph.facts_in(path, ModelFile), key=lambda model: len(model.member))
        if models:
            inside = models[0].member and models[0].format != "zip"
            return f"{models[0].format} in an archive" if inside else models[0].format
        if graph.facts_in(path, PointerFile):
            return "Git LFS pointer"
        if graph.facts_in(path, PickleUse):
            return "pickle"
        for code in graph.facts_in(path, NativeCode):
            return code.format
    return "configuration" if is_configuration(files.paths[0], graph) else "unknown"


def _covered(
    files: ModelFiles, graph: SupplyGraph, unread: dict[str, list[Unread]], *, unfinished: bool
) -> float:
    """The share of all bytes that was understood; never 1.0 where anything was left out."""
    total = understood = 0.0
    for path in files.paths:
        size = graph.files[path].size if path in graph.files else 0
        total += size
        known = path in files.plain and is_unrecognised(path, graph)
        understood += size * (1.0 if known else _share(path, graph, unread))
    if not total:
        return 0.0 if unfinished else 1.0
    share = understood / total
    if unfinished or share < 1.0:
        return min(round(share, 4), _BELOW_ALL)
    return 1.0


def _share(path: str, graph: SupplyGraph, unread: dict[str, list[Unread]]) -> float:
    if graph.facts_in(path, PointerFile) or _wholly_unread(unread.get(path, [])):
        return 0.0
    models = graph.facts_in(path, ModelFile)
    whole = [model.covered for model in models if not model.member]
    if whole:
        return min(whole)
    if models:
        return min(model.covered for model in models)
    known = graph.facts_in(path, PickleUse) or is_configuration(path, graph)
    return 1.0 if known else 0.0


def _wholly_unread(unread: list[Unread]) -> bool:
    return any(each.whole and each.reader not in BESIDE_THE_POINT for each in unread)


def _rules_by_path(audit: Audit) -> dict[str, set[str]]:
    """The rules on models that speak of each file."""
    found: dict[str, set[str]] = defaultdict(set)
    for finding in audit.open_findings:
        if finding.category is Category.MODEL:
            for evidence in finding.evidence:
                found[evidence.span.path].add(finding.rule)
    return found


def _findings(files: ModelFiles, by_path: dict[str, set[str]]) -> tuple[str, ...]:
    paths = {*files.paths, *files.metadata}
    return tuple(sorted({rule for path in paths for rule in by_path.get(path, ())}))
