"""Objects that hold a configuration which is asked for by key: ConfigParser and Dynaconf.

Sources: the reference pages of configparser and dynaconf.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.leaf import ANY, Keys, Leaf, as_file, joined_keys
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.program import Attribute, Call, Sequence

if TYPE_CHECKING:
    from whence.flow.program.project import Scope
    from whence.flow.values.trace import Tracer

PARSERS = frozenset(
    f"configparser.{name}" for name in ("ConfigParser", "RawConfigParser", "SafeConfigParser")
) | {"ConfigParser.ConfigParser", "six.moves.configparser.ConfigParser"}
LAYERED = frozenset({"dynaconf.Dynaconf", "dynaconf.LazySettings", "dynaconf.FlaskDynaconf"})
GETTERS = frozenset({"get", "getboolean", "getint", "getfloat"})
_FILES = ("settings_files", "settings_file", "settings_module", "preload", "includes", "secrets")
_READS = frozenset({"read", "read_file", "readfp"})
_SECTIONS = ("default.", "", "global.", "production.", "development.")


def configured(
    tracer: Tracer, scope: Scope, index: int, dotted: str, keys: Keys, depth: int
) -> list[Leaf]:
    """The leaves of a key of such an object, which a call makes."""
    if dotted in PARSERS:
        files = [leaf for arg in _read_into(tracer, scope, index) for leaf in arg]
        return [_keyed(leaf, scope, index, joined_keys(keys), keys) for leaf in files]
    return list(_layered(tracer, scope, index, keys, depth))


def getter_keys(tracer: Tracer, scope: Scope, index: int) -> Keys | None:
    """Section and option of `parser.get(section, option)`; None for any other call."""
    call = scope.call(index)
    callee = scope.values[call.callee]
    if not isinstance(callee, Attribute) or callee.name not in GETTERS or len(call.args) < 2:
        return None
    known = tracer.callees.targets(scope, callee.base)
    if not any(target.dotted.removesuffix("()") in PARSERS for target in known):
        return None
    texts = [tracer.texts.rendered(scope, arg) for arg in call.args[:2]]
    return tuple(ANY if "{" in text else text for text in texts)


def _read_into(tracer: Tracer, scope: Scope, index: int) -> Iterator[list[Leaf]]:
    """The files that `read` and its kin take into a parser, also one kept in an attribute."""
    kept = {store.name for store in scope.code.stores if store.value == index and store.name}
    for value in scope.values:
        callee = scope.values[value.callee] if isinstance(value, Call) and value.args else None
        if not isinstance(value, Call) or not isinstance(callee, Attribute):
            continue
        if callee.name in _READS:
            own = callee.base == index or last_name(scope.values, callee.base) in kept
            if own:
                yield _files(tracer, scope, value.args[0])


def _files(tracer: Tracer, scope: Scope, index: int) -> list[Leaf]:
    value = scope.values[index]
    parts = value.items if isinstance(value, Sequence) else (index,)
    return [as_file(leaf) for part in parts for leaf in tracer.leaves(scope, part)]


def _keyed(leaf: Leaf, scope: Scope, index: int, key: str, keys: Keys) -> Leaf:
    if leaf.kind is not OriginKind.FILE:
        return leaf
    return Leaf(OriginKind.CONFIG, f"{leaf.detail}#{key}", scope, index, keys, leaf.trail)


def _layered(tracer: Tracer, scope: Scope, index: int, keys: Keys, depth: int) -> Iterator[Leaf]:
    """A key of Dynaconf: of its files, in whichever section, and of its variables."""
    given = dict(scope.call(index).named)
    prefix = (
        tracer.texts.rendered(scope, given["envvar_prefix"]) if "envvar_prefix" in given else ""
    )
    name = joined_keys(keys)
    variable = f"{prefix or 'DYNACONF'}_{name.replace('.', '__')}".upper()
    if tracer.settings.of_environment(variable):
        yield Leaf(OriginKind.ENVIRONMENT, variable, scope, index, keys)
    files = [leaf for arg in _FILES if arg in given for leaf in _files(tracer, scope, given[arg])]
    for leaf in files:
        found = _spelled_in(tracer, leaf.detail, name)
        if found:
            yield _keyed(leaf, scope, index, found, keys)
    if not files:
        yield Leaf(OriginKind.CONFIG, f"settings.toml#{name}", scope, index, keys)


def _spelled_in(tracer: Tracer, file: str, name: str) -> str:
    """The key as a file spells it: sections before it, any case."""
    for section in _SECTIONS:
        for key in dict.fromkeys((name, name.lower(), name.upper())):
            if tracer.settings.of_config(f"{file}#{section}{key}", ""):
                return f"{section}{key}"
    return ""
