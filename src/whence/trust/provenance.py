"""Who vouches for a model's bytes, where that is kept, and what loads them."""

from __future__ import annotations

import posixpath

from whence.rules.data.recorded_digests import compared, target_of
from whence.rules.models.loader_advisories import bypass_of
from whence.rules.models.model_loads import loads_of
from whence.trust.model_files import ModelFiles
from whence.trust.model_verdict import Claim, Load, Record
from whence.vocabulary.fact.code import Deserialization, ModelLoad, Use
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import ModelOrigin, SignedArtefact
from whence.vocabulary.graph import SupplyGraph

_SETTINGS = (
    "weights_only", "safe_mode", "allow_pickle", "trust_remote_code", "local_files_only",
    "use_safetensors", "revision", "compile",
)  # fmt: skip
_ELSEWHERE = {
    "dvc": "in the repository's DVC file",
    "signature": "in a signature bundle",
    "hub-cache": "in the hub client's own cache",
    "lfs-pointer": "in a Git LFS pointer",
}


def records(files: ModelFiles, graph: SupplyGraph) -> tuple[Record, ...]:
    """Every digest recorded for the model's files, and whether it is theirs."""
    found = []
    paths = frozenset(files.paths)
    for record in graph.facts_of(RecordedDigest):
        path = target_of(record, graph)
        if path not in paths:
            continue
        comparison = compared(record, graph)
        if comparison is None or not comparison.actual:
            outcome = "not compared"
        else:
            outcome = "matches" if comparison.agrees else "differs"
        found.append(
            Record(
                path, record.span, record.kind, record.algorithm, record.digest,
                _kept(record, path), outcome,
            )
        )  # fmt: skip
    return tuple(found)


def _kept(record: RecordedDigest, path: str) -> str:
    if record.kind in _ELSEWHERE:
        return _ELSEWHERE[record.kind]
    if posixpath.dirname(record.span.path) == posixpath.dirname(path):
        return "beside the file: whoever can swap one can change both"
    return "elsewhere in the tree"


def claims(files: ModelFiles, graph: SupplyGraph) -> tuple[Claim, ...]:
    """Where cards, configurations and caches say that the model comes from."""
    return tuple(
        Claim(origin.span, origin.origin, origin.kind, origin.relation, origin.revision)
        for origin in graph.facts_of(ModelOrigin)
        if any(_speaks_for(origin.subject, path) for path in files.paths)
    )


def signers(files: ModelFiles, graph: SupplyGraph) -> tuple[str, ...]:
    """Who the signature bundles that cover the model say signed it. Nothing was verified."""
    found = {
        f"{bundle.signer or 'an unnamed key'} ({bundle.scheme}, {bundle.span.path})"
        for bundle in graph.facts_of(SignedArtefact)
        if any(_speaks_for(target, path) for target in bundle.targets for path in files.paths)
    }
    return tuple(sorted(found))


def _speaks_for(subject: str, path: str) -> bool:
    if subject == ".":
        return "/" not in path
    return path == subject or path.startswith(subject + "/")


def loads(files: ModelFiles, graph: SupplyGraph, *, executable: bool) -> tuple[Load, ...]:
    """The places of the code that load the model, each with what would happen there."""
    uses = {use.span: use for path in files.paths for use in loads_of(path, graph)}
    return tuple(_load(uses[span], executable) for span in sorted(uses))


def _load(use: Use, executable: bool) -> Load:
    settings = [f"{name}={use.arguments[name]}" for name in _SETTINGS if name in use.arguments]
    return Load(use.span, use.callee, tuple(settings), use.versions, _effect(use, executable))


def _effect(use: Use, executable: bool) -> str:
    bypass = bypass_of(use)
    if bypass is not None:
        return f"restricted, but {bypass.what} ({bypass.id}, fixed in {bypass.fixed})"
    if isinstance(use, Deserialization) and use.safe:
        return "restricted to data" + (f": {use.why}" if use.why else "")
    if isinstance(use, ModelLoad):
        if use.remote_code == "True":
            return "allows the repository's own code to run"
        unknown = use.remote_code == "?"
        return "remote code is decided elsewhere" if unknown else "remote code is off"
    return "runs what the file says" if executable else "reads data"
