"""Calls → facts: what each dangerous call does, with the origins of what it is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from whence.flow.archives import doubted, is_tar, kept_inside
from whence.flow.engine import Engine
from whence.flow.half_checks import half_checked, may_be_tested
from whence.flow.handles import is_handle
from whence.flow.hub_names import is_of_data, named
from whence.flow.leaf import argument_of
from whence.flow.parsers import fetches_entities
from whence.flow.project import Scope
from whence.flow.route_parts import without_separators
from whence.flow.safety import judged
from whence.flow.shells import given_to_shell, words_of, wrapped_launches
from whence.flow.spelling import spelled
from whence.flow.tables.loaders import DESERIALIZERS
from whence.flow.tables.sink import Sink
from whence.flow.tables.sinks import SINKS, TAILS, sink_of
from whence.flow.tables.types import canonical
from whence.flow.unpicklers import BASES, builds_objects, restriction
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
from whence.vocabulary.fact.program import Attribute, Call, Const, Name, Text

_CALLERS = frozenset({OriginKind.REQUEST, OriginKind.MESSAGE})
_OUTSIDE = _CALLERS | {OriginKind.DATA_ROW, OriginKind.MEMBER_NAME, OriginKind.NETWORK}
_ACTIONS = {
    "look": (_CALLERS, "read"),
    "store": (_CALLERS, "write"),
    "copy": (_OUTSIDE, "write"),
    "move": (_OUTSIDE, "write"),
}
_LOOKS_LIKE_SQL = re.compile(
    r"\s*(?:select|insert|update|delete|replace|create|drop|alter|with|pragma|copy|merge|truncate|call)\s",
    re.IGNORECASE,
)
_HANDED = frozenset({"request", "message"})
_DECIDES = frozenset(OriginKind) - {
    OriginKind.CONSTANT,
    OriginKind.MEMORY,
    OriginKind.UNKNOWN,
    OriginKind.FILE,
}


_NAMING = frozenset({"Deserialization", "ModelLoad", "DatasetLoad"})


def sink_facts(engine: Engine) -> Iterator[Fact]:
    """A fact for every call that is a sink."""
    for tail in sorted(TAILS):
        for scope, index in engine.project.calls.get(tail, ()):
            yield from _of_call(engine, scope, index)
    for klass in engine.project.classes:
        if any(
            isinstance(base, str) and canonical(base) in BASES
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
    received = sink.fact == "Deserialization" and sink.position < 0
    value = index if received else _value(scope, index, sink)
    if value is None:
        return None
    as_file = sink.is_file if is_file is None else is_file
    origins = engine.origins.of(scope, index, value, as_file)
    artefact = engine.texts.rendered(scope, value)
    if "{" in artefact or artefact == "{?}":
        known = [o.detail for o in origins if o.kind is not OriginKind.UNKNOWN and o.detail]
        artefact = known[0] if known and "{?}" in artefact else artefact
    named = value if sink.fact in _NAMING else None
    return engine.use(scope, index, dotted, origins, artefact, named)


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
        made = engine.callees.targets(scope, given) if given is not None else ()
        known = {target.dotted for target in made if target.kind == "external"}
        named = known.pop() if len(known) == 1 and len(made) == 1 else ""
        loader = named or (spelled(scope, given) if given is not None else "?")
        arguments = {**arguments, "Loader": loader}
    if sink.format == "ruamel":
        arguments = {**_made_with(engine, scope, index), **arguments}
    versions = shared["versions"]
    if arguments.get("weights_only") == "True" and not engine.versions.is_exact(shared["library"]):
        versions = ()
    safe, why = judged(sink.format, arguments, versions, dotted)
    if safe and sink.format == "yaml":
        given = argument_of(scope, index, ("Loader", 1))
        if given is not None and builds_objects(engine.project, engine.callees, scope, given):
            safe, why = False, "constructors for Python objects are added to the loader"
    if shared["versions"] and sink.format == "torch" and _tests_version(arguments):
        safe = False
    if dotted.startswith("multiprocessing.connection.") and _is_keyed(engine, scope):
        safe, why = True, "the connection asks for a key that the code does not hold"
    yield Deserialization(**shared, format=sink.format, safe=safe, why=why)


def _is_keyed(engine: Engine, scope: Scope) -> bool:
    """Whether the connections of a module ask for a key that does not stand in the code."""
    keys = [
        (place, arg)
        for tail in ("Client", "Listener")
        for place, index in engine.project.calls.get(tail, ())
        if place.module is scope.module
        for name, arg in place.call(index).named
        if name == "authkey"
    ]
    return bool(keys) and not any(
        leaf.kind is OriginKind.CONSTANT and leaf.detail
        for place, arg in keys
        for leaf in engine.tracer.origins(place, arg)
    )


def _made_with(engine: Engine, scope: Scope, index: int) -> dict[str, str]:
    """The arguments of the call that made the receiver of a method."""
    callee = scope.values[scope.call(index).callee]
    made = callee.base if isinstance(callee, Attribute) else -1
    held = scope.values[made]
    while isinstance(held, Name) and not held.imported and (owner := scope.owner) is not None:
        if held.dotted not in owner.code.names:
            break
        scope, made = owner, owner.code.names[held.dotted]
        held = scope.values[made]
    return engine.arguments.of(scope, made) if made >= 0 and isinstance(held, Call) else {}


def _tests_version(arguments: dict[str, str]) -> bool:
    return arguments.get("weights_only") == "?"


def _restricted(engine: Engine, klass: Scope) -> Iterator[Fact]:
    """Subclasses of `pickle.Unpickler`: safe where `find_class` refuses what is not listed."""
    safe, why = restriction(engine.project, engine.callees, klass)
    sink = DESERIALIZERS["pickle.Unpickler"]
    for scope, index in engine.project.calls.get(klass.code.name.rpartition(".")[2], ()):
        if any(target.scope is klass for target in engine.callees.of_call(scope, index)):
            shared = _shared(engine, scope, index, "pickle.Unpickler", sink)
            if shared is not None:
                yield Deserialization(**shared, format="pickle", safe=safe, why=why)


def _hub_load(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    value = _value(scope, index, sink)
    shared = _shared(engine, scope, index, dotted, sink, False)
    if shared is None or value is None or is_of_data(engine, scope, index):
        return
    shared["origins"] = named(engine, scope, index, value)
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
        leaf.kind in _DECIDES or (leaf.kind is None and _HANDED & set(engine.roles.own(leaf.scope)))
        for leaf in engine.tracer.origins(scope, value)
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
    words = words_of(scope, index, value, sink)
    text = given_to_shell(engine, scope, words)
    at = value if text is None else text
    origins = engine.origins.of(scope, index, at, False, shell or text is not None)
    artefact = engine.texts.rendered(scope, at)
    if words and text is None:
        artefact = " ".join(engine.texts.rendered(scope, word) for word in words[:8])
    shell = shell or text is not None
    yield ProcessLaunch(**engine.use(scope, index, dotted, origins, artefact), shell=shell)
    if not shell:
        yield from wrapped_launches(engine, scope, value, dotted)


def _extraction(
    engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink
) -> Iterator[Fact]:
    shared = _shared(engine, scope, index, dotted, sink, True)
    if shared is None:
        return
    chosen = _unquoted(shared["arguments"].get("filter", ""))
    safe, why = kept_inside(engine, scope, index, dotted, sink, shared["artefact"], chosen)
    form = sink.format
    if form == "unknown" and is_tar(scope, index):
        form = "tar"
    if form != "zip":
        shared["origins"] = doubted(engine, scope, shared["origins"])
    yield ArchiveExtraction(**shared, format=form, safe=safe, why=why)


def _path(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    value = _value(scope, index, sink)
    if value is not None and sink.names == ("directory",):
        everything = engine.texts.rendered(scope, value) == "/"
        value = argument_of(scope, index, ("path", "filename", 1)) if everything else value
    outside, action = _ACTIONS.get(sink.format, (_OUTSIDE, sink.format))
    if value is not None:
        mode = engine.arguments.of(scope, index).get("1", "")
        if action == "read" and any(letter in mode for letter in "wax+"):
            action = "write"
        yield from _used(engine, scope, index, dotted, value, outside, action)
    taken = {"copy": "read", "move": "delete"}.get(sink.format)
    source = argument_of(scope, index, ("src", 0)) if taken else None
    if source is not None:
        yield from _used(engine, scope, index, dotted, source, _CALLERS, taken or "")


def _used(
    engine: Engine,
    scope: Scope,
    index: int,
    dotted: str,
    value: int,
    outside: frozenset[OriginKind],
    action: str,
) -> Iterator[PathUse]:
    """A path that somebody outside has a say in."""
    if scope.values[value].__class__ is Const:
        return
    leaves = engine.tracer.origins(scope, value)
    if not any(leaf.kind in outside or leaf.kind is None for leaf in leaves):
        return
    known = engine.origins.comes_from(scope, value, outside, False)
    if not known and not any(may_be_tested(leaf) for leaf in leaves):
        return
    wanted = None if known else may_be_tested
    told = engine.origins.with_leaves(scope, index, value, False, wanted=wanted)
    pairs = list(without_separators(engine.roles, told))
    named_by = [origin for origin, leaf in pairs if not is_handle(leaf, dotted)]
    if not any(origin.kind in outside for origin in named_by):
        named_by = list(half_checked(pairs))
    if not named_by:
        return
    origins = tuple(sorted(dict.fromkeys(named_by)))
    artefact = engine.texts.rendered(scope, value)
    yield PathUse(**engine.use(scope, index, dotted, origins, artefact), action=action)


def _query(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    shared = _shared(engine, scope, index, dotted, sink, False)
    if shared is None:
        return
    if sink.format == "unknown" and not _LOOKS_LIKE_SQL.match(shared["artefact"]):
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
