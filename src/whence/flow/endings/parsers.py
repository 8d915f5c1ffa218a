"""What XML parsers are told about entities.

Sources: the reference pages of `xml.sax`, `xml.dom.pulldom` and lxml; CVE-2026-41066 for iterparse.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from whence.flow.engine import Engine
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import Attribute, Call, Const, Name, Param

_FEATURES = (
    "feature_external_ges",
    "feature_external_pes",
    "external-general-entities",
    "external-parameter-entities",
)


def fetches_entities(
    engine: Engine, scope: Scope, index: int, form: str, versions: tuple[str, ...]
) -> tuple[bool, str]:
    """Whether a call of a parser lets a document name files and addresses, and why."""
    if form in ("lxml", "lxml-iterparse"):
        return _lxml(engine, scope, index, versions, form == "lxml-iterparse")
    if form in ("sax", "pulldom"):
        for place, parser in _parsers(engine, scope, index):
            feature = _switched_on(engine, place, parser)
            if feature:
                return True, f"setFeature({feature}, True) makes it fetch what documents name"
    if form in ("sax", "pulldom", "xmltodict"):
        return False, "the parser leaves external entities alone since Python 3.7.1"
    return False, "the parser does not fetch external entities"


def _lxml(
    engine: Engine, scope: Scope, index: int, versions: tuple[str, ...], streams: bool
) -> tuple[bool, str]:
    given = engine.arguments.of(scope, index) if streams else {}
    for place, parser in () if streams else _parsers(engine, scope, index):
        held = place.values[parser]
        if isinstance(held, Call):
            if last_name(place.values, held.callee) in ("HTMLParser", "XHTMLParser"):
                return False, "a parser of HTML knows no entities that a document declares"
            given = engine.arguments.of(place, parser)
            streams = last_name(place.values, held.callee) == "ETCompatXMLParser"
    setting = given.get("resolve_entities", "").strip("'\"")
    if setting in ("False", "internal"):
        return False, f"resolve_entities={setting}"
    if setting == "True":
        return True, "resolve_entities=True"
    if streams:
        if versions and all(_from(version, "6.1") for version in versions):
            return False, "lxml from 6.1 on resolves internal entities only"
        return True, "iterparse and ETCompatXMLParser of lxml before 6.1 resolve external entities"
    if versions and all(_from(version, "5") for version in versions):
        return False, "lxml from 5.0 on resolves internal entities only"
    return True, "lxml before 5.0 resolves external entities unless told otherwise"


def _from(version: str, least: str) -> bool:
    try:
        return Version(version) >= Version(least)
    except InvalidVersion:
        return False


def _parsers(engine: Engine, scope: Scope, index: int) -> Iterator[tuple[Scope, int]]:
    """The calls that made the parser that a call uses: its receiver or its argument."""
    wanted = [argument_of(scope, index, ("parser",)), argument_of(scope, index, (1,))]
    callee = scope.values[scope.call(index).callee]
    if callee.__class__ is Attribute:
        wanted.append(callee.base)
    for value in wanted:
        if value is not None:
            yield from _made(engine, scope, value, 0)


def _made(engine: Engine, scope: Scope, value: int, depth: int) -> Iterator[tuple[Scope, int]]:
    held = scope.values[value]
    if isinstance(held, Call):
        inner = [engine.callees.runs(t) for t in engine.callees.of_call(scope, value)]
        functions = [one for one in inner if one is not None]
        if not functions:
            yield scope, value
        for function in functions if depth < 4 else ():
            for returned, _ in function.code.returns[:4]:
                yield from _made(engine, function, returned, depth + 1)
    elif isinstance(held, Param) and depth < 4:
        for caller, call in engine.callees.callers(scope)[:6]:
            given = engine.callees.argument(scope, caller, call, held.name)
            if given is not None:
                yield from _made(engine, *given, depth + 1)
    elif isinstance(held, Name) and depth < 4:
        body = scope.module.body
        at = body.code.names.get(held.dotted)
        if at is not None and (body, at) != (scope, value):
            yield from _made(engine, body, at, depth + 1)
    else:
        yield scope, value


def _switched_on(engine: Engine, scope: Scope, parser: int) -> str:
    for value in scope.values:
        if value.__class__ is not Call or len(value.args) < 2:
            continue
        callee = scope.values[value.callee]
        if callee.__class__ is not Attribute or callee.name != "setFeature":
            continue
        if callee.base != parser:
            continue
        names = [t.dotted for t in engine.callees.targets(scope, value.args[0])]
        held = scope.values[value.args[0]]
        text = str(held.value) if isinstance(held, Const) else "".join(names)
        on = engine.arguments.constant(scope, value.args[1])
        feature = next((feature for feature in _FEATURES if text.endswith(feature)), "")
        if feature and on in ("True", "1"):
            return feature
    return ""
