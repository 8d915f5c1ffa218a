"""Calls → facts: what each dangerous call does, with the origins of what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from whence.flow.engine import Engine
from whence.flow.leaf import argument_of
from whence.flow.parsers import fetches_entities
from whence.flow.project import Scope, spelled
from whence.flow.safety import judged
from whence.flow.tables.loaders import DESERIALIZERS
from whence.flow.tables.sink import Sink
from whence.flow.tables.sinks import SINKS, TAILS, sink_of
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import (
    ArchiveExtraction,
    CodeEvaluation,
    DatasetLoad,
    Deserialization,
    DynamicImport,
    ModelLoad,
    Origin,
    OriginKind,
    PathUse,
    ProcessLaunch,
    SqlQuery,
    TemplateRender,
    XmlParse,
)
from whence.vocabulary.fact.program import Attribute, Call, Const, Sequence, Text

_DECIDES = frozenset(OriginKind) - {
    OriginKind.CONSTANT,
    OriginKind.MEMORY,
    OriginKind.UNKNOWN,
    OriginKind.FILE,
}


def sink_facts(engine: Engine) -> Iterator[Fact]:
    """A fact for every call that is a sink."""
    for tail in sorted(TAILS):
        for scope, index in engine.project.calls.get(tail, ()):
            yield from _of_call(engine, scope, index)
    for klass in engine.project.classes:
        if any(
            isinstance(base, str) and base in ("pickle.Unpickler", "pickle._Unpickler")
            for base in engine.project.ancestry(klass)
        ):
            yield from _restricted(engine, klass)


def _of_call(engine: Engine, scope: Scope, index: int) -> Iterator[Fact]:
    seen: set[str] = set()
    for dotted in engine.callees.dotted(scope, index):
        sink = sink_of(dotted)
        if sink is not None and sink.fact not in seen:
            seen.add(sink.fact)
            yield from _BUILDERS[sink.fact](engine, scope, index, dotted, sink)


def _value(scope: Scope, index: int, sink: Sink) -> int | None:
    """The argument that matters; the receiver for -1."""
    if sink.position < 0:
        callee = scope.values[scope.call(index).callee]
        return callee.base if callee.__class__ is Attribute else None
    return argument_of(scope, index, (*sink.names, sink.position))


def _shared(
    engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink, is_file: bool | None = None
) -> dict[str, Any] | None:
    value = _value(scope, index, sink)
    if value is None:
        return None
    as_file = sink.is_file if is_file is None else is_file
    origins = engine.origins.of(scope, index, value, as_file)
    artefact = engine.texts.rendered(scope, value)
    if "{" in artefact or artefact == "{?}":
        known = [o.detail for o in origins if o.kind is not OriginKind.UNKNOWN and o.detail]
        artefact = known[0] if known and "{?}" in artefact else artefact
    return engine.use(scope, index, dotted, origins, artefact)


def _deserialization(
    engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink
) -> Iterator[Fact]:
    shared = _shared(engine, scope, index, dotted, sink)
    if shared is None:
        return
    arguments = shared["arguments"]
    if sink.format == "numpy" and "2" in arguments:
        arguments = {**arguments, "allow_pickle": arguments["2"]}
    if sink.format == "yaml" and arguments.get("Loader") == "?":
        given = argument_of(scope, index, ("Loader",))
        arguments = {**arguments, "Loader": spelled(scope, given) if given is not None else "?"}
    safe, why = judged(sink.format, arguments, shared["versions"], dotted)
    if shared["versions"] and sink.format == "torch" and _tests_version(arguments):
        safe = False
    yield Deserialization(**shared, format=sink.format, safe=safe, why=why)


def _tests_version(arguments: dict[str, str]) -> bool:
    return arguments.get("weights_only") == "?"


def _restricted(engine: Engine, klass: Scope) -> Iterator[Fact]:
    """Subclasses of `pickle.Unpickler`: safe where `find_class` refuses what is not listed."""
    finder = engine.project.method(klass, "find_class")
    safe = finder is not None and bool(finder.code.raises)
    why = "find_class refuses what is not listed" if safe else "find_class refuses nothing"
    sink = DESERIALIZERS["pickle.Unpickler"]
    for scope, index in engine.project.calls.get(klass.code.name.rpartition(".")[2], ()):
        if any(target.scope is klass for target in engine.callees.of_call(scope, index)):
            shared = _shared(engine, scope, index, "pickle.Unpickler", sink)
            if shared is not None:
                yield Deserialization(**shared, format="pickle", safe=safe, why=why)


def _hub_load(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    shared = _shared(engine, scope, index, dotted, sink, False)
    if shared is None:
        return
    arguments = shared["arguments"]
    name = shared["artefact"]
    local = _is_local(name, shared["origins"])
    revision = _unquoted(arguments.get("revision", ""))
    if sink.format == "torch-hub":
        _, _, revision = name.partition(":")
        source = _unquoted(arguments.get("source", ""))
        local = source == "local" or local
    if sink.format == "timm":
        if not name.startswith(("hf-hub:", "hf_hub:")):
            return
        name = name.partition(":")[2]
        name, _, revision = name.partition("@")
    if sink.format == "tfhub":
        tail = name.rstrip("/").rpartition("/")[2]
        revision = tail if tail.isdigit() else ""
    if sink.format == "open-clip" and not name.startswith("hf-hub:"):
        return
    remote = _unquoted(arguments.get("trust_remote_code", "False"))
    kind = DatasetLoad if sink.fact == "DatasetLoad" else ModelLoad
    yield kind(
        **{**shared, "artefact": name},
        revision=revision,
        local=local,
        remote_code=remote,
        decision=_decision(engine, scope, index, shared["origins"]),
    )


def _decision(engine: Engine, scope: Scope, index: int, origins: tuple[Origin, ...]) -> Span:
    for origin in origins:
        if origin.decision.path:
            return origin.decision
    return scope.place(index)


def _is_local(name: str, origins: tuple[Origin, ...]) -> bool:
    """Whether a model's name is a directory: by its form, or because the code made the files."""
    if name.startswith(("./", "../", "/", "~")) or (name.count("/") > 1 and "://" not in name):
        return True
    return bool(origins) and all(
        origin.kind in (OriginKind.STORE, OriginKind.NETWORK, OriginKind.FILE_NAME)
        for origin in origins
    )


def _unquoted(text: str) -> str:
    if text == "None":
        return ""
    return text[1:-1] if len(text) > 1 and text[0] in "'\"" else text


def _evaluation(
    engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink
) -> Iterator[Fact]:
    shared = _shared(engine, scope, index, dotted, sink)
    if shared is not None:
        yield CodeEvaluation(**shared, language=sink.format)


def _template(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    shared = _shared(engine, scope, index, dotted, sink)
    if shared is not None:
        yield TemplateRender(**shared, sandboxed="sandbox" in sink.format)


def _import(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    value = _value(scope, index, sink)
    if value is None or not any(
        leaf.kind in _DECIDES for leaf in engine.tracer.origins(scope, value)
    ):
        return
    shared = _shared(engine, scope, index, dotted, sink)
    if shared is not None:
        yield DynamicImport(**shared)


def _launch(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    value = _value(scope, index, sink)
    if value is None:
        return
    arguments = engine.arguments.of(scope, index)
    shell = sink.format == "shell" or arguments.get("shell", "False") == "True"
    at = value
    held = scope.values[value]
    if held.__class__ is Sequence and len(held.items) >= 3:
        words = [engine.texts.rendered(scope, item) for item in held.items[:3]]
        if words[0].rpartition("/")[2] in ("sh", "bash", "zsh", "cmd") and words[1] in (
            "-c",
            "-lc",
            "/c",
        ):
            shell, at = True, held.items[2]
    origins = engine.origins.of(scope, index, at, False, shell)
    artefact = engine.texts.rendered(scope, at)
    if held.__class__ is Sequence and at == value:
        artefact = " ".join(engine.texts.rendered(scope, i) for i in held.items[:8])
    yield ProcessLaunch(**engine.use(scope, index, dotted, origins, artefact), shell=shell)


def _extraction(
    engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink
) -> Iterator[Fact]:
    shared = _shared(engine, scope, index, dotted, sink, True)
    if shared is None:
        return
    chosen = _unquoted(shared["arguments"].get("filter", ""))
    safe, why = False, "members may name any path"
    if chosen in ("data", "tar", "tarfile.data_filter", "tarfile.tar_filter"):
        safe, why = True, f"filter={chosen}"
    elif sink.format == "zip" or shared["artefact"].endswith(".zip"):
        safe, why = True, "zipfile strips what leaves the directory"
    elif not chosen and engine.versions.python_from(3, 14):
        safe, why = True, "Python 3.14 filters by default"
    elif not chosen and _filters_by_attribute(scope):
        safe, why = True, "extraction_filter is set"
    elif _names_one_member(engine, scope, index, dotted):
        safe, why = True, "one member is taken by a name that the code gives"
    elif _picks_members(engine, scope, index):
        safe, why = True, "members are picked"
    yield ArchiveExtraction(**shared, format=sink.format, safe=safe, why=why)


def _filters_by_attribute(scope: Scope) -> bool:
    """Whether `extraction_filter` of the archive, or of `TarFile`, is one that holds members in."""
    for place in (scope, scope.module.body):
        for store in place.code.stores:
            if store.name == "extraction_filter":
                held = place.values[store.value]
                inner = held.args[0] if isinstance(held, Call) and held.args else store.value
                if spelled(place, inner).endswith((".data_filter", ".tar_filter")):
                    return True
    return False


def _names_one_member(engine: Engine, scope: Scope, index: int, dotted: str) -> bool:
    """Whether `extract` is asked for a member that the archive had no say in."""
    given = argument_of(scope, index, ("member", 0))
    if not dotted.endswith(".extract") or given is None:
        return False
    leaves = engine.tracer.origins(scope, given)
    return bool(leaves) and all(
        leaf.kind in (OriginKind.CONSTANT, None, OriginKind.CONFIG) for leaf in leaves
    )


def _picks_members(engine: Engine, scope: Scope, index: int) -> bool:
    """Whether `members=` is what a function of the project lets through."""
    given = argument_of(scope, index, ("members", 1))
    if given is None:
        return False
    for at in engine.guards.closure(scope, given):
        if scope.values[at].__class__ is Call:
            for target in engine.callees.of_call(scope, at):
                inner = engine.callees.runs(target)
                if inner is not None and any(c.kind in ("if", "exit") for c in inner.code.contexts):
                    return True
    held = scope.values[given]
    return held.__class__ is Sequence and held.many


def _path(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    value = _value(scope, index, sink)
    if value is None or scope.values[value].__class__ is Const:
        return
    leaves = engine.tracer.origins(scope, value)
    outside = (
        OriginKind.REQUEST,
        OriginKind.MESSAGE,
        OriginKind.DATA_ROW,
        OriginKind.MEMBER_NAME,
        OriginKind.NETWORK,
    )
    if not any(leaf.kind in outside or leaf.kind is None for leaf in leaves):
        return
    origins = engine.origins.of(scope, index, value, False)
    if not any(origin.kind in outside for origin in origins):
        return
    artefact = engine.texts.rendered(scope, value)
    action = sink.format
    mode = engine.arguments.of(scope, index).get("1", "")
    if action == "read" and any(letter in mode for letter in "wax+"):
        action = "write"
    yield PathUse(**engine.use(scope, index, dotted, origins, artefact), action=action)


def _query(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    shared = _shared(engine, scope, index, dotted, sink, False)
    if shared is None:
        return
    value = _value(scope, index, sink)
    built = value is not None and any(
        scope.values[at].__class__ is Text for at in engine.guards.closure(scope, value)
    )
    yield SqlQuery(**shared, built=built)


def _xml(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    shared = _shared(engine, scope, index, dotted, sink, True)
    if shared is not None:
        entities, why = fetches_entities(engine, scope, index, sink.format, shared["versions"])
        yield XmlParse(**shared, entities=entities, why=why)


_Builder = Callable[[Engine, Scope, int, str, Sink], Iterator[Fact]]
_BUILDERS: dict[str, _Builder] = {
    "Deserialization": _deserialization,
    "ModelLoad": _hub_load,
    "DatasetLoad": _hub_load,
    "CodeEvaluation": _evaluation,
    "TemplateRender": _template,
    "DynamicImport": _import,
    "ProcessLaunch": _launch,
    "ArchiveExtraction": _extraction,
    "PathUse": _path,
    "SqlQuery": _query,
    "XmlParse": _xml,
}
assert set(_BUILDERS) >= {sink.fact for sink in SINKS.values()}
