"""Environment variables that fill the fields of settings classes.

Two ways are known: `BaseSettings` of pydantic, with its prefix, and a table in the code that maps
names of variables to names of fields.
"""

from __future__ import annotations

import re
from collections import defaultdict

from whence.flow.program.project import Project, Scope
from whence.vocabulary.fact.program import Call, Const, Dict

_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_BASES = ("BaseSettings", "Environment")


class FieldVariables:
    """Answers which variables fill a field."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._mapped: dict[str, set[str]] = defaultdict(set)
        for scope, table in project.tables:
            self._read(scope, table)

    def _read(self, scope: Scope, table: Dict) -> None:
        pairs: list[tuple[str, str]] = []
        for key, held in zip(table.keys, table.values, strict=True):
            variable, field = _text(scope, key), _text(scope, held)
            if not _VARIABLE.fullmatch(variable) or not _FIELD.fullmatch(field):
                return
            pairs.append((variable, field))
        for variable, field in pairs:
            self._mapped[field].add(variable)

    def of(self, klass: Scope, field: str) -> list[str]:
        """The variables for a field, sorted."""
        found = set(self._mapped.get(field, ()))
        ancestry = self.project.ancestry(klass)
        if any(isinstance(b, str) and b.rpartition(".")[2] in _BASES for b in ancestry):
            prefix = next((p for b in ancestry if isinstance(b, Scope) if (p := _prefix(b))), "")
            found.add(f"{prefix}{field}".upper())
        return sorted(found)


def _prefix(klass: Scope) -> str:
    held = klass.code.names.get("model_config")
    value = klass.values[held] if held is not None else None
    if isinstance(value, Call):
        for name, arg in value.named:
            if name == "env_prefix":
                return _text(klass, arg)
    if isinstance(value, Dict):
        for key, at in zip(value.keys, value.values, strict=True):
            if _text(klass, key) == "env_prefix":
                return _text(klass, at)
    inner = klass.children.get("Config")
    at_config = inner.code.names.get("env_prefix") if inner is not None else None
    return _text(inner, at_config) if inner is not None and at_config is not None else ""


def _text(scope: Scope, index: int) -> str:
    value = scope.values[index] if index >= 0 else None
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else ""
