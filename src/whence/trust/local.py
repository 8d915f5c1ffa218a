"""A folder or file of this disk, audited and judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from whence.auditing import audit
from whence.config import Config
from whence.trust.model_verdict import TrustReport
from whence.trust.verdict import judge_models, links_passed_over, unjudged

Progress = Callable[[str, int], None]


def trust_path(
    path: Path, *, use_cache: bool = True, processes: int = 1, progress: Progress | None = None
) -> TrustReport:
    """The report on every model at or below a path. Raises FileNotFoundError.

    The settings of the folder are not read: whoever made the model may have written them.
    """
    place = path.resolve()
    seen = audit(
        place,
        config=Config(offline=True),
        use_cache=use_cache,
        processes=processes,
        progress=progress,
    )
    verdicts = judge_models(seen)
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
