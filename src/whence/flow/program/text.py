"""Text and paths as far as the code spells them out."""

from __future__ import annotations

from whence.flow.program.callee import Callees
from whence.flow.program.members import attribute_values
from whence.flow.program.project import Scope, is_test
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Const,
    Item,
    Logic,
    Name,
    Param,
    Text,
)

DEPTH = 8
LENGTH = 200
CALLERS = 4
_JOINS = frozenset({"os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePath"})
_SAME = frozenset(
    {
        "str",
        "os.fspath",
        "os.path.abspath",
        "os.path.realpath",
        "os.path.expanduser",
        "os.path.normpath",
        "bytes",
        "torch.hub.get_dir",
    }
)
_SAME_METHODS = frozenset(
    {"resolve", "absolute", "as_posix", "expanduser", "strip", "rstrip", "lower", "encode"}
)


class Texts:
    """Renders values; what is unknown stands in braces by its name."""

    def __init__(self, callees: Callees) -> None:
        self.callees = callees
        self._known: dict[tuple[int, int], str] = {}

    def rendered(self, scope: Scope, index: int) -> str:
        """The text with `{name}` for what is not known, cut at 200 characters."""
        key = (scope.id, index)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._rendered(scope, index, 0)[:LENGTH]
        return found

    def _rendered(self, scope: Scope, index: int, depth: int) -> str:  # noqa: C901 - one branch for each kind
        value = scope.values[index]
        if isinstance(value, Const):
            return str(value.value) if value.value is not None else "{None}"
        if depth > DEPTH:
            return "{?}"
        if isinstance(value, Text):
            joint = "/" if value.how == "/" else ""
            parts = [self._rendered(scope, part, depth + 1) for part in value.parts]
            if value.how == "%" and parts:
                return _percent(parts)
            return joint.join(part.rstrip("/") if joint else part for part in parts)
        if isinstance(value, Choice | Logic):
            options = value.options if isinstance(value, Choice) else value.parts
            known = [self._rendered(scope, option, depth + 1) for option in options[:4]]
            return next((text for text in known if "{" not in text), known[0])
        if isinstance(value, Name):
            return self._name(scope, value.dotted, depth)
        if isinstance(value, Param):
            return self._parameter(scope, value.name, depth)
        if isinstance(value, Attribute):
            return self._attribute(scope, value.base, value.name, depth)
        if isinstance(value, Call):
            return self._call(scope, index, depth)
        if isinstance(value, Item):
            key = scope.values[value.key]
            if key.__class__ is Const and key.value.__class__ is str:
                return "{" + str(key.value) + "}"
        return "{?}"

    def _name(self, scope: Scope, dotted: str, depth: int) -> str:
        owner = scope.owner
        while owner is not None:
            index = owner.code.names.get(dotted)
            if index is not None and owner is not scope:
                return self._rendered(owner, index, depth + 1)
            owner = owner.owner
        located = self.callees.project.locate(dotted, scope.module)
        if isinstance(located, tuple):
            module, name = located
            return self._rendered(module.body, module.body.code.names[name], depth + 1)
        if dotted == "__file__":
            return scope.module.path
        return "{" + dotted + "}"

    def _parameter(self, scope: Scope, name: str, depth: int) -> str:
        parameter = scope.parameters.get(name)
        callers = self.callees.callers(scope) if depth < 4 else ()
        if not is_test(scope):
            callers = tuple(one for one in callers if not is_test(one[0]))
        said: dict[str, None] = {}
        for caller, index in callers[:CALLERS]:
            given = self.callees.argument(scope, caller, index, name)
            text = self._rendered(*given, depth + 2) if given is not None else "{"
            if "{" not in text:
                said[text] = None
        if said:
            return next(iter(said)) if len(said) == 1 else "{" + name + "}"
        if parameter is not None and parameter.default >= 0 and scope.owner is not None:
            text = self._rendered(scope.owner, parameter.default, depth + 1)
            if "{" not in text:
                return text
        return "{" + name + "}"

    def _attribute(self, scope: Scope, base: int, name: str, depth: int) -> str:
        if name in ("parent", "name", "stem"):
            inner = self._rendered(scope, base, depth + 1)
            if name == "parent":
                return inner.rpartition("/")[0]
            return inner.rpartition("/")[2]
        for target in self.callees.targets(scope, base):
            if target.kind in ("instance", "class") and target.scope is not None:
                for owner, value in attribute_values(target.scope, name)[:1]:
                    return self._rendered(owner, value, depth + 1)
        return "{" + name + "}"

    def _call(self, scope: Scope, index: int, depth: int) -> str:  # noqa: C901 - one branch for each kind
        call = scope.call(index)
        args = call.args
        callee = scope.values[call.callee]
        for dotted in self.callees.dotted(scope, index):
            if dotted in _JOINS and args:
                plain = args[: len(args) - len(call.keywords)]
                parts = [self._rendered(scope, arg, depth + 1) for arg in plain]
                return "/".join(part.rstrip("/") for part in parts)
            if dotted in _SAME and args:
                return self._rendered(scope, args[0], depth + 1)
            if dotted == "os.path.dirname" and args:
                return self._rendered(scope, args[0], depth + 1).rpartition("/")[0]
            if dotted in ("os.environ.get", "os.getenv") and args:
                if len(args) > 1:
                    return self._rendered(scope, args[1], depth + 1)
                return "{" + self._rendered(scope, args[0], depth + 1) + "}"
        if callee.__class__ is Attribute:
            base = callee.base
            name = callee.name
            if name in _SAME_METHODS:
                return self._rendered(scope, base, depth + 1)
            if name == "joinpath":
                parts = [self._rendered(scope, part, depth + 1) for part in (base, *args)]
                return "/".join(parts)
            if name == "format" and scope.values[base].__class__ is not Param:
                return self._formatted(scope, index, base, depth)
        for target in self.callees.of_call(scope, index):
            inner = self.callees.runs(target)
            if target.kind == "function" and inner is not None and inner.code.returns:
                return self._rendered(inner, inner.code.returns[0][0], depth + 2)
        return "{?}"

    def _formatted(self, scope: Scope, index: int, base: int, depth: int) -> str:
        call = scope.call(index)
        text = self._rendered(scope, base, depth + 1)
        plain = len(call.args) - len(call.keywords)
        for number, arg in enumerate(call.args[:plain]):
            held = self._rendered(scope, arg, depth + 1)
            marker = "{}" if "{}" in text else "{" + str(number) + "}"
            text = text.replace(marker, held, 1)
        for name, arg in call.named:
            text = text.replace("{" + name + "}", self._rendered(scope, arg, depth + 1))
        return text


def _percent(parts: list[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        for marker in ("%s", "%d", "%r"):
            if marker in text:
                text = text.replace(marker, part, 1)
                break
    return text
