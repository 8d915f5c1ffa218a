"""The constants that a call is given, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterable

from whence.flow.inputs.settings import Setting, Settings
from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Leaf
from whence.flow.program.project import Project, Scope
from whence.flow.program.spelling import last_name
from whence.flow.values.trace import Tracer
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.program import Closure, Const, Name

_LOOKED_FOR = (
    "revision",
    "code_revision",
    "trust_remote_code",
    "weights_only",
    "allow_pickle",
    "Loader",
    "filter",
    "members",
    "shell",
    "safe_mode",
    "use_safetensors",
    "verify",
    "debug",
    "host",
    "token",
)
_OF_HUB_LOADS = ("revision", "code_revision", "trust_remote_code", "weights_only", "use_safetensors", "token")  # fmt: skip
# Dictionaries that a function hands on to what loads the model.
_HANDED_ON = frozenset({"model_kwargs", "tokenizer_kwargs", "model_init_kwargs"})
_TELLING = (
    OriginKind.CONSTANT,
    OriginKind.CONFIG,
    OriginKind.ENVIRONMENT,
    OriginKind.COMMAND_LINE,
)
_FALSE = ("False", "false", "0", "no", "off", "")
_NONE = ("null", "None", "~", "Null", "NULL")
_TRUE = ("True", "true", "1", "yes", "on")


class Arguments:
    """Renders arguments; `?` for what only running the program would tell."""

    def __init__(
        self, project: Project, callees: Callees, tracer: Tracer, settings: Settings
    ) -> None:
        self.project = project
        self.callees = callees
        self.tracer = tracer
        self.settings = settings
        self._known: dict[tuple[int, int], dict[str, str]] = {}

    def of(self, scope: Scope, index: int) -> dict[str, str]:
        """Arguments by name or position; those in spread dictionaries only where looked for."""
        found = self._known.get((scope.id, index))
        if found is None:
            found = self._known[scope.id, index] = self._of(scope, index)
        return found

    def of_flags(self, scope: Scope, index: int, flags: tuple[str, ...]) -> dict[str, str]:
        """As `of`, where only some arguments matter; nothing is traced for calls without them."""
        call = scope.call(index)
        named = any(name in flags or name == "**" for name in call.keywords)
        placed = any(flag.isdigit() and int(flag) < len(call.args) for flag in flags)
        partial = any(target.partial is not None for target in self.callees.of_call(scope, index))
        return self.of(scope, index) if named or placed or partial else {}

    def _of(self, scope: Scope, index: int) -> dict[str, str]:
        call = scope.call(index)
        args, keywords = call.args, call.keywords
        plain = len(args) - len(keywords)
        from_hub = last_name(scope.values, call.callee) == "from_pretrained"
        found: dict[str, str] = {}
        for target in self.callees.of_call(scope, index):
            if target.partial is not None and target.partial != (scope, index):
                fixed = self.of(*target.partial)
                found.update({name: text for name, text in fixed.items() if not name.isdigit()})
        for number, value in enumerate(args[:plain]):
            found[str(number)] = self.constant(scope, value)
        for name, value in zip(keywords, args[plain:], strict=True):
            if name != "**":
                found[name] = self.constant(scope, value)
                if name not in _HANDED_ON:
                    continue
            for wanted in _OF_HUB_LOADS if from_hub else _LOOKED_FOR:
                if wanted not in found:
                    text = self._item(scope, value, wanted)
                    if text:
                        found[wanted] = text
        return found

    def constant(self, scope: Scope, index: int) -> str:
        """A value as Python text: a literal, a dotted name, or `?`."""
        value = scope.values[index]
        if value.__class__ is Const:
            return _literal(value.value, value.kind)
        if value.__class__ in (Name, Closure):
            named = self._named(scope, index)
            if named:
                return named
        for leaf in self.tracer.leaves(scope, index):
            if leaf.kind is not None and leaf.kind not in _TELLING:
                return "?"
        return self._all(self.tracer.begun(scope, index)) or "?"

    def decision(self, scope: Scope, index: int) -> Span | None:
        """Where outside the code the value is decided, if anywhere."""
        leaves = self.tracer.origins(scope, index)
        for leaf in leaves:
            for setting in self.settings_of(leaf):
                return setting.span
        for leaf in leaves:
            if leaf.kind is OriginKind.CONSTANT and leaf.trail:
                return leaf.scope.place(leaf.index)
        return None

    def _named(self, scope: Scope, index: int) -> str:
        for target in self.callees.targets(scope, index):
            if target.kind == "class" and target.scope is not None:
                for base in self.project.ancestry(target.scope):
                    if isinstance(base, str):
                        return base
            if target.kind == "external" and "()" not in target.dotted:
                value = scope.values[index]
                if value.__class__ is Name and not value.imported:
                    continue
                return target.dotted
        return ""

    def _item(self, scope: Scope, index: int, key: str) -> str:
        leaves = self.tracer.origins(scope, index, (key,))
        return self._all([leaf for leaf in leaves if leaf.kind is not None]) if leaves else ""

    def _all(self, leaves: Iterable[Leaf]) -> str:
        """The one text that all leaves agree on; `?` where they differ."""
        found: set[str] = set()
        for leaf in leaves:
            if leaf.kind is OriginKind.CONSTANT:
                value = leaf.scope.values[leaf.index]
                if isinstance(value, Const):
                    found.add(_literal(value.value, value.kind))
                else:
                    found.add(repr(leaf.detail))
                continue
            decided = self.settings_of(leaf)
            found.update(from_text(setting.value) for setting in decided)
            if not decided:
                return "?"
        if len(found) > 1 and "True" in found:
            return "True" if found <= {"True", "False"} else "?"
        return found.pop() if len(found) == 1 else "?" if found else ""

    def settings_of(self, leaf: Leaf) -> list[Setting]:
        """What the project sets the option, variable or key to that a leaf is."""
        if leaf.kind is OriginKind.CONFIG:
            return self.settings.of_config(leaf.detail, leaf.scope.module.path)
        if leaf.kind is OriginKind.ENVIRONMENT:
            return self.settings.of_environment(leaf.detail)
        if leaf.kind is OriginKind.COMMAND_LINE:
            return self.settings.of_option(leaf.detail, leaf.scope.module.path)
        return []


def _literal(value: object, kind: str) -> str:
    if kind == "bytes" and isinstance(value, str):
        return "b" + repr(value)
    return repr(value)


def from_text(text: str) -> str:
    """A setting as Python text: `True`, `False` and `None` in all their spellings."""
    if text in _NONE:
        return "None"
    if text in _TRUE:
        return "True"
    if text in _FALSE:
        return "False"
    return repr(text)
