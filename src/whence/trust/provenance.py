"""Who vouches for a model's bytes, where that is kept, and what loads them."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator

from whence.rules.data.recorded_digests import compared, target_of
from whence.rules.models.loader_advisories import bypass_of, weakness_of
from whence.rules.models.model_loads import loads_of
from whence.trust.model_files import ModelFiles
from whence.trust.model_verdict import Claim, Load, Reason, Record, Verdict
from whence.trust.signatures import KeyCheck
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import Deserialization, ModelLoad, Use
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import ModelOrigin, SignedArtefact
from whence.vocabulary.graph import SupplyGraph

_SETTINGS = (
    "weights_only", "safe_mode", "allow_pickle", "trust_remote_code", "local_files_only",
    "use_safetensors", "revision", "compile",
)  # fmt: skip
# Where each kind of record is kept, who may write there, and who compares it with the file.
_ELSEWHERE = {
    "dvc": "in a DVC file: whoever may commit can change it; DVC compares it when it pulls",
    "hub-cache": "in the hub client's cache: whoever may write the cache can change it; nothing"
    " compares it later",
    "lfs-pointer": "in a Git LFS pointer: whoever may commit can change it; Git LFS compares it when"
    " it fetches",
}
_IN_TREE = (
    "elsewhere in the tree: whoever may commit can change it, and nothing compares it by itself"
)


class Testimony:
    """What the tree says of each path: digests recorded for it, origins and signatures claimed.

    Built once for all models, so that a thousand of them with a thousand records cost a thousand
    look-ups.
    """

    def __init__(self, graph: SupplyGraph) -> None:
        self.records: dict[str, list[RecordedDigest]] = defaultdict(list)
        self._origins: dict[str, list[ModelOrigin]] = defaultdict(list)
        self._bundles: dict[str, list[SignedArtefact]] = defaultdict(list)
        for record in graph.facts_of(RecordedDigest):
            self.records[target_of(record, graph)].append(record)
        for origin in graph.facts_of(ModelOrigin):
            self._origins[origin.subject].append(origin)
        for bundle in graph.facts_of(SignedArtefact):
            for target in bundle.targets:
                self._bundles[target].append(bundle)

    def origins(self, paths: Iterable[str]) -> list[ModelOrigin]:
        """What is said of the files or of a folder around them; the root speaks for itself alone."""
        found = {each for path in paths for over in _over(path) for each in self._origins[over]}
        return sorted(found, key=lambda each: (each.span, each.origin, each.relation))

    def bundles(self, paths: Iterable[str]) -> list[SignedArtefact]:
        """The signature bundles that cover one of the files."""
        found = {each for path in paths for over in _over(path) for each in self._bundles[over]}
        return sorted(found, key=lambda each: (each.span, each.signer))


def _by_place(pair: tuple[RecordedDigest, str]) -> tuple[Span, str, str]:
    return pair[0].span, pair[0].algorithm, pair[0].digest


def _over(path: str) -> Iterator[str]:
    yield path
    folder = posixpath.dirname(path)
    if not folder:
        yield "."
    while folder:
        yield folder
        folder = posixpath.dirname(folder)


def records(
    files: ModelFiles, graph: SupplyGraph, said: Testimony, check: KeyCheck | None
) -> tuple[Record, ...]:
    """Every digest recorded for the model's files, and whether it is theirs."""
    found = []
    pairs = [(record, path) for path in files.paths for record in said.records.get(path, ())]
    for record, path in sorted(pairs, key=_by_place):
        comparison = compared(record, graph)
        if comparison is None or not comparison.actual:
            outcome = "not compared"
        else:
            outcome = "matches" if comparison.agrees else "differs"
        found.append(
            Record(
                path, record.span, record.kind, record.algorithm, record.digest,
                _kept(record, path, check), outcome,
            )
        )  # fmt: skip
    return tuple(found)


def _kept(record: RecordedDigest, path: str, check: KeyCheck | None) -> str:
    if record.kind == "signature":
        return f"in a signature bundle, {_by_whom(record.span.path, check)}"
    if record.kind in _ELSEWHERE:
        return _ELSEWHERE[record.kind]
    if posixpath.dirname(record.span.path) == posixpath.dirname(path):
        return "beside the file: whoever can swap one can change both"
    return _IN_TREE


def claims(files: ModelFiles, said: Testimony) -> tuple[Claim, ...]:
    """Where cards, configurations and caches say that the model comes from."""
    return tuple(
        Claim(origin.span, origin.origin, origin.kind, origin.relation, origin.revision)
        for origin in said.origins(files.paths)
    )


def signers(files: ModelFiles, said: Testimony, check: KeyCheck | None) -> tuple[str, ...]:
    """Who the signature bundles that cover the model say signed it, and who has verified that."""
    found = {
        f"{bundle.signer or 'an unnamed key'} ({bundle.scheme}, {bundle.span.path}):"
        f" {_by_whom(bundle.span.path, check)}"
        for bundle in said.bundles(files.paths)
    }
    return tuple(sorted(found))


def _by_whom(path: str, check: KeyCheck | None) -> str:
    if check is None or path not in check.verified | check.refused:
        return "not verified here (--key checks a bundle that was made with a key)"
    verified = path in check.verified
    return f"verified with {check.key}" if verified else f"not made with {check.key}"


def unsigned(files: ModelFiles, said: Testimony, check: KeyCheck) -> Iterator[Reason]:
    """What the user's key does not vouch for: bundles by others, files in no bundle of its own."""
    for bundle in said.bundles((*files.paths, *files.metadata)):
        if bundle.span.path in check.refused:
            text = f"its signature was not made with {check.key}: its digests may be anybody's"
            yield Reason(Verdict.REVIEW, text, bundle.span)
    for path in (*files.paths, *files.metadata):
        if not any(bundle.span.path in check.verified for bundle in said.bundles((path,))):
            text = f"no signature that was made with {check.key} covers it"
            yield Reason(Verdict.REVIEW, text, Span(path))


def loads(files: ModelFiles, graph: SupplyGraph, *, executable: bool) -> tuple[Load, ...]:
    """The places of the code that load the model, each with what would happen there."""
    uses = {use.span: (use, path) for path in files.paths for use in loads_of(path, graph)}
    return tuple(_load(*uses[span], executable) for span in sorted(uses))


def _load(use: Use, path: str, executable: bool) -> Load:
    settings = [f"{name}={use.arguments[name]}" for name in _SETTINGS if name in use.arguments]
    return Load(use.span, use.callee, tuple(settings), use.versions, _effect(use, path, executable))


def _effect(use: Use, path: str, executable: bool) -> str:
    bypass = bypass_of(use, path)
    if bypass is not None:
        return f"restricted, but {bypass.what} ({bypass.id}, fixed in {bypass.fixed})"
    if isinstance(use, Deserialization) and use.safe:
        weak = weakness_of(use, path)
        but = f"; but {weak.what} ({weak.id}, fixed in {weak.fixed})" if weak else ""
        return "restricted to data" + (f": {use.why}" if use.why else "") + but
    if isinstance(use, ModelLoad):
        if use.remote_code == "True":
            return "allows the repository's own code to run"
        unknown = use.remote_code == "?"
        return "remote code is decided elsewhere" if unknown else "remote code is off"
    return "runs what the file says" if executable else "reads data"
