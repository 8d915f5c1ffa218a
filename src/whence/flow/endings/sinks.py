"""Calls → facts: what each dangerous call does, with the origins of what it is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from whence.flow.checks.half_checks import half_checked, may_be_tested
from whence.flow.endings.archives import doubted, is_tar, kept_inside
from whence.flow.endings.deserializations import deserialization, restricted_unpicklers
from whence.flow.endings.hub_loads import hub_load
from whence.flow.endings.parsers import fetches_entities
from whence.flow.endings.shells import given_to_shell, words_of, wrapped_launches
from whence.flow.endings.uses import shared_fields, value_of
from whence.flow.engine import Engine
from whence.flow.entrances.route_parts import without_separators
from whence.flow.program.leaf import Leaf, argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name, puts_together, spelled, unquoted
from whence.flow.tables.carriers import JOINS
from whence.flow.tables.loaders import ALSO_LOADED
from whence.flow.tables.sink import Sink
from whence.flow.tables.sinks import SINKS, TAILS, sink_of
from whence.flow.values.handles import is_handle
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import (
    ArchiveExtraction,
    CodeEvaluation,
    DynamicImport,
    Origin,
    OriginKind,
    PathUse,
    ProcessLaunch,
    SqlQuery,
    TemplateRender,
    XmlParse,
)
from whence.vocabulary.fact.program import Call, Const

_CALLERS = frozenset({OriginKind.REQUEST, OriginKind.MESSAGE, OriginKind.MODEL_OUTPUT})
_OUTSIDE = _CALLERS | {OriginKind.DATA_ROW, OriginKind.MEMBER_NAME, OriginKind.NETWORK}
# What takes text out of a request or an answer and leaves it as it is.
_READS = frozenset(
    {"get", "json", "get_json", "loads", "text", "str", "strip", "rstrip", "lstrip", "dedent",
     "decode", "read", "body", "form", "getlist", "pop", "get_argument", "get_json_body", "copy",
     "create", "invoke", "ainvoke", "generate", "complete", "chat", "run", "predict"}
)  # fmt: skip
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
_HANDED = frozenset({"request", "message", "tool"})
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
    yield from restricted_unpicklers(engine)


def _of_call(engine: Engine, scope: Scope, index: int) -> Iterator[Fact]:
    seen: set[str] = set()
    for dotted in engine.callees.dotted(scope, index):
        sink = sink_of(dotted)
        if sink is not None and sink.fact not in seen:
            seen.add(sink.fact)
            yield from _BUILDERS[sink.fact](engine, scope, index, dotted, sink)
        if dotted in ALSO_LOADED:
            yield from deserialization(engine, scope, index, dotted, ALSO_LOADED[dotted])


def _evaluation(
    engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink
) -> Iterator[Fact]:
    shared = shared_fields(engine, scope, index, dotted, sink)
    if shared is not None:
        yield CodeEvaluation(**shared, language=sink.format)


def _template(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    shared = shared_fields(engine, scope, index, dotted, sink)
    if shared is not None:
        yield TemplateRender(**shared, sandboxed="sandbox" in sink.format)


def _import(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    value = value_of(scope, index, sink)
    if value is None or not any(
        leaf.kind in _DECIDES or (leaf.kind is None and _HANDED & set(engine.roles.own(leaf.scope)))
        for leaf in engine.tracer.origins(scope, value)
    ):
        return
    shared = shared_fields(engine, scope, index, dotted, sink)
    if shared is not None:
        yield DynamicImport(**shared)


def _launch(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    value = value_of(scope, index, sink)
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
    shared = shared_fields(engine, scope, index, dotted, sink, True)
    if shared is None:
        return
    chosen = unquoted(shared["arguments"].get("filter", ""))
    safe, why = kept_inside(engine, scope, index, dotted, sink, shared["artefact"], chosen)
    form = sink.format
    if form == "unknown" and is_tar(scope, index):
        form = "tar"
    if form != "zip":
        shared["origins"] = doubted(
            engine, scope, shared["origins"], dotted.endswith("._extract_member")
        )
    yield ArchiveExtraction(**shared, format=form, safe=safe, why=why)


def _path(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    value = value_of(scope, index, sink)
    if value is not None and sink.names == ("directory",):
        everything = engine.texts.rendered(scope, value) == "/"
        value = argument_of(scope, index, ("path", "filename", 1)) if everything else value
    outside, action = _ACTIONS.get(sink.format, (_OUTSIDE, sink.format))
    if value is not None:
        if action == "read":
            mode = engine.arguments.of_flags(scope, index, ("1",)).get("1", "")
            action = "write" if any(letter in mode for letter in "wax+") else action
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
    named_by = [
        origin
        for origin, leaf in pairs
        if not is_handle(leaf, dotted) and not _is_asked_for(engine, origin, leaf)
    ]
    if not any(origin.kind in outside for origin in named_by):
        named_by = list(half_checked(pairs))
    if not named_by:
        return
    origins = tuple(sorted(dict.fromkeys(named_by)))
    artefact = engine.texts.rendered(scope, value)
    shared = engine.use(scope, index, dotted, origins, artefact)
    joined = _joined_by(scope, (leaf for origin, leaf in pairs if origin in origins))
    yield PathUse(**shared, action=action, joined=joined)


def _is_asked_for(engine: Engine, origin: Origin, leaf: Leaf) -> bool:
    """Whether a model names a whole path, which is what a tool that opens files is for."""
    by_protocol = origin.kind is OriginKind.MESSAGE and engine.roles.is_tool(leaf.scope)
    if not (by_protocol or origin.kind is OriginKind.MODEL_OUTPUT):
        return False
    return not any(
        (puts_together(place, at) or _joins(place, at))
        and "://" not in engine.texts.rendered(place, at)[:12]
        for place, at in leaf.trail
    )


def _joined_by(scope: Scope, leaves: Iterable[Leaf]) -> str:
    """The function that puts a path together for others to use: there it is to be mended."""
    found = {
        f"{place.module.path}:{place.code.name}"
        for leaf in leaves
        for place, at in leaf.trail
        if place is not scope and place.code.kind == "function"
        if puts_together(place, at) or _joins(place, at)
    }
    return found.pop() if len(found) == 1 else ""


def _joins(scope: Scope, index: int) -> bool:
    value = scope.values[index]
    if not isinstance(value, Call) or len(value.args) < 2:
        return False
    return spelled(scope, value.callee) in JOINS


def _query(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    shared = shared_fields(engine, scope, index, dotted, sink, False)
    if shared is None:
        return
    if sink.format == "unknown" and not _LOOKS_LIKE_SQL.match(shared["artefact"]):
        return
    value = value_of(scope, index, sink)
    built = value is not None and _is_built(engine, scope, value)
    whole = not built and value is not None and _is_given_whole(engine, scope, value)
    yield SqlQuery(**shared, built=built, whole=whole)


def _is_given_whole(engine: Engine, scope: Scope, index: int) -> bool:
    """Whether a query is all text of somebody outside: nothing but its reading stands between."""
    return any(
        all(
            last_name(place.values, value.callee) in _READS
            for place, at in leaf.trail
            if isinstance(value := place.values[at], Call)
        )
        for leaf in engine.tracer.origins(scope, index)
        if _is_of_callers(engine, leaf)
    )


def _is_built(engine: Engine, scope: Scope, index: int) -> bool:
    """Whether a text is put together of parts, here or where it comes from."""
    if any(puts_together(scope, at) for at in engine.guards.closure(scope, index)):
        return True
    return any(
        puts_together(place, at) and _LOOKS_LIKE_SQL.match(engine.texts.rendered(place, at))
        for leaf in engine.tracer.origins(scope, index)
        if _is_of_callers(engine, leaf)
        for place, at in leaf.trail
        if place is not scope
    )


def _is_of_callers(engine: Engine, leaf: Leaf) -> bool:
    return leaf.kind in _CALLERS or (leaf.kind is None and engine.roles.is_called(leaf.scope))


def _xml(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    shared = shared_fields(engine, scope, index, dotted, sink, True)
    if shared is not None:
        entities, why = fetches_entities(engine, scope, index, sink.format, shared["versions"])
        yield XmlParse(**shared, entities=entities, why=why)


_Builder = Callable[[Engine, Scope, int, str, Sink], Iterator[Fact]]
_BUILDERS: dict[str, _Builder] = {
    "Deserialization": deserialization,
    "ModelLoad": hub_load,
    "DatasetLoad": hub_load,
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
