"""What `.gitignore` keeps out of version control. git itself is never run on an audited tree:
its configuration can name commands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One pattern. `base` is the folder of its file, relative to the root, empty or ending in /."""

    base: str
    expression: re.Pattern[str]
    negated: bool
    folders_only: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether the pattern names this path, relative to the root."""
        if self.folders_only and not is_folder:
            return False
        return path.startswith(self.base) and bool(self.expression.fullmatch(path, len(self.base)))


def parse_ignore_rules(text: str, base: str) -> tuple[IgnoreRule, ...]:
    """The rules of one `.gitignore`, in order. A pattern that git could not match is left out."""
    rules = []
    for line in text.splitlines()[:10_000]:
        pattern = line.rstrip() if not line.endswith("\\ ") else line
        if not pattern or pattern.startswith("#"):
            continue
        negated = pattern.startswith("!")
        pattern = pattern.removeprefix("!").removeprefix("\\")
        folders_only = pattern.endswith("/")
        pattern = pattern.rstrip("/")
        if pattern and len(pattern) <= 1000:
            rules.append(IgnoreRule(base, _expression(pattern), negated, folders_only))
    return tuple(rules)


def is_ignored(path: str, is_folder: bool, rules: tuple[IgnoreRule, ...]) -> bool:
    """The verdict of the last rule that names the path; not ignored where none does."""
    for rule in reversed(rules):
        if rule.matches(path, is_folder):
            return not rule.negated
    return False


def _expression(pattern: str) -> re.Pattern[str]:
    anchored = "/" in pattern
    parts = [] if anchored else ["(?:.*/)?"]
    rest = pattern.removeprefix("/")
    while rest:
        if rest.startswith("**/"):
            parts.append("(?:[^/]+/)*")
            rest = rest[3:]
        elif rest == "**":
            parts.append(".+")
            rest = ""
        elif rest[0] == "*":
            parts.append("[^/]*")
            rest = rest.lstrip("*")
        elif rest[0] == "?":
            parts.append("[^/]")
            rest = rest[1:]
        elif found := re.match(r"\[(!?)([^\]/\[\\]+)\]", rest):
            parts.append(f"[{'^' if found[1] else ''}{found[2].replace('^', chr(92) + '^')}]")
            rest = rest[found.end() :]
        else:
            literal = rest[1:2] if rest[0] == "\\" and len(rest) > 1 else rest[0]
            parts.append(re.escape(literal))
            rest = rest[2:] if rest[0] == "\\" and len(rest) > 1 else rest[1:]
    try:
        return re.compile("".join(parts))
    except re.error:
        return re.compile(re.escape(pattern))
