"""Folders that are read or written as a whole, and the files that others write or read in them."""

from __future__ import annotations

from collections.abc import Iterator

from whence.graph.artefacts import Artefacts, artefacts_of, asset_of
from whence.graph.name_patterns import folder_of
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.graph import Asset, Certainty, Flow, FlowKind, Pin, SupplyGraph

ABOVE = 6
_MIXED = frozenset({"data", "output", "outputs", "out", "tmp", "src", "build", "/tmp", "/data", "/app", "/mnt"})  # fmt: skip  # noqa: S108


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """what is written → the folder that is read, and the folder that is written → what is read."""
    known = artefacts_of(graph)
    for name, found in sorted(known.read.items()):
        if name in known.written:
            continue
        for inside in _written_in(name, known):
            yield from _held(inside, name, found, known, "lies in the folder that is read")
        if not _made(name, known):
            above = _written_above(name, known)
            if above:
                yield from _held(above, name, found, known, "is read in the folder that is written")


def _written_in(name: str, known: Artefacts) -> list[str]:
    """What is written in a folder that is read whole; nothing of a folder that holds everything."""
    folder = folder_of(name) if name.endswith(("/**/*", "/*")) else name
    if not folder.strip("./") or folder in _MIXED or "*" in folder:
        return []
    model = known.named(name).startswith("model:")
    inside = [each for each in known.within(folder) if each != name and each in known.written]
    return [each for each in inside if known.named(each).startswith("model:") == model][:20]


def _made(name: str, known: Artefacts) -> bool:
    return name in known.written or name in known.graph.files


def _written_above(name: str, known: Artefacts) -> str:
    """The nearest folder over a name that is written as a whole."""
    above = folder_of(name) if "*" in name else name.rpartition("/")[0]
    for _ in range(ABOVE):
        if not above.strip("./") or above.endswith(":/"):
            return ""
        if above in known.written and above not in _MIXED:
            return above
        above = above.rpartition("/")[0]
    return ""


def _held(
    source: str, target: str, evidence: tuple[Evidence, ...], known: Artefacts, says: str
) -> Iterator[Asset | Flow]:
    ends = known.named(source), known.named(target)
    told = tuple(Evidence(each.span, says) for each in evidence[:1])
    for end in ends:
        yield asset_of(end, known.graph, told)
    yield Flow(
        *ends, FlowKind.WRITES, Pin.NAME, certainty=Certainty.INFERRED, evidence=told
    )  # fmt: skip
