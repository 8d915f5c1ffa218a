"""Names that a program uses for what lies elsewhere: in the tree, in a volume, in another stage."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.containers import ImageBuild, ImageInstruction
from whence.vocabulary.fact.lineage import MountedPlace
from whence.vocabulary.graph import SupplyGraph


class Mounts:
    """Answers what a name means, asked with the file that uses it and the line that decides it."""

    def __init__(self, graph: SupplyGraph) -> None:
        self._by_file: dict[str, list[MountedPlace]] = defaultdict(list)
        self._by_program: dict[str, list[MountedPlace]] = defaultdict(list)
        self._all: dict[str, set[str]] = defaultdict(set)
        for mount in graph.facts_of(MountedPlace):
            self._by_file[mount.span.path].append(mount)
            self._all[mount.inside].add(mount.outside)
            for program in mount.programs:
                self._by_program[program].append(mount)

    def outside(self, name: str, used: Span, decided: Span) -> tuple[str, bool]:
        """The name outside, and whether that is sure; the name itself where nothing is mounted."""
        if not name.startswith(("/", "$")) or not self._all:
            return name, True
        for span in dict.fromkeys((decided, used)):
            around = [m for m in self._by_file.get(span.path, ())
                      if m.span.first <= span.first <= max(m.span.last, m.span.first)]  # fmt: skip
            found = _best(name, around)
            if found:
                return found
        return _best(name, self._by_program.get(used.path, ())) or (name, True)

    def guessed(self, name: str) -> str:
        """What a name means where the whole project mounts one thing there; empty where not."""
        held = next((inside for inside in _above(name) if inside in self._all), "")
        known = self._all[held] if held else set()
        return _moved(name, held, next(iter(known))) if len(known) == 1 else ""


def _above(name: str) -> Iterator[str]:
    while name not in ("", "/"):
        yield name
        name = name.rpartition("/")[0]


def _best(name: str, mounts: list[MountedPlace] | tuple[()]) -> tuple[str, bool] | None:
    """By the longest path; not sure where several things are mounted there."""
    for inside in _above(name):
        held = [mount for mount in mounts if mount.inside == inside]
        if held:
            outsides = {mount.outside for mount in held}
            return _moved(name, inside, held[0].outside), len(outsides) == 1 and held[0].certain
    return None


def _moved(name: str, inside: str, outside: str) -> str:
    rest = name[len(inside) :].lstrip("/")
    return posixpath.join(outside, rest) if rest else outside


def contexts_of(graph: SupplyGraph) -> dict[str, str]:
    """The folder that each Dockerfile is built from."""
    return {build.dockerfile: build.context for build in graph.facts_of(ImageBuild)
            if not build.unknown}  # fmt: skip


def copied(
    step: ImageInstruction, here: str, contexts: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Paths inside an image, and the paths of the tree that a COPY puts there.

    Where nothing says which folder the image is built from, its own and the root may be.
    """
    if step.keyword not in ("COPY", "ADD") or any(f.startswith("--from") for f in step.flags):
        return
    told = contexts.get(step.span.path)
    beside = posixpath.dirname(step.span.path)
    *sources, target = step.arguments or ("",)
    for source in sources:
        for context in dict.fromkeys((beside, "") if told is None else (told,)):
            outside = posixpath.normpath(posixpath.join(context, source.lstrip("/")))
            yield _put(target, source, here), outside


def _put(target: str, source: str, here: str) -> str:
    inside = posixpath.join(here, target)
    if target.endswith(("/", ".")) and posixpath.splitext(source)[1]:
        inside = posixpath.join(inside, posixpath.basename(source))
    return posixpath.normpath(inside)


class ImagePaths:
    """What of the tree, or of an earlier stage, stands at the paths of each image.

    `taken` are the instructions that copy from another stage or image, each with the path it has
    then and the path it had there.
    """

    def __init__(self, graph: SupplyGraph) -> None:
        self.taken: list[tuple[ImageInstruction, str, str]] = []
        self._of: dict[str, list[tuple[str, str]]] = defaultdict(list)
        contexts = contexts_of(graph)
        folders: dict[tuple[str, int], str] = {}
        for step in graph.facts_of(ImageInstruction):
            stage = step.span.path, step.stage
            here = folders.get(stage, "/")
            if step.keyword == "WORKDIR":
                folders[stage] = posixpath.join(here, step.value.strip())
            elif step.keyword == "RUN" and here != "/":
                context = contexts.get(step.span.path, posixpath.dirname(step.span.path))
                self._of[step.span.path].append((here, context or "."))
            elif origin_of(step):
                *sources, target = step.arguments or ("",)
                for source in sources:
                    pair = _put(target, source, here), posixpath.normpath(source)
                    self.taken.append((step, *pair))
                    self._of[step.span.path].append(pair)
            self._of[step.span.path].extend(copied(step, here, contexts))
        for pairs in self._of.values():
            pairs.sort(key=lambda pair: (-len(pair[0]), pair))
        every = {pair for pairs in self._of.values() for pair in pairs}
        self._all = sorted(every, key=lambda pair: (-len(pair[0]), pair))

    def outside(self, name: str, used: str, decided: str) -> Iterator[str]:
        """What a path of an image may be, best first, for the file that uses it and what decides it."""
        for inside, outside in self._seen_by(used, decided):
            if name == inside or name.startswith(inside.rstrip("/") + "/"):
                rest = name[len(inside) :].lstrip("/")
                yield posixpath.normpath(posixpath.join(outside, rest))

    def _seen_by(self, used: str, decided: str) -> list[tuple[str, str]]:
        """The paths of the image that says so, or of those that the file is built into, or of all."""
        for path in (decided, used):
            if path in self._of:
                return self._of[path]
        built = [pairs for pairs in self._of.values()
                 if any(_holds(outside, used) for _, outside in pairs)]  # fmt: skip
        return built[0] if len(built) == 1 else self._all


def _holds(folder: str, path: str) -> bool:
    return folder in (".", path) or path.startswith(f"{folder}/")


def origin_of(step: ImageInstruction) -> str:
    """The stage or image that a COPY takes from; empty where it takes from the tree."""
    if step.keyword != "COPY":
        return ""
    return next((f.partition("=")[2] for f in step.flags if f.startswith("--from=")), "")
