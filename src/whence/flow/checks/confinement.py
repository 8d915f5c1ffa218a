"""Which tests keep a path below its root, and which only look as if they did."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Leaf
from whence.flow.program.project import Scope
from whence.flow.tables import checks
from whence.flow.values.trace import Tracer
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import Guard, OriginKind
from whence.vocabulary.fact.program import Attribute, Call, Const, Each, Mix, Name, Sequence, Text

ALIKE = "a folder beside the root whose name begins alike passes too"
UNRESOLVED = "compared before `..` and links are resolved"
LEADING = "only leading `..` are refused"
ABSOLUTE = "names with `..` are refused, absolute ones are not"

_Closure = Callable[[Scope, int], frozenset[int]]


class Confinement:
    """Judges tests of paths. `related` answers whether a value is made of the path in question."""

    def __init__(self, callees: Callees, tracer: Tracer, closure: _Closure) -> None:
        self.callees = callees
        self.tracer = tracer
        self.closure = closure

    def of_path(self, scope: Scope, path: int, span: Span, why: str = "") -> Guard:
        """A comparison of a path with its root, which holds where the path was resolved before."""
        names = self._called(scope, path)
        if names & checks.RESOLVES:
            return Guard("confined", not why, why or "resolved and kept below a root", span)
        return Guard("confined", False, UNRESOLVED, span)

    def beside(
        self, scope: Scope, side: int, related: Callable[[int], bool], span: Span
    ) -> Guard | None:
        """`path.parent` or `os.path.dirname(path)` in a comparison with the root."""
        value = scope.values[side]
        above = -1
        if value.__class__ is Attribute and value.name == "parent":
            above = value.base
        elif value.__class__ is Call and value.args:
            callee = scope.values[value.callee]
            above = value.args[0] if getattr(callee, "dotted", "") == "os.path.dirname" else -1
        if above < 0 or not related(above):
            return None
        return self.of_path(scope, above, span)

    def common(self, scope: Scope, side: int, span: Span) -> Guard | None:
        """`os.path.commonpath` and its look-alike `os.path.commonprefix` in a comparison."""
        names = self._called(scope, side)
        if "commonpath" in names:
            if not names & checks.RESOLVES:
                return Guard("confined", False, UNRESOLVED, span)
            return Guard("confined", True, "kept below a root by commonpath", span)
        if "commonprefix" in names:
            return Guard("confined", False, f"commonprefix compares letters: {ALIKE}", span)
        return None

    def starts(
        self,
        scope: Scope,
        index: int,
        truth: bool,
        related: Callable[[int], bool],
        span: Span,
    ) -> Guard | None:
        """`path.startswith(root)` where it is true, `relpath.startswith("..")` where it is not."""
        call = scope.call(index)
        callee = scope.values[call.callee]
        if callee.__class__ is not Attribute or not call.args or not related(callee.base):
            return None
        wanted = scope.values[call.args[0]]
        head = self.tracer.texts.rendered(scope, call.args[0])
        if truth and head.endswith(".") and head.strip(".") and "{" not in head:
            return Guard("heads", True, "only names below one package pass", span)
        if not truth:
            dots = wanted.__class__ is Const and str(wanted.value).startswith("..")
            if not dots:
                return None
            if "relpath" in self._called(scope, callee.base):
                return Guard("confined", True, "what leads up from the root is refused", span)
            return Guard("confined", False, LEADING, span)
        ends = self._ends_a_folder(scope, call.args[0])
        return self.of_path(scope, callee.base, span, "" if ends else ALIKE)

    def refused(
        self,
        scope: Scope,
        left: int,
        related: Callable[[int], bool],
        leaf: Leaf | None,
        span: Span,
    ) -> Guard | None:
        """`text not in name`: what a name may not hold."""
        value = scope.values[left]
        text = str(value.value) if value.__class__ is Const else self._separator(scope, left)
        if text in ("/", "os.sep"):
            return Guard("confined", True, "names with separators are refused", span)
        if text not in ("..", "../"):
            return None
        if self._refuses_absolute(scope, related) or (leaf is not None and _appended(leaf)):
            return Guard("members", True, "names with `..` are refused", span)
        return Guard("members", False, ABSOLUTE, span)

    def parts(
        self, scope: Scope, part: int, related: Callable[[int], bool], span: Span
    ) -> Iterator[Guard]:
        """`any(part == ".." for part in name.split("/"))`, where it is refused."""
        if not related(part) or scope.values[part].__class__ is not Each:
            return
        holds = self._refuses_absolute(scope, related)
        why = "names with `..` are refused" if holds else ABSOLUTE
        yield Guard("members", holds, why, span)

    def listed(
        self, scope: Scope, left: int, right: int, related: Callable[[int], bool], span: Span
    ) -> Guard | None:
        """`root in path.parents`, and `name in os.listdir(root)`."""
        held = scope.values[right]
        if held.__class__ is Attribute and held.name == "parents" and related(held.base):
            return self.of_path(scope, held.base, span)
        if related(left):
            leaves = self.tracer.origins(scope, right)
            if leaves and all(leaf.kind is OriginKind.FILE_NAME for leaf in leaves):
                return Guard("allow-list", True, "only names of files that are there pass", span)
        return None

    def raising(
        self, scope: Scope, index: int, related: Callable[[int], bool], span: Span
    ) -> Guard | None:
        """`path.relative_to(root)`, which raises for what is not below the root."""
        callee = scope.values[scope.call(index).callee]
        if callee.__class__ is Attribute and callee.name == "relative_to" and related(callee.base):
            return self.of_path(scope, callee.base, span)
        return None

    def _called(self, scope: Scope, index: int) -> set[str]:
        """The last names of what was called to make a value, and what its parameters were given."""
        found: set[str] = set()
        for at in self.closure(scope, index):
            value = scope.values[at]
            if value.__class__ is Call:
                callee = scope.values[value.callee]
                name = getattr(callee, "name", "") or getattr(callee, "dotted", "")
                found.add(name.rpartition(".")[2])
                if name.rpartition(".")[2] not in checks.RESOLVES:
                    found |= self._inside(scope, at)
        return found

    def _inside(self, scope: Scope, index: int) -> set[str]:
        """The checks of paths that a function of the project calls for what it returns."""
        for target in self.callees.of_call(scope, index):
            inner = self.callees.runs(target)
            if inner is not None:
                for value, _ in inner.code.returns:
                    for at in self.closure(inner, value):
                        held = inner.values[at]
                        if held.__class__ is Call:
                            callee = inner.values[held.callee]
                            name = getattr(callee, "name", "") or getattr(callee, "dotted", "")
                            if name.rpartition(".")[2] in checks.RESOLVES:
                                return {name.rpartition(".")[2]}
        return set()

    def _separator(self, scope: Scope, index: int) -> str:
        names = [target.dotted for target in self.callees.targets(scope, index)]
        return "os.sep" if any(name in ("os.sep", "os.path.sep") for name in names) else ""

    def _ends_a_folder(self, scope: Scope, index: int, depth: int = 0) -> bool:
        """Whether a text ends with a separator, as far as the code says."""
        value = scope.values[index]
        if value.__class__ is Const:
            return str(value.value).endswith(("/", "\\"))
        if depth > 4 or self._separator(scope, index):
            return depth <= 4
        if isinstance(value, Text) and value.parts and value.how != "/":
            return self._ends_a_folder(scope, value.parts[-1], depth + 1)
        if isinstance(value, Mix) and len(value.parts) > 1:
            return self._ends_a_folder(scope, value.parts[-1], depth + 1)
        if isinstance(value, Sequence):
            return all(self._ends_a_folder(scope, item, depth + 1) for item in value.items)
        if isinstance(value, Call):
            callee = scope.values[value.callee]
            name = getattr(callee, "name", "") or getattr(callee, "dotted", "")
            last = scope.values[value.args[-1]] if value.args else None
            if name.rpartition(".")[2] == "join" and last.__class__ is Const:
                return str(last.value).endswith("/") or last.value == ""
            if name in ("str", "fspath", "as_posix", "os.fspath"):
                return False
        if isinstance(value, Name):
            return self._ends_elsewhere(scope, value.dotted, depth)
        return "{" not in (text := self.tracer.texts.rendered(scope, index)) and text.endswith("/")

    def _ends_elsewhere(self, scope: Scope, dotted: str, depth: int) -> bool:
        owner = scope.owner
        while owner is not None:
            held = owner.code.names.get(dotted)
            if held is not None:
                return self._ends_a_folder(owner, held, depth + 1)
            owner = owner.owner
        located = self.callees.project.locate(dotted, scope.module)
        if isinstance(located, tuple):
            module, name = located
            return self._ends_a_folder(module.body, module.body.code.names[name], depth + 1)
        return False

    def _refuses_absolute(self, scope: Scope, related: Callable[[int], bool]) -> bool:
        """Whether a function also asks if the name is absolute, or strips what makes it so."""
        for value in scope.values:
            if value.__class__ is not Call:
                continue
            callee = scope.values[value.callee]
            name = getattr(callee, "name", "") or getattr(callee, "dotted", "").rpartition(".")[2]
            first = scope.values[value.args[0]] if value.args else None
            if name == "startswith" and first is not None:
                firsts = (
                    [scope.values[item] for item in first.items]
                    if isinstance(first, Sequence)
                    else [first]
                )
                slashes = any(
                    one.__class__ is Const and str(one.value).startswith(("/", "\\"))
                    for one in firsts
                )
                if not slashes:
                    continue
            elif name not in ("isabs", "is_absolute", "lstrip", "removeprefix"):
                continue
            base = callee.base if callee.__class__ is Attribute else -1
            if (base >= 0 and related(base)) or any(related(arg) for arg in value.args):
                return True
        return False


def _appended(leaf: Leaf) -> bool:
    """Whether a name is only written behind a root, so that it stays relative."""
    appended = False
    for scope, index in leaf.trail:
        value = scope.values[index]
        if isinstance(value, Text):
            if value.how == "/":
                return False
            first = scope.values[value.parts[0]] if value.parts else None
            appended |= first is not None and (scope, value.parts[0]) not in leaf.trail
        elif isinstance(value, Call):
            callee = scope.values[value.callee]
            name = getattr(callee, "name", "") or getattr(callee, "dotted", "")
            if name.rpartition(".")[2] in ("join", "joinpath", "Path", "PurePath"):
                return False
    return appended
