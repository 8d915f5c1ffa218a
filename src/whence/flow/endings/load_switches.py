"""Switches that turn the restrictions of loaders on or off for a whole process.

Sources: PyTorch's notes on serialization (`TORCH_FORCE_WEIGHTS_ONLY_LOAD`,
`TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD`), Keras on `enable_unsafe_deserialization`.
"""

from __future__ import annotations

from functools import cached_property

from whence.flow.endings.gadgets import told_to_build
from whence.flow.inputs.settings import Settings
from whence.flow.program.callee import Callees
from whence.flow.program.project import Project
from whence.vocabulary.fact.program import Const

_ON = frozenset({"1", "y", "yes", "true"})
_ALWAYS = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
_NEVER = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"


class LoadSwitches:
    """Answers what holds for a load that does not say it itself."""

    def __init__(self, project: Project, callees: Callees, settings: Settings) -> None:
        self.project = project
        self.callees = callees
        self.settings = settings

    def of(self, callee: str, arguments: dict[str, str]) -> dict[str, str]:
        """The arguments that a switch gives to a call, or takes from it."""
        if callee == "torch.load":
            if self._always:
                return {"weights_only": "True"}
            if self._never and arguments.get("weights_only", "None") == "None":
                return {"weights_only": "False"}
        if callee.startswith("keras.") and "safe_mode" not in arguments and self._unsafe_keras:
            return {"safe_mode": "False"}
        return {}

    @cached_property
    def _always(self) -> bool:
        return self._is_on(_ALWAYS)

    @cached_property
    def _never(self) -> bool:
        return self._is_on(_NEVER)

    @cached_property
    def _unsafe_keras(self) -> bool:
        return any(
            dotted.endswith("keras.config.enable_unsafe_deserialization")
            for scope, index in self.project.calls.get("enable_unsafe_deserialization", ())
            for dotted in self.callees.dotted(scope, index)
        )

    @cached_property
    def told_to_build(self) -> str:
        """A function that makes code and that torch's restricted loader is told to call."""
        for tail in ("add_safe_globals", "safe_globals"):
            for scope, index in self.project.calls.get(tail, ()):
                args = scope.call(index).args
                if args and not scope.module.is_test:
                    found = next(told_to_build(self.callees, scope, args[0]), "")
                    if found:
                        return found
        return ""

    def _is_on(self, name: str) -> bool:
        """Whether images, scripts, pipelines or the code itself set a variable."""
        if any(s.value.lower() in _ON for s in self.settings.of_environment(name)):
            return True
        return name in self._turned_on

    @cached_property
    def _turned_on(self) -> frozenset[str]:
        """The keys that the code, tests apart, sets to a constant which means on."""
        found: set[str] = set()
        for module in self.project.modules:
            for scope in () if module.is_test else module.scopes.values():
                for store in scope.code.stores:
                    if store.key < 0 or scope.values[store.key].__class__ is not Const:
                        continue
                    key, value = scope.values[store.key], scope.values[store.value]
                    if isinstance(key, Const) and isinstance(value, Const):
                        if str(value.value).lower() in _ON:
                            found.add(str(key.value))
        return frozenset(found)
