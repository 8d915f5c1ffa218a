"""A folder or file of this disk, audited and judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from whence.auditing import audit
from whence.config import Config
from whence.trust.model_verdict import TrustReport
from whence.trust.signatures import KeyCheck, PublicKey
from whence.trust.verdict import judge_models, links_passed_over, unjudged
from whence.vocabulary.audit import Audit
from whence.vocabulary.fact.models import SignedArtefact

_LARGEST_BUNDLE = 64 * 1024 * 1024

Progress = Callable[[str, int], None]


def trust_path(
    path: Path,
    *,
    key: Path | None = None,
    use_cache: bool = True,
    processes: int = 1,
    progress: Progress | None = None,
) -> TrustReport:
    """The report on every model at or below a path. Raises FileNotFoundError and KeyUnusable.

    `key` is a public key in PEM form that has to have signed all of a model.

    The settings of the folder are not read: whoever made the model may have written them.
    """
    place = path.resolve()
    public = PublicKey(key) if key is not None else None
    seen = audit(
        place,
        config=Config(offline=True),
        use_cache=use_cache,
        processes=processes,
        progress=progress,
    )
    check = _check(public, seen, place) if public is not None else None
    verdicts = judge_models(seen, check)
    notes = []
    if place.is_file():
        notes.append(
            "the file was judged alone: the configuration beside it, which loaders act upon, was"
            " not looked at. Name the folder to have it judged"
        )
    links = links_passed_over(seen)
    if links:
        notes.append(
            f"{links} symbolic links were not followed: copy the folder with its links followed"
            " (cp -rL), such as a snapshot in the cache of the hub's client, and ask about the copy"
        )
    return TrustReport(str(path), seen.version, verdicts, unjudged(seen, verdicts), tuple(notes))


def _check(key: PublicKey, seen: Audit, place: Path) -> KeyCheck:
    root = place.parent if place.is_file() else place

    def content(path: str) -> bytes:
        with (root / path).open("rb") as stream:
            return stream.read(_LARGEST_BUNDLE)

    return key.check(seen.graph.facts_of(SignedArtefact), content)
