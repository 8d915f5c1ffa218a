"""What a value of the project's Python can be as text or number, as far as it is written down."""

from __future__ import annotations

from collections.abc import Iterable

from whence.rules.data.sources.declared_fields import field_of, field_of_name
from whence.rules.data.sources.programs import Code, Programs, Site
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Compare,
    Const,
    Dict,
    Each,
    Function,
    Item,
    Name,
    Param,
    Sequence,
    Text,
)

_DEPTH = 10
_MOST = 6
_STEPS = 3000
_JOINS = ("join", "joinpath")
_SAME = ("Path", "PurePath", "str", "fspath", "abspath", "expanduser", "realpath", "resolve",
         "as_posix", "absolute", "to_absolute_path", "strip", "rstrip", "lower")  # fmt: skip


class Words:
    """Answers what expressions can be; at most six readings, `?` for unknown parts."""

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self._steps = 0

    def of(self, site: Site, *wanted: int | str) -> tuple[str, ...]:
        """The readings of an argument as text; none where the call has no such argument."""
        index = site.argument(*wanted)
        return self.texts(site.code, site.function, index) if index is not None else ()

    def one(self, site: Site, *wanted: int | str) -> str:
        """The only reading of an argument, empty without one, `?` for several."""
        found = self.of(site, *wanted)
        return found[0] if len(found) == 1 else "?" if found else ""

    def constant(self, site: Site, *wanted: int | str) -> object:
        """The constant given, `...` where it is not written down, and "" where none is given."""
        index = site.argument(*wanted)
        if index is None:
            return ... if site.spreads else ""
        held = self.held(site.code, site.function, index)
        return held if held is not _UNKNOWN else ...

    def held(self, code: Code, function: Function, index: int, depth: int = 0) -> object:
        """A constant that a value is, through names; a marker where it is none."""
        value = function.values[index]
        if isinstance(value, Const):
            return value.value
        if isinstance(value, Name) and not value.imported and depth < _DEPTH:
            found = code.resolved(function, value.dotted)
            if found is not None:
                return self.held(code, found[0], found[1], depth + 1)
        if isinstance(value, Attribute) and depth < _DEPTH:
            stored = self.programs.own_attribute(code, function, value)
            if stored is not None:
                return self.held(code, stored[0], stored[1], depth + 1)
        return _UNKNOWN

    def texts(self, code: Code, function: Function, index: int, depth: int = 0) -> tuple[str, ...]:
        """All readings of a value as text; `?` where looking further would take too long."""
        self._steps = self._steps + 1 if depth else 0
        if depth > _DEPTH or index < 0 or self._steps > _STEPS:
            return ("?",)
        value = function.values[index]
        found: Iterable[str] = ("?",)
        if isinstance(value, Const):
            found = (str(value.value),) if value.value is not None else ()
        elif isinstance(value, Text):
            found = self._joined(
                code, function, value.parts, "/" if value.how == "/" else "", depth
            )
        elif isinstance(value, Choice):
            found = [t for o in value.options for t in self.texts(code, function, o, depth + 1)]
        elif isinstance(value, Name):
            found = self._named(code, function, value, depth)
        elif isinstance(value, Param):
            found = self._parameter(code, function, value, depth)
        elif isinstance(value, Call):
            found = self._called(code, function, value, depth)
        elif isinstance(value, Attribute | Item | Each):
            found = self._part(code, function, index, depth)
        elif isinstance(value, Compare) and value.operator in ("==", "!="):
            found = self._compared(code, function, value, depth)
        return tuple(dict.fromkeys(found))[:_MOST]

    def _compared(
        self, code: Code, function: Function, value: Compare, depth: int
    ) -> Iterable[str]:
        """`os.environ.get("VERIFY", "0") == "1"`, as it turns out where nobody sets the variable."""
        left = self.texts(code, function, value.left, depth + 1)
        right = self.texts(code, function, value.right, depth + 1)
        if len(left) != 1 or len(right) != 1 or "?" in (*left[0], *right[0]):
            return ("?",)
        return (str((left == right) is (value.operator == "==")),)

    def _elements(self, code: Code, function: Function, index: int, depth: int) -> Iterable[str]:
        """The readings of the members of a list, or of the values of a dictionary."""
        value = function.values[index]
        if isinstance(value, Name) and not value.imported and depth < _DEPTH:
            held = code.resolved(function, value.dotted)
            if held is not None:
                return self._elements(code, held[0], held[1], depth + 1)
        if isinstance(value, Call):
            callee = function.values[value.callee]
            if isinstance(callee, Attribute) and callee.name in ("values", "items"):
                return self._elements(code, function, callee.base, depth + 1)
        members: tuple[int, ...] = ()
        if isinstance(value, Sequence):
            members = value.items
        elif isinstance(value, Dict):
            members = value.values
        found = [t for m in members[:_MOST] for t in self.texts(code, function, m, depth + 1)]
        return found or ("?",)

    def _named(self, code: Code, function: Function, value: Name, depth: int) -> Iterable[str]:
        if not value.imported:
            held = code.resolved(function, value.dotted)
            return self.texts(code, held[0], held[1], depth + 1) if held else ("?",)
        found = self._of_file(code, value.dotted, depth)
        declared = None if found else field_of_name(self.programs, code, value.dotted)
        if declared is not None:
            return self.texts(*declared, depth + 1)
        return found or ("?",)

    def _joined(
        self, code: Code, function: Function, parts: Iterable[int], by: str, depth: int
    ) -> Iterable[str]:
        found = [""]
        for number, part in enumerate(parts):
            words = self.texts(code, function, part, depth + 1) or ("",)
            glue = by if number else ""
            found = [
                f"{left.rstrip('/') if glue else left}{glue}{right}"
                for left in found
                for right in words
            ][:_MOST]
        return found

    def _parameter(self, code: Code, function: Function, value: Param, depth: int) -> Iterable[str]:
        """What callers give, and the default."""
        found: list[str] = []
        names = [parameter.name for parameter in function.parameters]
        if value.name not in names:
            return ("?",)
        position = names.index(value.name)
        owner = code.functions.get(function.owner)
        if owner is not None and owner.kind == "class":
            position -= 1
            if position < 0:
                return ("?",)
        for site in self.programs.callers(code, function):
            if len(found) >= _MOST:
                break
            if not site.code.is_test:
                found += self.texts_of(site, (value.name, position), depth + 1)
        default = function.parameters[names.index(value.name)].default
        if default >= 0 and owner is not None:
            found += self.texts(code, owner, default, depth + 1)
        return found or ("?",)

    def members(self, code: Code, function: Function, index: int) -> tuple[str, ...]:
        """The texts in a list, or the keys of a dictionary, through names."""
        value = function.values[index]
        for _ in range(_DEPTH):
            if not isinstance(value, Name) or value.imported:
                break
            held = code.resolved(function, value.dotted)
            if held is None:
                break
            function, value = held[0], held[0].values[held[1]]
        items = (
            value.items
            if isinstance(value, Sequence)
            else value.keys
            if isinstance(value, Dict)
            else ()
        )
        return tuple(t for item in items for t in self.texts(code, function, item))

    def texts_of(self, site: Site, wanted: tuple[int | str, ...], depth: int) -> tuple[str, ...]:
        """As `of`, some way down a chain of calls."""
        index = site.argument(*wanted)
        return self.texts(site.code, site.function, index, depth) if index is not None else ()

    def _called(self, code: Code, function: Function, call: Call, depth: int) -> Iterable[str]:
        name = self.programs.dotted(code, function, call.callee)
        tail = name.rpartition(".")[2]
        callee = function.values[call.callee]
        base = callee.base if isinstance(callee, Attribute) else -1
        if tail in _JOINS and name.startswith(("os.path", "posixpath")):
            return self._joined(code, function, call.args, "/", depth)
        if tail in _JOINS and base >= 0:
            return self._joined(code, function, (base, *call.args), "/", depth)
        if tail in _SAME:
            first = call.args[0] if call.args else base
            return self.texts(code, function, first, depth + 1) if first >= 0 else ("?",)
        if name in ("os.environ.get", "os.getenv") and len(call.args) > 1:
            return self.texts(code, function, call.args[1], depth + 1)
        if tail == "format" and base >= 0:
            return [t.replace("{}", "?") for t in self.texts(code, function, base, depth + 1)]
        return ("?",)

    def _part(self, code: Code, function: Function, index: int, depth: int) -> Iterable[str]:
        """An attribute or item: of this class, a file, the options, a loop, a configuration."""
        value = function.values[index]
        if isinstance(value, Each):
            return self._elements(code, function, value.base, depth)
        if isinstance(value, Attribute):
            found = self._attribute(code, function, index, value, depth)
            if found:
                return found
        if isinstance(value, Item):
            base = function.values[value.base]
            if isinstance(base, Each):
                return self._elements(code, function, base.base, depth)
        return [setting.value for setting in self.setting(code, function, index)] or ("?",)

    def _attribute(
        self, code: Code, function: Function, index: int, value: Attribute, depth: int
    ) -> tuple[str, ...]:
        stored = self.programs.own_attribute(code, function, value)
        if stored is not None:
            return self.texts(code, stored[0], stored[1], depth + 1)
        declared = field_of(self.programs, code, function, value)
        if declared is not None:
            return self.texts(*declared, depth + 1)
        dotted = self.programs.dotted(code, function, index)
        return self._of_file(code, dotted, depth) or self._option(code, value.name, depth)

    def _of_file(self, code: Code, dotted: str, depth: int) -> tuple[str, ...]:
        """The readings of a variable of another file of the project."""
        module, _, name = dotted.rpartition(".")
        for other in self.programs.imported_by(code):
            if name in other.body.names and other.parts[-1:] == module.split(".")[-1:]:
                return self.texts(other, other.body, other.body.names[name], depth + 1)
        return ()

    def _option(self, code: Code, name: str, depth: int) -> tuple[str, ...]:
        """What command lines of the project give for an option of this file, else its default."""
        flags = {f"--{name}", f"--{name.replace('_', '-')}"}
        for site in self.programs.calls_of(code, "add_argument", "option"):
            given = site.argument(0)
            held = site.function.values[given] if given is not None else None
            if isinstance(held, Const) and held.value in flags:
                index = site.argument("default")
                default = () if index is None else self.texts(code, site.function, index, depth + 1)
                return (*self.programs.options.get(name, ()), *default)
        return ()

    def decided_by(self, site: Site, *wanted: int | str) -> list[ConfigValue]:
        """The configuration values that decide an argument."""
        index = site.argument(*wanted)
        if index is None or not isinstance(site.function.values[index], Item | Attribute):
            return []
        return self.setting(site.code, site.function, index)

    def setting(self, code: Code, function: Function, index: int) -> list[ConfigValue]:
        """The configuration values that `config["a"]["b"]` or `config.a.b` may mean."""
        keys: list[str] = []
        at = index
        for _ in range(_DEPTH):
            value = function.values[at]
            if isinstance(value, Item):
                key = function.values[value.key]
                if not isinstance(key, Const):
                    return []
                keys.append(str(key.value))
                at = value.base
            elif isinstance(value, Attribute):
                keys.append(value.name)
                at = value.base
            elif isinstance(value, Name) and not value.imported:
                held = code.resolved(function, value.dotted)
                if held is None or held[0] is function:
                    break
                code, function, at = code, held[0], held[1]
            else:
                break
        if not keys or (len(keys) < 2 and not isinstance(function.values[at], Call)):
            return []
        found = self.programs.settings.get(".".join(reversed(keys)), [])
        return found if len({value.span.path for value in found}) == 1 else []


_UNKNOWN = object()
