"""Handlers that ask for a credential themselves: a header or signature compared, else 401 or 403."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.program.conditions import operands
from whence.flow.program.project import Scope
from whence.flow.program.spelling import spelled
from whence.flow.tables.servers import REFUSALS, authenticates
from whence.vocabulary.fact.program import Call, Compare, Const

_CARRIERS = ("headers", "cookies", "authorization", "session", "current_user")
_REFUSES = frozenset({"abort", "HTTPException", "HTTPError", "Response", "JSONResponse"})
_VALUES = 80


def shows_credential(scope: Scope) -> str:
    """What a handler compares before it goes on; empty where it lets everybody through."""
    if not _turns_away(scope):
        return ""
    for held in scope.code.contexts:
        if held.kind not in ("exit", "if", "assert") or held.value < 0:
            continue
        made = list(_made_of(scope, held.value))
        names = [spelled(scope, at) for at in made if isinstance(scope.values[at], Call)]
        if any(name.endswith("compare_digest") for name in names):
            return "compare_digest"
        compared = any(isinstance(scope.values[at], Compare) for at in made)
        carried = [name for at in made if _carries(name := spelled(scope, at))]
        if compared and carried and not _is_of_form(scope, made):
            return carried[0]
    return ""


def _carries(name: str) -> bool:
    return any(part in _CARRIERS for part in name.lower().split("."))


def _is_of_form(scope: Scope, made: list[int]) -> bool:
    """Whether the header that is compared says nothing of who sends it, such as its content type."""
    words = [scope.values[at] for at in made]
    keys = [str(word.value) for word in words if isinstance(word, Const) and word.value]
    return bool(keys) and not any(authenticates(key) or "sign" in key.lower() for key in keys)


def _turns_away(scope: Scope) -> bool:
    """Whether a handler can refuse: it says 401 or 403, aborts or raises."""
    for at, value in enumerate(scope.values):
        if isinstance(value, Const) and value.value in (401, 403):
            return True
        if isinstance(value, Call):
            name = spelled(scope, value.callee).rpartition(".")[2]
            if name in _REFUSES and any(
                any(word in spelled(scope, arg) for word in REFUSALS) for arg in value.args
            ):
                return True
            if name.endswith(("Unauthorized", "Forbidden", "PermissionDenied")):
                return True
        if spelled(scope, at).endswith(("_401_UNAUTHORIZED", "_403_FORBIDDEN")):
            return True
    return False


def _made_of(scope: Scope, index: int) -> Iterator[int]:
    seen: set[int] = set()
    waiting = [index]
    while waiting and len(seen) < _VALUES:
        at = waiting.pop()
        if at < 0 or at in seen:
            continue
        seen.add(at)
        yield at
        waiting.extend(operands(scope, at))
