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
_COMPARES = re.compile(rb"\bexit\b|\breturn\b|-ne\b|-gt\b|-eq\b|==|!=")
_VARIABLE = re.compile(rb"\$\{?(\w+)")
_BRANCHES = ("else_clause", "elif_clause")


@dataclass
class Mode:
    """The shell's options as they stand: whether a failure stops the script."""

    errexit: bool = False
    pipefail: bool = False


class Script:
    """What the whole text of a script says about failures, asked once."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.turns_off = bool(re.search(rb"\bset[ \t]+\+e", source))
        self.compared: set[bytes] = set()
        for line in source.split(b"\n"):
            if _COMPARES.search(line):
                self.compared.update(_VARIABLE.findall(line))


def raw(node: Node, source: bytes) -> str:
    """The text of a node as it stands in the script."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def tolerance_by(node: Node, following: Node, last: bool, mode: Mode, script: Script) -> str:
    """Why the script goes on after a failure of this statement; empty where it does not."""
    if node.next_sibling is not None and node.next_sibling.type == "&":
        return "&"
    text = raw(following, script.source)[:200].strip()
    if mode.errexit or "$?" in text:
        return ""
    if last and re.fullmatch(r"true|:|exit 0|return 0", text):
        return f"; {text}"
    return "set +e" if script.turns_off else "no set -e"


def swallows(node: Node, script: Script, depth: int = 0) -> bool:
    """Whether running this after `||` makes a failure pass for success."""
    text = raw(node, script.source)
    if len(text) > 10_000 or depth > 10:
        return False
    assigned = re.fullmatch(r"(\w+)=.*", text, re.DOTALL)
    if assigned:
        return assigned[1].encode() not in script.compared
    if _FAILS.search(text):
        return False
    if node.type == "command":
        words = text.split()
        return bool(words) and (words[0] in _QUIET or words[:2] in (["exit", "0"], ["return", "0"]))
    return node.type in ("compound_statement", "subshell") and all(
        swallows(child, script, depth + 1)
        for child in node.named_children
        if child.type != "comment"
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
