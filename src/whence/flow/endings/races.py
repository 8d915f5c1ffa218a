"""Files that are checked by path and opened again, and names that others can foresee."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.program.leaf import Leaf, argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables.loaders import DESERIALIZERS
from whence.vocabulary.fact.code import CheckThenUse, OriginKind
from whence.vocabulary.fact.program import Attribute, Call

_IN_MEMORY = frozenset({"read", "read_bytes", "BytesIO", "getvalue", "content", "body"})
_SHARED = ("/tmp/", "/var/tmp/", "/dev/shm/", "/mnt/", "/shared/", "/nfs/")  # noqa: S108
_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/shm/")  # noqa: S108
_ASKS = frozenset({"exists", "isfile", "is_file", "lexists"})
_OPENS = frozenset({"open", "read_bytes", "read_text", "write_bytes", "write_text", "load", "read_csv",
                    "read_json", "read_parquet", "urlretrieve", "to_csv", "to_parquet"})  # fmt: skip


def race_facts(engine: Engine) -> Iterator[CheckThenUse]:
    """A fact for every such place."""
    for tail in sorted({name.rpartition(".")[2] for name in DESERIALIZERS}):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in engine.callees.dotted(scope, index):
                sink = DESERIALIZERS.get(dotted)
                if sink is not None and sink.position >= 0:
                    value = argument_of(scope, index, (*sink.names, sink.position))
                    if value is not None:
                        yield from _reopened(engine, scope, index, dotted, value)
    yield from _read_again(engine)
    for scope, index in engine.project.calls.get("mktemp", ()):
        if "tempfile.mktemp" in engine.callees.dotted(scope, index):
            shared = engine.use(scope, index, "tempfile.mktemp", (), "tempfile.mktemp")
            yield CheckThenUse(**shared, how="temporary-name", checked=scope.place(index))
    yield from _foreseen(engine)
    yield from _tested_first(engine)


def _tested_first(engine: Engine) -> Iterator[CheckThenUse]:
    """A fixed name in a folder for everybody's temporary files: asked for, then opened."""
    for tail in sorted(_ASKS):
        for scope, index in engine.project.calls.get(tail, ()):
            path = _path_of(engine, scope, index)
            if not path.startswith(_TEMPORARY) or "{" in path:
                continue
            for at in range(index + 1, len(scope.values)):
                held = scope.values[at]
                if held.__class__ is not Call or last_name(scope.values, held.callee) not in _OPENS:
                    continue
                if _path_of(engine, scope, at) == path:
                    callee = last_name(scope.values, held.callee)
                    shared = engine.use(scope, at, callee, (), path)
                    yield CheckThenUse(**shared, how="foreseen", checked=scope.place(index))
                    break


def _path_of(engine: Engine, scope: Scope, index: int) -> str:
    """The path that a function of `os.path` or of files is given, or that a `Path` is."""
    callee = scope.values[scope.call(index).callee]
    if callee.__class__ is Attribute:
        return engine.texts.rendered(scope, callee.base)
    value = argument_of(scope, index, ("path", "file", "filename", 0))
    return engine.texts.rendered(scope, value) if value is not None else ""


def _reopened(
    engine: Engine, scope: Scope, index: int, dotted: str, value: int
) -> Iterator[CheckThenUse]:
    for origin, leaf in engine.origins.with_leaves(scope, index, value):
        check = next((g for g in origin.guards if g.holds and g.kind == "digest"), None)
        if check is None or origin.kind is OriginKind.MEMORY:
            continue
        names = {
            last_name(place.values, held.callee)
            for place, at in leaf.trail
            if (held := place.values[at]).__class__ is Call
        }
        if names & _IN_MEMORY or _one_handle(engine, scope, value, check.span.first):
            continue
        artefact = engine.texts.rendered(scope, value)
        if "{" in artefact:
            artefact = origin.detail or artefact
        shared = engine.use(scope, index, dotted, (origin,), artefact)
        yield CheckThenUse(**shared, how="reopened", checked=check.span)
        return


def _read_again(engine: Engine) -> Iterator[CheckThenUse]:
    """Files in folders that others can write: a digest is compared, then the path is read again."""
    for tail in ("read_bytes", "read_text", "open"):
        for scope, index in engine.project.calls.get(tail, ()):
            callee = scope.values[scope.call(index).callee]
            plain = engine.callees.dotted(scope, index)
            value = callee.base if callee.__class__ is Attribute else None
            if value is None or plain[:1] in (("io.open",), ("codecs.open",)):
                value = argument_of(scope, index, ("file", 0))
            if value is None or any(
                letter in engine.arguments.of_flags(scope, index, ("1",)).get("1", "")
                for letter in "wax"
            ):
                continue
            if not any(
                (place or engine.texts.rendered(scope, value)).startswith(_SHARED)
                for place in engine.origins.places(scope, value)
            ):
                continue
            for origin, leaf in engine.origins.with_leaves(scope, index, value):
                check = next((g for g in origin.guards if g.holds and g.kind == "digest"), None)
                place = origin.detail or engine.texts.rendered(scope, value)
                if check is None or not place.startswith(_SHARED):
                    continue
                if _one_handle(engine, scope, value, check.span.first) or _opened(leaf):
                    continue
                shared = engine.use(scope, index, (plain or (tail,))[0], (origin,), place)
                yield CheckThenUse(**shared, how="reopened", checked=check.span)
                break


def _opened(leaf: Leaf) -> bool:
    """Whether the value went through a handle or memory, so that what was checked is what is read."""
    names = {
        last_name(place.values, held.callee)
        for place, at in leaf.trail
        if (held := place.values[at]).__class__ is Call
    }
    return bool(names & _IN_MEMORY)


def _one_handle(engine: Engine, scope: Scope, value: int, line: int) -> bool:
    """Whether the checked thing and the loaded thing are one open handle."""
    for at in engine.guards.closure(scope, value):
        held = scope.values[at]
        if held.__class__ is Call and last_name(scope.values, held.callee) == "open":
            return scope.code.lines[at] < line <= scope.code.last
    return False


def _foreseen(engine: Engine) -> Iterator[CheckThenUse]:
    """Files written under a fixed name in a folder that everybody can write, then loaded."""
    for tail in ("load", "read_pickle", "load_model"):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in engine.callees.dotted(scope, index):
                sink = DESERIALIZERS.get(dotted)
                if sink is None or sink.position < 0:
                    continue
                value = argument_of(scope, index, (*sink.names, sink.position))
                if value is None:
                    continue
                artefact = engine.texts.rendered(scope, value)
                if artefact.startswith(_SHARED[:3]) and "{" not in artefact:
                    shared = engine.use(scope, index, dotted, (), artefact)
                    yield CheckThenUse(**shared, how="shared-directory", checked=scope.place(index))
