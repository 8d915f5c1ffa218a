"""The files, URLs and names that a value can mean, as far as constants and settings decide it.

Other than a text with gaps, a place is whole: every part of it is a constant, a default, or what a
command line, variable or configuration gives. What cannot be completed has no place.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.flow.inputs.settings import Settings
from whence.flow.lineage import run_stores, training_outputs
from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Leaf, Site
from whence.flow.program.members import attribute_values, literal_item
from whence.flow.program.project import Scope
from whence.flow.tables.artefacts import of_platform
from whence.flow.tables.carriers import COLLECTIONS, JOINS
from whence.flow.values.listings import GAP, formatted, listed, pattern, walked
from whence.flow.values.trace import Tracer
from whence.vocabulary.fact.code import OriginKind, Place
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Const,
    Each,
    Item,
    Logic,
    Name,
    Param,
    Sequence,
    Text,
)

OPTIONS = 6
DEPTH = 14
STEPS = 300
_TESTS = re.compile(r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$")
_SAME = frozenset(
    {"str", "os.fspath", "os.path.abspath", "os.path.realpath", "os.path.expanduser",
     "os.path.normpath", "open", "io.open", "pathlib.Path().resolve", "gzip.open"}
)  # fmt: skip
_SAME_METHODS = frozenset(
    {"resolve", "absolute", "as_posix", "expanduser", "strip", "rstrip", "__str__", "open"}
)
_SWITCHED = frozenset({"True", "False", "true", "false", "None", "null", ""})
_VARIABLES = frozenset({"os.environ.get", "os.getenv"})


class Places:
    """Answers what a value names. Asks are bounded in steps."""

    def __init__(self, callees: Callees, tracer: Tracer, settings: Settings) -> None:
        self.callees = callees
        self.tracer = tracer
        self.settings = settings
        self._steps = 0
        self._entered: dict[int, tuple[Scope, int]] = {}

    def of(self, scope: Scope, index: int) -> tuple[Place, ...]:
        """Every place, sorted; `certain` where there is only one."""
        self._steps = 0
        found = {
            name: place
            for place in self._of(scope, index, DEPTH)
            if (name := pattern(place.name)) and "{" not in name and "\n" not in name
        }
        single = len(found) == 1
        return tuple(
            sorted(Place(name, p.decision, p.certain and single) for name, p in found.items())
        )

    def held(self, scope: Scope, index: int, depth: int) -> list[Place]:
        """The places of a part of a value that is being looked at."""
        return self._of(scope, index, depth)

    def _of(self, scope: Scope, index: int, depth: int) -> list[Place]:
        self._steps += 1
        if depth <= 0 or self._steps > STEPS:
            return []
        found: dict[str, Place] = {}
        for place in self._alternatives(scope, index, depth - 1):
            found.setdefault(place.name, place)
        return list(found.values())[:OPTIONS]

    def _alternatives(self, scope: Scope, index: int, depth: int) -> Iterator[Place]:  # noqa: C901 - one branch for each kind
        value = scope.values[index]
        if isinstance(value, Const):
            if isinstance(value.value, str | int) and value.kind != "bytes":
                yield Place(str(value.value), scope.place(index))
        elif isinstance(value, Text) and value.how == "%":
            yield from self._filled(scope, value.parts[0], value.parts[1:], depth)
        elif isinstance(value, Text):
            yield from self._joined(scope, value.parts, "/" if value.how == "/" else "", depth)
        elif isinstance(value, Choice | Logic):
            parts = value.options if isinstance(value, Choice) else value.parts
            for part in parts[:OPTIONS]:
                yield from self._of(scope, part, depth)
        elif isinstance(value, Name):
            yield from self._named(scope, index, value, depth)
        elif isinstance(value, Param):
            yield from self._given(scope, index, value, depth)
        elif isinstance(value, Attribute):
            yield from self._attribute(scope, index, value, depth)
        elif isinstance(value, Call):
            yield from self._called(scope, index, value, depth)
        elif isinstance(value, Item):
            yield from self._item(scope, index, value, depth)
        elif isinstance(value, Sequence) and value.many:
            for item in value.items[:OPTIONS]:
                yield from self._of(scope, item, depth)
        elif isinstance(value, Each) and isinstance(scope.values[value.base], Sequence):
            for item in getattr(scope.values[value.base], "items", ())[:OPTIONS]:
                yield from self._of(scope, item, depth)
        elif isinstance(value, Each):
            yield from self._each(scope, index, value, depth)
        else:
            yield from self._settled(scope, index)

    def _joined(
        self, scope: Scope, parts: tuple[int, ...], joint: str, depth: int
    ) -> Iterator[Place]:
        made: list[Place] = []
        for number, part in enumerate(parts):
            options = self._of(scope, part, depth) or [Place(GAP, scope.place(part), False)]
            if not number:
                made = options
                continue
            made = [
                _put(before, after, joint)
                for before in made
                for after in options
                if before.name or not after.name.startswith("/")
            ][:OPTIONS]
        yield from made

    def _filled(
        self, scope: Scope, text: int, fields: tuple[int, ...], depth: int
    ) -> Iterator[Place]:
        """A text whose fields `%` or `format` fills in."""
        for place in self._of(scope, text, depth):
            held = [self._of(scope, field, depth)[:1] for field in fields]
            given = tuple(found[0].name if found else GAP for found in held)
            certain = place.certain and GAP not in given and all(f[0].certain for f in held if f)
            yield Place(formatted(place.name, given), place.decision, certain)

    def _each(self, scope: Scope, index: int, value: Each, depth: int) -> Iterator[Place]:
        """One of what is listed, or of a list that another part of the code makes."""
        found = [Place(p.name, p.decision, False) for p in self._of(scope, value.base, depth)
                 if "*" in p.name]  # fmt: skip
        yield from found or self._settled(scope, index)

    def _named(self, scope: Scope, index: int, value: Name, depth: int) -> Iterator[Place]:
        if value.dotted == "__file__":
            yield Place(f"./{scope.module.path}", scope.place(index))
            return
        owner = None if value.imported else scope.owner
        while owner is not None:
            held = owner.code.names.get(value.dotted)
            if held is not None and owner is not scope:
                yield from self._of(owner, held, depth)
                return
            owner = owner.owner
        located = self.callees.project.locate(value.dotted, scope.module)
        if isinstance(located, tuple):
            module, name = located
            held = module.body.code.names[name]
            if (module.body, held) != (scope, index):
                yield from self._of(module.body, held, depth)

    def _given(self, scope: Scope, index: int, value: Param, depth: int) -> Iterator[Place]:
        """What callers give, what the command line gives, or the default."""
        filled = run_stores.given(self, scope, value.name)
        filled = filled or training_outputs.handed(scope, value.name, index)
        if filled is not None:
            yield from filled
            return
        entered = self._entered.pop(scope.id, None)
        given = list(self._arguments(scope, value.name, entered))
        found = [self._of(*each, depth) for each in given]
        if entered is not None:
            self._entered[scope.id] = entered
        some = bool(found)
        for held in found:
            yield from held if all(found) else (_unsure(place) for place in held)
        settled = [] if some else list(self._settled(scope, index))
        yield from settled
        parameter = scope.parameters.get(value.name)
        if not settled and parameter is not None and parameter.default >= 0 and scope.owner:
            for place in self._of(scope.owner, parameter.default, depth):
                yield Place(place.name, place.decision, not some and place.certain)

    def _arguments(self, scope: Scope, name: str, entered: Site | None) -> Iterator[Site]:
        """What callers give for a parameter: the call that is being followed, else all of them."""
        yield from run_stores.bound(self, scope, name)
        for caller, call in (entered,) if entered else self.callees.callers(scope)[:OPTIONS]:
            if _TESTS.search(caller.module.path) and not _TESTS.search(scope.module.path):
                continue
            given = self.callees.argument(scope, caller, call, name)
            if given is not None:
                yield given

    def _attribute(self, scope: Scope, index: int, value: Attribute, depth: int) -> Iterator[Place]:
        if value.name in ("parent", "name", "stem") and self._is_path(scope, value.base):
            for place in self._of(scope, value.base, depth):
                yield _part(place, value.name)
            return
        filled = run_stores.asked(self, scope, value)
        filled = filled or training_outputs.asked(self, scope, value, depth)
        if filled is not None:
            yield from filled
            return
        some = False
        for target in self.callees.targets(scope, value.base):
            if target.kind in ("instance", "class") and target.scope is not None:
                for klass in self.callees.project.ancestry(target.scope):
                    held = attribute_values(klass, value.name) if isinstance(klass, Scope) else []
                    for owner, at in held[:OPTIONS]:
                        some = True
                        yield from self._of(owner, at, depth)
        if not some:
            yield from self._settled(scope, index)

    def _is_path(self, scope: Scope, index: int) -> bool:
        if isinstance(scope.values[index], Text):
            return True
        targets = self.callees.targets(scope, index)
        return any(target.dotted.startswith("pathlib.") for target in targets)

    def _item(self, scope: Scope, index: int, value: Item, depth: int) -> Iterator[Place]:
        key, base = scope.values[value.key], scope.values[value.base]
        if isinstance(base, Attribute) and base.name == "parents" and isinstance(key, Const):
            for place in self._of(scope, base.base, depth):
                up = place.name
                for _ in range(int(key.value or 0) + 1 if isinstance(key.value, int) else 1):
                    up = posixpath.dirname(up)
                yield Place(up or ".", place.decision, place.certain)
            return
        if isinstance(key, Const) and isinstance(key.value, int):
            yield from walked(self, scope, value.base, key.value, depth) or self._each(
                scope, index, Each(value.base), depth
            )
            return
        if isinstance(key, Const) and isinstance(key.value, str):
            held = literal_item(scope, value.base, key.value, index)
            if held is not None:
                yield from self._of(scope, held, depth)
                return
            yield from self._settled(scope, index)
            return
        yield from self._each(scope, index, Each(value.base), depth)

    def _called(  # noqa: C901 - one branch for each kind
        self, scope: Scope, index: int, value: Call, depth: int
    ) -> Iterator[Place]:
        plain = value.args[: len(value.args) - len(value.keywords)]
        dotted = set(self.callees.dotted(scope, index))
        callee = scope.values[value.callee]
        if dotted & _SAME and plain:
            yield from self._of(scope, plain[0], depth)
        elif dotted & JOINS and plain:
            yield from self._joined(scope, plain, "/", depth)
        elif "os.path.dirname" in dotted and plain:
            for place in self._of(scope, plain[0], depth):
                yield _part(place, "parent")
        elif dotted & _VARIABLES:
            settled = list(self._settled(scope, index))
            yield from settled
            if len(plain) > 1:
                for place in self._of(scope, plain[1], depth):
                    yield Place(place.name, place.decision, not settled)
        elif isinstance(callee, Attribute) and callee.name in _SAME_METHODS:
            yield from self._of(scope, callee.base, depth)
        elif isinstance(callee, Attribute) and callee.name == "joinpath":
            yield from self._joined(scope, (callee.base, *plain), "/", depth)
        elif isinstance(callee, Attribute) and callee.name == "format":
            yield from self._filled(scope, callee.base, plain, depth)
        elif (taken := run_stores.called(self, scope, index, value)) is not None:
            yield from taken
        elif (files := listed(self, scope, index, value, depth)) is not None:
            yield from files
        else:
            yield from self._returned(scope, index, depth)

    def _returned(self, scope: Scope, index: int, depth: int) -> Iterator[Place]:
        some = False
        for target in self.callees.of_call(scope, index):
            inner = self.callees.runs(target) if target.kind == "function" else None
            for held, _ in inner.code.returns[:OPTIONS] if inner is not None else ():
                assert inner is not None
                some = True
                before = self._entered.get(inner.id)
                self._entered[inner.id] = (scope, index)
                found = self._of(inner, held, depth)
                del self._entered[inner.id]
                if before is not None:
                    self._entered[inner.id] = before
                yield from found
        if not some:
            yield from self._settled(scope, index)

    def _settled(self, scope: Scope, index: int) -> Iterator[Place]:
        """What the settings of the project say of a value that enters from outside."""
        for leaf in self.tracer.origins(scope, index):
            if leaf.kind is OriginKind.CONSTANT and self._is_whole(leaf):
                yield Place(leaf.detail, leaf.scope.place(leaf.index))
            elif leaf.kind is OriginKind.CONFIG:
                for setting in self.settings.of_config(leaf.detail, leaf.scope.module.path):
                    yield Place(setting.value, setting.span)
            elif leaf.kind is OriginKind.ENVIRONMENT:
                told = self.settings.of_environment(leaf.detail)
                yield from (Place(setting.value, setting.span) for setting in told)
                name = "" if told else of_platform(leaf.detail)
                if name:
                    yield Place(name, leaf.scope.place(leaf.index))
            elif leaf.kind is OriginKind.COMMAND_LINE:
                yield from self._optional(leaf)

    def _optional(self, leaf: Leaf) -> Iterator[Place]:
        path = leaf.scope.module.path
        given = [each for each in self.settings.of_option(leaf.detail, path)
                 if each.value not in _SWITCHED]  # fmt: skip
        yield from (Place(setting.value, setting.span) for setting in given)
        if not given:
            name = leaf.detail.rpartition(".")[2].replace("-", "_")
            for scope, index in self.settings.defaults.get((path, name), ()):
                yield from self._of(scope, index, 3)

    def _is_whole(self, leaf: Leaf) -> bool:
        """Whether nothing but the project's own code and collections handed a constant on."""
        for scope, index in leaf.trail:
            if scope.values[index].__class__ is not Call:
                continue
            outside = self.callees.dotted(scope, index)
            if any(name not in COLLECTIONS for name in outside):
                return False
        return True


def _put(before: Place, after: Place, joint: str) -> Place:
    name = posixpath.join(before.name, after.name) if joint else before.name + after.name
    return Place(name, before.decision, before.certain and after.certain)


def _unsure(place: Place) -> Place:
    return Place(place.name, place.decision, False)


def _part(place: Place, part: str) -> Place:
    if part == "parent":
        name = posixpath.dirname(place.name.rstrip("/")) or "."
    else:
        name = posixpath.basename(place.name)
        name = posixpath.splitext(name)[0] if part == "stem" else name
    return Place(name, place.decision, place.certain)
