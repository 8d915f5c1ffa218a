"""What in a shell script throws a command's failure away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_QUIET = frozenset({"true", ":", "echo", "printf", "warn"})
_STOPS = re.compile(r"\b(?:exit|return|false|kill|die|fail)\b")
_FAILS = re.compile(r"\b(?:exit|return)\s+(?:[1-9$\"]|-)|\bfalse\b|\bkill\b|\bdie\b|\bfail\b")
_BRANCHES = ("else_clause", "elif_clause")


@dataclass
class Mode:
    """The shell's options as they stand: whether a failure stops the script."""

    errexit: bool = False
    pipefail: bool = False


def raw(node: Node, source: bytes) -> str:
    """The text of a node as it stands in the script."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def tolerance_by(node: Node, following: Node, last: bool, mode: Mode, source: bytes) -> str:
    """Why the script goes on after a failure of this statement; empty where it does not."""
    if node.next_sibling is not None and node.next_sibling.type == "&":
        return "&"
    text = raw(following, source).strip()
    if mode.errexit or "$?" in text[:200]:
        return ""
    if last and re.fullmatch(r"true|:|exit 0|return 0", text):
        return f"; {text}"
    return "set +e" if re.search(rb"\bset\s+\+e", source) else "no set -e"


def swallows(node: Node, source: bytes) -> bool:
    """Whether running this after `||` makes a failure pass for success."""
    text = raw(node, source)
    assigned = re.fullmatch(r"(\w+)=.*", text, re.DOTALL)
    if assigned:
        return not _compared(assigned[1], source)
    if _FAILS.search(text):
        return False
    if node.type == "command":
        words = text.split()
        return bool(words) and (words[0] in _QUIET or words[:2] in (["exit", "0"], ["return", "0"]))
    return node.type in ("compound_statement", "subshell") and all(
        swallows(child, source) for child in node.named_children if child.type != "comment"
    )


def _compared(name: str, source: bytes) -> bool:
    """Whether a variable that holds an exit code is used to stop the script later."""
    variable = rb"\$\{?" + re.escape(name).encode() + rb"\b"
    return bool(
        re.search(rb"(?:exit|return|-ne|-gt|-eq|==|!=)[^\n]*" + variable, source)
        or re.search(variable + rb"[^\n]*(?:-ne|-gt|-eq|==|!=)", source)
    )


def branches(node: Node) -> tuple[list[Node], list[Node]]:
    """The condition of an `if`, and everything that it may run."""
    condition: list[Node] = []
    bodies: list[Node] = []
    target = condition
    for child in node.children:
        if child.type == "then":
            target = bodies
        elif child.is_named:
            target.append(child)
    return condition, bodies


def tolerance_of_condition(condition: list[Node], bodies: list[Node], source: bytes) -> str:
    """Whether the branch that a failing condition takes goes on as if nothing were."""
    if any(child.type == "negated_command" for child in condition):
        failing = [body for body in bodies if body.type not in _BRANCHES]
    else:
        failing = [body for body in bodies if body.type in _BRANCHES]
    text = "\n".join(raw(body, source) for body in failing)
    return "if without exit" if text and not _STOPS.search(text) else ""
