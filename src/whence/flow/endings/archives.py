"""Whether members of an archive can be written outside the folder they are unpacked into.

Sources: the reference pages of tarfile (`filter`, PEP 706), zipfile and shutil.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from whence.flow.engine import Engine
from whence.flow.program.conditions import ancestors
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name, spelled
from whence.flow.tables.sink import Sink
from whence.vocabulary.fact.code import Origin, OriginKind
from whence.vocabulary.fact.program import Attribute, Call, Const, Name, Sequence

_FILTERS = ("data", "tar", "tarfile.data_filter", "tarfile.tar_filter")
_LINKS = frozenset({"issym", "islnk", "isfile", "isreg", "linkname", "linkpath", "type"})
_LINK_KINDS = frozenset({"SYMTYPE", "LNKTYPE", "REGTYPE", "AREGTYPE", "S_ISLNK"})
_PATHS = frozenset(
    {"is_relative_to", "relative_to", "commonpath", "commonprefix", "isabs", "is_absolute",
     "realpath", "resolve", "abspath", "normpath", "basename", "startswith", "parts"}
)  # fmt: skip
LINKS = "names are tested, links are not: a link that leads out and a member behind it pass"
_PICKED = "the members are picked by something else than where they lead"


def kept_inside(
    engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink, artefact: str, given: str
) -> tuple[bool, str]:
    """Whether a call that unpacks keeps members inside, and why; `given` is its `filter`."""
    if given in _FILTERS:
        return True, f"filter={given}"
    if sink.format == "zip" or artefact.endswith(".zip"):
        return True, "zipfile strips what leaves the directory"
    if not given and engine.versions.python_from(3, 14):
        return True, "Python 3.14 filters by default"
    if not given and _filters_by_attribute(scope):
        return True, "extraction_filter is set"
    if _names_one_member(engine, scope, index, dotted):
        return True, "one member is taken by a name that the code gives"
    if dotted.endswith("._extract_member") and _reads_targets(scope):
        return True, "what links lead to is tested"
    if dotted.rpartition(".")[2] in ("extract", "_extract_member"):
        tested = list(_conditions(engine, scope, scope.call(index).context))
        if _tests_paths(tested) and _asks_for_links([scope, *tested]):
            return True, "each member is tested before it is written"
    if _is_looked_into(engine, scope, index):
        return True, "a function before it raises for members that lead out"
    return _picked(engine, scope, index)


def is_tar(scope: Scope, index: int) -> bool:
    """Whether the archive that a call unpacks is asked what only tar archives answer."""
    callee = scope.values[scope.call(index).callee]
    return isinstance(callee, Attribute) and any(
        isinstance(value, Attribute)
        and value.base == callee.base
        and value.name in ("getmembers", "getnames", "getmember")
        for value in scope.values
    )


def doubted(
    engine: Engine, scope: Scope, origins: tuple[Origin, ...], makes_links: bool = False
) -> tuple[Origin, ...]:
    """The origins, their tests of names in doubt where nothing asks whether a member is a link.

    Code that makes links itself has to ask where they lead.
    """
    return tuple(
        msgspec.structs.replace(
            origin,
            guards=tuple(
                msgspec.structs.replace(guard, holds=False, why=LINKS)
                if guard.holds
                and guard.kind in ("members", "confined")
                and not (
                    _reads_targets(scope)
                    if makes_links
                    else _asks_for_links(_around(engine, scope, guard.span.path))
                )
                else guard
                for guard in origin.guards
            ),
        )
        for origin in origins
    )


def _around(engine: Engine, scope: Scope, path: str) -> Iterator[Scope]:
    """The functions of the modules where an archive is unpacked and its members are tested."""
    for module in engine.project.modules:
        if module is scope.module or module.path == path:
            yield from module.scopes.values()


def _asks_for_links(scopes: Iterator[Scope] | list[Scope]) -> bool:
    for scope in scopes:
        for value in scope.values:
            if isinstance(value, Attribute) and value.name in _LINKS | _LINK_KINDS:
                return True
            if isinstance(value, Name) and value.dotted.rpartition(".")[2] in _LINK_KINDS:
                return True
    return False


def _tests_paths(scopes: list[Scope]) -> bool:
    for scope in scopes:
        for value in scope.values:
            if isinstance(value, Call) and last_name(scope.values, value.callee) in _PATHS:
                return True
            if isinstance(value, Const) and value.value in ("..", "../"):
                return True
    return False


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


def _conditions(engine: Engine, scope: Scope, context: int) -> Iterator[Scope]:
    """The functions of the project that the conditions around a point ask."""
    for held in ancestors(scope, context):
        if held.value >= 0 and held.kind in ("if", "exit"):
            for at in sorted(engine.guards.closure(scope, held.value)):
                if isinstance(scope.values[at], Call):
                    yield from _run_by(engine, scope, at, 0)


def _is_looked_into(engine: Engine, scope: Scope, index: int) -> bool:
    """Whether a function that is called before raises for members and links that lead out."""
    for at in range(index):
        call = scope.values[at]
        if not isinstance(call, Call) or _is_forgotten(scope, call.context):
            continue
        for target in engine.callees.of_call(scope, at):
            inner = engine.callees.runs(target)
            if inner is not None and inner.code.raises and _lists_members(inner):
                if _tests_paths([inner]) and _asks_for_links([inner]):
                    return True
    return False


def _is_forgotten(scope: Scope, context: int) -> bool:
    return any(held.kind == "swallow" for held in ancestors(scope, context))


def _lists_members(scope: Scope) -> bool:
    return any(
        isinstance(value, Attribute) and value.name in ("getmembers", "getnames")
        for value in scope.values
    )


def _reads_targets(scope: Scope) -> bool:
    """Whether a function that writes each member itself looks at where links lead."""
    return any(
        isinstance(value, Attribute) and value.name in ("linkname", "linkpath")
        for value in scope.values
    )


def _names_one_member(engine: Engine, scope: Scope, index: int, dotted: str) -> bool:
    """Whether `extract` is asked for a member that the archive had no say in."""
    given = argument_of(scope, index, ("member", 0))
    if not dotted.endswith(".extract") or given is None:
        return False
    leaves = engine.tracer.origins(scope, given)
    return bool(leaves) and all(
        leaf.kind in (OriginKind.CONSTANT, None, OriginKind.CONFIG) for leaf in leaves
    )


def _picked(engine: Engine, scope: Scope, index: int) -> tuple[bool, str]:
    """What `members=` makes sure of."""
    given = argument_of(scope, index, ("members", 1))
    held = scope.values[given] if given is not None else None
    testing = [scope] if isinstance(held, Sequence) and held.many else []
    for at in engine.guards.closure(scope, given) if given is not None else ():
        if scope.values[at].__class__ is Call:
            testing.extend(_run_by(engine, scope, at, 0))
    for at in _asked_before(engine, scope, given) if given is not None else ():
        testing.extend(_run_by(engine, scope, at, 0))
    if not testing:
        return False, "members may name any path"
    if not _tests_paths(testing):
        return False, _PICKED
    if not _asks_for_links(testing):
        return False, LINKS
    return True, "members are picked by where they lead"


def _asked_before(engine: Engine, scope: Scope, given: int) -> Iterator[int]:
    """The calls in the conditions under which something is put into a list of members."""
    for at in engine.tracer.held.changes(scope).get(given, ()):
        for context in ancestors(scope, scope.call(at).context):
            if context.value >= 0 and context.kind in ("if", "exit"):
                for each in engine.guards.closure(scope, context.value):
                    if isinstance(scope.values[each], Call):
                        yield each


def _run_by(engine: Engine, scope: Scope, index: int, depth: int) -> Iterator[Scope]:
    """The functions of the project that a call runs, and those that they run."""
    for target in engine.callees.of_call(scope, index):
        inner = engine.callees.runs(target)
        if inner is not None:
            yield inner
            for at, value in enumerate(inner.values):
                if depth < 2 and value.__class__ is Call:
                    yield from _run_by(engine, inner, at, depth + 1)
