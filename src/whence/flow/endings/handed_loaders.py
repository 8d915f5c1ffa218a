"""Loaders that are handed to another call, which runs them on what it brings.

Sources: the reference pages of kafka-python, Celery, concurrent.futures and asyncio.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.endings.safety import judged
from whence.flow.engine import Engine
from whence.flow.program.project import Scope
from whence.flow.tables.loaders import DESERIALIZERS
from whence.flow.tables.sink import Sink
from whence.flow.tables.sources import source_of
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import Deserialization, Origin, OriginKind
from whence.vocabulary.fact.program import AnyValue, Attribute, Call, Const, Dict, Sequence

_RUNNERS = frozenset(
    {"map", "imap", "imap_unordered", "starmap", "submit", "apply", "apply_async", "to_thread",
     "run_in_executor", "run_sync", "map_async", "spawn", "call_later", "filter", "flatMap",
     "run_in_threadpool", "sync_to_async"}
)  # fmt: skip
_OF_ITEMS = frozenset({"map", "flatMap", "apply"})
_PICKLED = frozenset({"pickle", "application/x-python-serialize", "dill", "cloudpickle"})
_ACCEPTED = frozenset({"accept_content", "CELERY_ACCEPT_CONTENT", "result_accept_content"})


def handed_facts(engine: Engine) -> Iterator[Fact]:
    """A fact for each loader that a call takes, and for each queue that is told to take pickles."""
    tails = sorted({name.rpartition(".")[2] for name in DESERIALIZERS})
    for tail in tails:
        for scope, index, position in engine.project.mentions.get(tail, ()):
            yield from _handed(engine, scope, index, position)
    yield from _accepted(engine)


def _handed(engine: Engine, scope: Scope, index: int, position: int) -> Iterator[Fact]:
    call = scope.call(index)
    for target in engine.callees.targets(scope, call.args[position]):
        sink = DESERIALIZERS.get(target.dotted) if target.kind == "external" else None
        if sink is None or sink.position != 0:
            continue
        plain = len(call.args) - len(call.keywords)
        callee = scope.values[call.callee]
        name = getattr(callee, "name", getattr(callee, "dotted", "")).rpartition(".")[2]
        given: int | None = None
        if name in _RUNNERS and position + 1 < plain:
            given = call.args[position + 1]
        elif name in _OF_ITEMS and isinstance(callee, Attribute):
            given = callee.base
        elif any(source_of(dotted) for dotted in engine.callees.dotted(scope, index)):
            given = index
        if given is None:
            continue
        origins = engine.origins.of(scope, index, given, sink.is_file)
        yield _loaded(engine, scope, index, target.dotted, sink, origins, given)
        return


def _loaded(
    engine: Engine,
    scope: Scope,
    index: int,
    dotted: str,
    sink: Sink,
    origins: tuple[Origin, ...],
    given: int,
) -> Deserialization:
    artefact = engine.texts.rendered(scope, given)
    shared = engine.use(scope, index, dotted, origins, artefact)
    installed = engine.versions.installed("torch" if sink.format == "torch" else shared["library"])
    safe, why = judged(sink.format, shared["arguments"], installed, dotted)
    return Deserialization(**shared, format=sink.format, safe=safe, why=why)


def _accepted(engine: Engine) -> Iterator[Fact]:
    """Workers of Celery that are told to accept messages which are pickles."""
    for scope in engine.project.scopes:
        if "celery" not in scope.module.imports and not scope.module.path.endswith("settings.py"):
            continue
        for value, line in _lists(scope):
            held = scope.values[value]
            items = held.items if isinstance(held, Sequence) else ()
            named = [scope.values[item] for item in items]
            told = [v.value for v in named if isinstance(v, Const) and v.value in _PICKLED]
            if told:
                span = scope.module.fact.place(line)
                yield _queue(engine, scope, span, str(told[0]))


def _lists(scope: Scope) -> Iterator[tuple[int, int]]:
    """The values that settings of this kind are given, with their lines."""
    for store in scope.code.stores:
        if store.name in _ACCEPTED or (store.key >= 0 and _text(scope, store.key) in _ACCEPTED):
            yield store.value, store.line
    for name in _ACCEPTED & set(scope.code.names):
        yield scope.code.names[name], scope.code.lines[scope.code.names[name]]
    for at, value in enumerate(scope.values):
        for name, given in _named(scope, value):
            if name in _ACCEPTED:
                yield given, scope.code.lines[at]


def _named(scope: Scope, value: AnyValue) -> Iterator[tuple[str, int]]:
    """What a call is given by name, or what a dictionary holds under a written key."""
    if isinstance(value, Call):
        yield from value.named
    elif isinstance(value, Dict):
        for key, held in zip(value.keys, value.values, strict=True):
            if key >= 0:
                yield _text(scope, key), held


def _text(scope: Scope, index: int) -> str:
    held = scope.values[index]
    return str(held.value) if isinstance(held, Const) else ""


def _queue(engine: Engine, scope: Scope, span: Span, told: str) -> Deserialization:
    return Deserialization(
        span=span,
        callee="celery.Celery",
        library="celery",
        origins=(Origin(OriginKind.MESSAGE, "the task queue", span, span),),
        artefact="the task queue",
        function=scope.code.name,
        reached_from=engine.roles.reached_from(scope),
        versions=engine.versions.of("celery"),
        format="pickle",
        why=f"`{told}` is among the contents that workers accept",
    )
