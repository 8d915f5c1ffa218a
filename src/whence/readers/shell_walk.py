"""One pass over the syntax tree of a shell script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from whence.readers.dependencies.image_build import builds
from whence.readers.dependencies.install_commands import requirements
from whence.readers.shell_tolerance import (
    Mode,
    Script,
    branches,
    swallows,
    tolerance_by,
    tolerance_of_condition,
)
from whence.readers.shell_words import (
    SHELLS,
    Words,
    program,
    restored,
    shell_script_at,
    wrapper_length,
)
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.deployment import ShellAssignment, ShellCommand

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 60
MAX_NESTED_SCRIPTS = 4
MAX_FOUND = 5000
_SEQUENCES = frozenset(
    {"compound_statement", "subshell", "do_group", "case_item", "else_clause", "elif_clause"}
    | {"command_substitution", "process_substitution"}
)
_REDIRECTS = frozenset({"file_redirect", "herestring_redirect"})


@dataclass(frozen=True)
class Place:
    """What surrounds a command: who reads its output, what throws its failure away, how deep.

    `followed` is true where more statements come after it in the script.
    """

    piped_into: str = ""
    substituted_into: str = ""
    tolerance: str = ""
    depth: int = 0
    followed: bool = False


def with_requirements(command: ShellCommand) -> Iterator[Fact | Unread]:
    """A command, the packages that it installs, and the images that it builds."""
    yield command
    yield from requirements(command)
    yield from builds(command)


class Walk:
    """One pass over a script's tree; what it finds is in `found`."""

    def __init__(
        self,
        source: bytes,
        path: str,
        first_line: int,
        context: str,
        expressions: list[str],
        read_script: Callable[..., Iterator[Fact | Unread]],
    ) -> None:
        self.source, self.path, self.first_line = source, path, first_line
        self.context, self.expressions = context, expressions
        self.read_script = read_script
        self.last_line = self.nested = 0
        self.full = False
        self.mode = Mode()
        self.script = Script(source)
        self.known: dict[str, str] = {}
        self.once: set[str] = set()
        self.found: list[Fact | Unread] = []

    def prepare(self, root: Node, known: Mapping[str, str]) -> None:
        """Takes the outside values; a variable set more than once inside has none."""
        text = self.source.decode("utf-8", "replace")
        names = re.findall(
            r"(?:^|[\s;&|({])(\w+)\+?=|\bfor\s+(\w+)|\bread\s+(?:-\w+\s+)*(\w+)", text
        )
        counts: dict[str, int] = {}
        for plain, loop, read in names:
            name = plain or loop or read
            counts[name] = counts.get(name, 0) + (1 if plain else 2)
        self.once = {name for name, count in counts.items() if count == 1}
        self.known = {name: value for name, value in known.items() if name not in counts}

    def line(self, row: int) -> int:
        """The line of the file for a row of the script."""
        line = self.first_line + row
        return min(line, self.last_line) if self.last_line else line

    def span(self, node: Node) -> Span:
        """Where a node stands in the file."""
        return Span(self.path, self.line(node.start_point.row), self.line(self._last_row(node)))

    def _last_row(self, node: Node) -> int:
        row, column = node.end_point
        return row - 1 if column == 0 and row > node.start_point.row else row

    def raw(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    # -- statements

    def statements(self, nodes: list[Node], place: Place) -> None:
        """A sequence of statements, each of which may be ignored by the next."""
        real = [node for node in nodes if node.is_named and node.type != "comment"]
        for at, node in enumerate(real):
            tolerance = place.tolerance
            if not tolerance and at + 1 < len(real):
                last = at + 2 == len(real)
                tolerance = tolerance_by(node, real[at + 1], last, self.mode, self.script)
            followed = place.followed or at + 1 < len(real)
            self.visit(node, replace(place, tolerance=tolerance, followed=followed))

    def visit(self, node: Node, place: Place) -> None:
        """One statement with all that it contains."""
        if place.depth > MAX_DEPTH:
            self.found.append(Unread(self.span(node), "shell", "nested too deep to be read"))
        elif len(self.found) >= MAX_FOUND:
            self.full = True
        else:
            self._visit(node, replace(place, depth=place.depth + 1))

    def _visit(self, node: Node, place: Place) -> None:
        own = {
            "command": self._command,
            "list": self._list,
            "pipeline": self._pipeline,
            "redirected_statement": self._redirected,
            "if_statement": self._if,
            "variable_assignment": self._assignments,
            "variable_assignments": self._assignments,
            "declaration_command": self._assignments,
        }.get(node.type)
        if own is not None:
            own(node, place)
        elif node.type in _SEQUENCES:
            self.statements(node.children, place)
        else:
            for child in node.named_children:
                self.visit(child, place)

    def _list(self, node: Node, place: Place) -> None:
        parts: list[tuple[str, Node]] = []
        while node.type == "list" and len(node.children) >= 3:
            parts.append((node.children[-2].type, node.children[-1]))
            node = node.children[0]
        parts.append(("", node))
        parts.reverse()
        swallowed = -1
        for at, (operator, part) in enumerate(parts):
            if operator == "||" and swallows(part, self.script):
                swallowed = at
        for at, (_, part) in enumerate(parts):
            tolerance = place.tolerance
            if at < swallowed:
                tolerance = f"|| {self.raw(parts[swallowed][1])[:40]}"
            elif not tolerance and place.followed and self.mode.errexit:
                # `set -e` looks at the last command of an && list only.
                before_and = at + 1 < len(parts) and parts[at + 1][0] == "&&"
                tolerance = "&& under set -e" if before_and else ""
            self.visit(part, replace(place, tolerance=tolerance))

    def _pipeline(self, node: Node, place: Place) -> None:
        parts = [child for child in node.children if child.is_named]
        for part, following in pairwise(parts):
            tolerance = place.tolerance or ("" if self.mode.pipefail else "no pipefail")
            reader = self._program(following)
            self.visit(part, replace(place, piped_into=reader, tolerance=tolerance))
        for part in parts[-1:]:
            self.visit(part, place)

    def _program(self, node: Node, depth: int = 0) -> str:
        """The program that a statement runs; for a group, a shell in it or its first program."""
        if depth > 6:
            return ""
        if node.type == "command":
            argv = self._argv(node)[0]
            if program(argv) == "xargs":
                return "xargs"
            return program(argv[wrapper_length(argv) :])
        names = [self._program(child, depth + 1) for child in node.named_children[:20]]
        names = [name for name in names if name]
        return next((name for name in names if name in SHELLS), names[0] if names else "")

    def _if(self, node: Node, place: Place) -> None:
        condition, bodies = branches(node)
        tolerance = place.tolerance or tolerance_of_condition(condition, bodies, self.source)
        for child in condition:
            self.visit(child, replace(place, tolerance=tolerance))
        self.statements(bodies, place)

    # -- redirections

    def _redirected(self, node: Node, place: Place) -> None:
        body = node.child_by_field_name("body")
        reads = writes = ""
        heredocs = [child for child in node.children if child.type == "heredoc_redirect"]
        inside = [part for heredoc in heredocs for part in heredoc.named_children]
        for child in [*node.children, *inside]:
            if child.type == "file_redirect":
                reads, writes = self._file(child, reads, writes)
        others = [child for child in node.children if child.type in _REDIRECTS]
        rest = [part for doc in heredocs for part in doc.named_children if _continues(part)]
        reader = next((self._program(part) for part in rest if part.type == "pipeline"), "")
        if body is not None:
            inner = replace(place, piped_into=reader or place.piped_into)
            self.visit_redirected(body, inner, reads, writes)
        name = self._program(body) if body is not None else ""
        for part in others:
            self._substitutions(part, replace(place, substituted_into=name))
        for part in rest:
            self.visit(part, place)
        for heredoc in heredocs:
            self._heredoc(heredoc, name if name in SHELLS else reader, place)

    def visit_redirected(self, body: Node, place: Place, reads: str, writes: str) -> None:
        """A statement whose input or output goes to a file; only simple commands note the file."""
        if body.type == "command":
            self._command(body, replace(place, depth=place.depth + 1), reads, writes)
        else:
            self.visit(body, place)

    def _file(self, node: Node, reads: str, writes: str) -> tuple[str, str]:
        target = node.child_by_field_name("destination")
        operators = {child.type for child in node.children}
        if target is None or target.type in ("number", "process_substitution"):
            return reads, writes
        text = restored(Words(self.source, self.known).text(target), self.expressions)
        if "<" in operators:
            return text, writes
        if operators & {">", ">>", "&>", "&>>", ">|"} and "file_descriptor" not in operators:
            return reads, text
        return reads, writes

    def _heredoc(self, node: Node, reader: str, place: Place) -> None:
        for child in node.named_children:
            if child.type != "heredoc_body":
                continue
            if reader in SHELLS:
                self._script(self.raw(child), child.start_point.row)
            else:
                self._substitutions(child, replace(place, substituted_into=""))

    def _script(self, text: str, row: int) -> None:
        """Text that is itself run as a shell script."""
        span = Span(self.path, self.line(row), self.line(row))
        if not text.strip(" \t\n_"):
            return
        if self.nested >= MAX_NESTED_SCRIPTS:
            self.found.append(Unread(span, "shell", "scripts nested too deep to be read"))
            return
        self.found.extend(
            self.read_script(
                restored(text, self.expressions), self.line(row), self.path, self.context,
                known=self.known, last_line=self.last_line, nested=self.nested + 1,
            )
        )  # fmt: skip

    # -- simple commands

    def _argv(self, node: Node) -> tuple[list[str], list[Node], list[str]]:
        """Words of a command, the node of each, and the variables expanded outside quotes."""
        words = Words(self.source, self.known)
        argv: list[str] = []
        nodes: list[Node] = []
        for child in node.named_children:
            if child.type in ("variable_assignment", "file_redirect", "herestring_redirect"):
                continue
            if child.type in ("heredoc_redirect", "comment"):
                continue
            word = child.children[0] if child.type == "command_name" and child.children else child
            for value in words.values(word):
                argv.append(value)
                nodes.append(word)
        return argv, nodes, words.unquoted

    def _command(self, node: Node, place: Place, reads: str = "", writes: str = "") -> None:
        argv, nodes, unquoted = self._argv(node)
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, place, exported=bool(argv))
        for child in node.named_children:
            if child.type == "file_redirect":
                reads, writes = self._file(child, reads, writes)
        skipped = wrapper_length(argv)
        if not argv:
            return
        names = tuple(dict.fromkeys(unquoted))
        command = ShellCommand(
            self.span(node),
            tuple(restored(word, self.expressions) for word in argv[skipped:]),
            self.context,
            place.piped_into,
            bool(place.tolerance),
            restored(place.tolerance, self.expressions),
            place.substituted_into,
            reads,
            writes,
            names,
        )
        self.found.extend(with_requirements(command))
        for child in node.named_children:
            if child.type in _REDIRECTS:
                inside = replace(place, piped_into="", substituted_into=program(argv[skipped:]))
                self._substitutions(child, inside)
        self._options(argv)
        self._inner(argv, nodes, place, program(argv[skipped:]))

    def _options(self, argv: list[str]) -> None:
        """Follows `set -e` and its kin."""
        if argv[0] != "set":
            return
        for at, word in enumerate(argv[1:], 1):
            on = word.startswith("-")
            if re.fullmatch(r"[-+][a-z]*e[a-z]*", word):
                self.mode.errexit = on
            if word[:1] in "-+" and word.endswith("o") and at + 1 < len(argv):
                if argv[at + 1] == "errexit":
                    self.mode.errexit = on
                if argv[at + 1] == "pipefail":
                    self.mode.pipefail = on

    def _inner(self, argv: list[str], nodes: list[Node], place: Place, name: str) -> None:
        """What stands inside a command's words: substitutions, and scripts given as text."""
        script = shell_script_at(argv)
        runs_output = nodes[0].type == "command_substitution"
        for at, word in enumerate(dict.fromkeys(nodes)):
            target = name if at else ("eval" if runs_output else "")
            if name in SHELLS and 0 <= script < len(nodes) and word == nodes[script]:
                target = f"{name} -c"
            self._substitutions(word, replace(place, substituted_into=target, piped_into=""))
        if script >= 0:
            self._script(_without_substitutions(argv[script]), nodes[script].start_point.row)
        elif name == "eval" and len(argv) > 1:
            self._script(_without_substitutions(" ".join(argv[1:])), nodes[1].start_point.row)

    def _substitutions(self, node: Node, place: Place, depth: int = 0) -> None:
        if depth > MAX_DEPTH:
            return
        if node.type in ("command_substitution", "process_substitution"):
            self.visit(node, replace(place, tolerance=""))
            return
        for child in node.named_children:
            self._substitutions(child, place, depth + 1)

    def _assignments(self, node: Node, place: Place) -> None:
        exported = node.type == "declaration_command" and node.children[0].type == "export"
        for child in [node] if node.type == "variable_assignment" else node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, place, exported=exported)
        bare = [self.raw(each) for each in node.named_children if each.type == "variable_name"]
        if exported and bare:
            self.found.append(ShellCommand(self.span(node), ("export", *bare), self.context))

    def _assign(self, node: Node, place: Place, exported: bool) -> None:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name is None or value is None:
            return
        text = Words(self.source, self.known).text(value)
        key = self.raw(name)
        constant = "$" not in text and "`" not in text and "__EXPRESSION_" not in text
        if key in self.once and constant and value.type != "array":
            self.known[key] = text
        text = restored(text, self.expressions)
        self.found.append(ShellAssignment(self.span(node), key, text, self.context, exported))
        self._substitutions(value, replace(place, substituted_into="", piped_into=""))


def _continues(node: Node) -> bool:
    return node.type in ("pipeline", "command", "list", "redirected_statement", "subshell")


def _without_substitutions(text: str) -> str:
    """A script with `$(…)` taken out: those commands have been read where they stand."""
    for _ in range(8):
        shorter = re.sub(r"\$\([^()]*\)|`[^`]*`|<\([^()]*\)", "_", text)
        if shorter == text:
            break
        text = shorter
    return text
