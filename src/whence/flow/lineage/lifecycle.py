"""A model's life in facts: data read, trained on, validated, measured, transformed, exported."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.lineage.exports import export_facts, transform_facts
from whence.flow.lineage.row_tests import RowTests, can_reject, tests_between
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables import lifecycle as table
from whence.flow.tables.sources import SOURCES
from whence.flow.values.materials import FETCHERS, OF_BUCKETS
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import (
    DataRead,
    DataWrite,
    Download,
    Evaluation,
    Origin,
    OriginKind,
    Place,
    TrainingRun,
)
from whence.vocabulary.fact.program import Attribute, Call, Dict, Sequence

STEPS = 12
_SPARK_READS = frozenset({"csv", "parquet", "json", "orc", "text", "load", "table"})
_SPARK_WRITES = frozenset({"csv", "parquet", "json", "orc", "save", "saveAsTable"})


def lifecycle_facts(engine: Engine) -> Iterator[Fact]:
    """All facts of this kind, in no order."""
    trained: set[tuple[int, int]] = set()
    checked: set[tuple[int, int]] = set()
    for fact, sites, tested in _training(engine):
        trained |= sites
        if tested:
            checked |= sites
        yield fact
    yield from _reads(engine, trained, checked)
    yield from _writes(engine)
    yield from _downloads(engine)
    for tail in sorted(table.EVALUATOR_TAILS):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in _outside(engine, scope, index)[:1]:
                yield Evaluation(**engine.use(scope, index, dotted, (), ""))
    yield from export_facts(engine)
    yield from transform_facts(engine)


def _outside(engine: Engine, scope: Scope, index: int) -> list[str]:
    return list(engine.callees.dotted(scope, index))


def _training(engine: Engine) -> Iterator[tuple[TrainingRun, set[tuple[int, int]], bool]]:
    """Each training run with the sites where its data begin, and whether they are tested."""
    for tail in sorted(table.TRAINER_TAILS):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in _outside(engine, scope, index)[:1]:
                data = _training_data(scope, index, tail)
                if table.NO_TRAINING.search(dotted) and not (tail == "train" and data):
                    continue
                if data:
                    yield _run(engine, scope, index, dotted, data)
    for scope, index in engine.project.calls.get("backward", ()):
        batches = _batches(scope, index)
        if batches:
            yield _run(engine, scope, index, "torch.Tensor.backward", batches)


def _batches(scope: Scope, index: int) -> list[int]:
    """What the loops around a backward step run over, or what its loss is made of."""
    context = scope.call(index).context
    loops: list[int] = []
    while context >= 0:
        held = scope.code.contexts[context]
        if held.kind == "loop":
            loops.append(held.value)
        context = held.parent
    if loops and all(_counts(scope, value) for value in loops):
        return _given_to_the_loss(scope, index)
    return loops


def _counts(scope: Scope, index: int) -> bool:
    """Whether a loop only counts, so that its batches come from elsewhere."""
    value = scope.values[index]
    return value.__class__ is Call and last_name(scope.values, value.callee) in ("range", "count")


def _given_to_the_loss(scope: Scope, index: int) -> list[int]:
    """What the calls behind a loss are given, the model left out."""
    callee = scope.values[scope.call(index).callee]
    waiting = [callee.base] if isinstance(callee, Attribute) else []
    found: list[int] = []
    for _ in range(STEPS):
        value = scope.values[waiting.pop()] if waiting else None
        if isinstance(value, Call):
            for arg in value.args[:4]:
                if isinstance(scope.values[arg], Call) and scope.values[arg] is not value:
                    waiting.append(arg)
                if not table.MODEL_NAME.search(last_name(scope.values, arg)):
                    found.append(arg)
    return found


def _training_data(scope: Scope, index: int, tail: str) -> list[int]:
    call = scope.call(index)
    found = list(call.args[: len(call.args) - len(call.keywords)][:2])
    callee = scope.values[call.callee]
    made = scope.values[getattr(callee, "base", index)]
    for each in (call, made):
        if each.__class__ is Call:
            len(each.args) - len(each.keywords)
            for name, arg in each.named:
                if name in table.TRAIN_ARGUMENTS:
                    found.append(arg)
    return found


def _run(
    engine: Engine, scope: Scope, index: int, dotted: str, data: list[int]
) -> tuple[TrainingRun, set[tuple[int, int]], bool]:
    origins: dict[Origin, None] = {}
    sites: set[tuple[int, int]] = set()
    tested = False
    tests = RowTests(engine)
    for value in data:
        for leaf in engine.tracer.origins(scope, value):
            for place, at in leaf.trail:
                held = place.values[at]
                if held.__class__ is Call:
                    sites.add((place.id, at))
                    tested = tested or can_reject(place, held)
                    tested = tested or at in tests.refused(place)
            sites.add((leaf.scope.id, leaf.index))
            guards = engine.guards.of_leaf(leaf, scope, index)
            tested = tested or any(guard.holds for guard in guards)
        for origin in engine.origins.of(scope, index, value, False):
            origins[origin] = None
    tested = tested or tests_between(scope, index, data, engine)
    shared = engine.use(scope, index, dotted, tuple(sorted(origins)), "")
    return TrainingRun(**shared, validated=tested), sites, tested


def _reads(
    engine: Engine, trained: set[tuple[int, int]], checked: set[tuple[int, int]]
) -> Iterator[DataRead]:
    tails = {name.rpartition(".")[2] for name in table.READERS} | _SPARK_READS
    for tail in sorted(tails):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in _outside(engine, scope, index):
                kind = table.READERS.get(dotted) or _by_spark(dotted, "read") or None
                site = (scope.id, index)
                if kind is None or (kind == "json" and site not in trained):
                    continue
                value = argument_of(
                    scope, index, ("path", "filepath_or_buffer", "source", "root", 0)
                )
                if value is None:
                    continue
                origins = engine.origins.of(scope, index, value, kind != "hub")
                if kind == "hub":
                    origins = tuple(_as_hub(origin) for origin in origins)
                artefact = engine.texts.rendered(scope, value)
                shared = engine.use(scope, index, dotted, origins, artefact, value)
                if kind == "hub" and artefact in table.BUILDERS:
                    shared["places"] = _files(engine, scope, index)
                yield DataRead(
                    **shared, format=kind, trains=site in trained, validated=site in checked
                )
                break


def _files(engine: Engine, scope: Scope, index: int) -> tuple[Place, ...]:
    """The files that a builder of data sets is given: one, several, or several by their split."""
    value = argument_of(scope, index, ("data_files", "data_dir"))
    held = scope.values[value] if value is not None else None
    parts: tuple[int, ...] = (value,) if value is not None else ()
    if isinstance(held, Dict):
        parts = held.values
    elif isinstance(held, Sequence):
        parts = held.items
    found = {place.name: place for part in parts for place in engine.places.of(scope, part)}
    return tuple(found[name] for name in sorted(found))


def _by_spark(dotted: str, way: str) -> str:
    """The format that a reader or writer of Spark is asked for; empty where it is none."""
    found = table.SPARK.search(dotted)
    return found["form"] if found and found["way"].startswith(way) else ""


def _as_hub(origin: Origin) -> Origin:
    if origin.kind is not OriginKind.CONSTANT:
        return origin
    return Origin(OriginKind.HUB, origin.detail, origin.span, origin.decision)


def _writes(engine: Engine) -> Iterator[DataWrite]:
    for tail, kind in sorted(table.WRITERS.items()):
        for scope, index in engine.project.calls.get(tail, ()):
            value = argument_of(scope, index, ("path", "path_or_buf", "dataset_path", 0))
            if value is not None:
                dotted = (_outside(engine, scope, index) or [f"?.{tail}"])[0]
                yield _written(engine, scope, index, dotted, value, kind)
    for tail in sorted(_SPARK_WRITES):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in _outside(engine, scope, index)[:1]:
                value = argument_of(scope, index, ("path", "name", 0))
                if _by_spark(dotted, "write") and value is not None:
                    yield _written(engine, scope, index, dotted, value, tail)


def _written(
    engine: Engine, scope: Scope, index: int, dotted: str, value: int, kind: str
) -> DataWrite:
    artefact = engine.texts.rendered(scope, value)
    return DataWrite(**engine.use(scope, index, dotted, (), artefact, value), format=kind)


def _downloads(engine: Engine) -> Iterator[Download]:
    names = {
        name
        for name, source in SOURCES.items()
        if source.kind in (OriginKind.NETWORK, OriginKind.STORE) and source.detail
    } | set(FETCHERS)
    for tail in sorted({name.rpartition(".")[2] for name in names}):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in _outside(engine, scope, index):
                if dotted in names:
                    yield _download(engine, scope, index, dotted)
                    break


def _download(engine: Engine, scope: Scope, index: int, dotted: str) -> Download:
    where = FETCHERS[dotted][1] if dotted in FETCHERS else SOURCES[dotted].detail
    value = argument_of(scope, index, where)
    origins = engine.origins.of(scope, index, value, False) if value is not None else ()
    artefact = engine.texts.rendered(scope, value) if value is not None else dotted
    shared = engine.use(scope, index, dotted, origins, artefact, value, told=True)
    destination = ""
    targets: tuple[Place, ...] = ()
    if dotted in FETCHERS:
        target = argument_of(scope, index, FETCHERS[dotted][2])
        targets = engine.places.of(scope, target) if target is not None else ()
        destination = engine.texts.rendered(scope, target) if target is not None else ""
    bucket = argument_of(scope, index, ("Bucket", "bucket_name", 0))
    if dotted in OF_BUCKETS and bucket is not None:
        shared["places"] = tuple(
            Place(f"s3://{held.name}/{key.name}", key.decision, held.certain and key.certain)
            for held in engine.places.of(scope, bucket)
            for key in shared["places"]
        )
    verify = shared["arguments"].get("verify", "True") not in ("False", "None")
    return Download(**shared, destination=destination, verify=verify, targets=targets)
