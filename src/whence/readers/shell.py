"""Shell text, wherever it stands, as its simple commands.

Every simple command is found: in pipelines, lists, subshells, branches, functions, substitutions,
heredocs and inside `bash -c "…"`. Nothing is expanded but constants; nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from whence.readers.shell_tolerance import Mode
from whence.readers.shell_walk import MAX_DEPTH, Place, Walk, with_requirements
from whence.readers.shell_words import masked, shell_script_at, wrapper_length
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.deployment import ShellCommand

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_SIZE = 1024 * 1024
_MAX_STEPS = 200_000


def commands(
    text: str,
    first_line: int,
    path: str,
    context: str,
    *,
    known: Mapping[str, str] | None = None,
    errexit: bool = False,
    pipefail: bool = False,
    last_line: int = 0,
    nested: int = 0,
) -> Iterator[Fact | Unread]:
    """Every simple command of a script, in order, and what it installs.

    `first_line` is the line of `path` on which `text` begins; where the lines of the two do not
    run alike, `last_line` bounds them. `known` holds values of variables set outside. `errexit`
    and `pipefail` say how the shell is started. Yields `Unread` for what is no shell.
    """
    span = Span(path, first_line, last_line or first_line)
    if len(text) > MAX_SIZE:
        yield Unread(span, "shell", f"script larger than {MAX_SIZE // 1024} KiB")
        return
    if not text.strip():
        return
    plain, expressions = masked(text.replace("\r\n", "\n").replace("\0", " "))
    source = plain.encode("utf-8", "replace")
    tree = _parsed(source)
    if tree is None:
        yield Unread(span, "shell", "script too tangled to be read")
        return
    walk = Walk(source, path, first_line, context, expressions, commands)
    walk.last_line, walk.nested = last_line, nested
    walk.mode = Mode(errexit, pipefail)
    walk.prepare(tree, known or {})
    walk.statements(tree.children, Place())
    yield from walk.found
    if walk.full:
        yield Unread(span, "shell", "more commands than are read")
    if tree.has_error:
        line = walk.line(_first_error(tree).start_point.row)
        yield Unread(Span(path, line, line), "shell", "not understood as shell from this line on")


def argv_commands(
    argv: Iterable[str], span: Span, context: str, known: Mapping[str, str] | None = None
) -> Iterator[Fact | Unread]:
    """The command of an argument list that no shell reads, such as a Dockerfile's JSON array."""
    words = list(argv)
    script = shell_script_at(words)
    words = words[wrapper_length(words) :]
    if not words:
        return
    yield from with_requirements(ShellCommand(span, tuple(words), context))
    if script >= 0:
        text = list(argv)[script]
        yield from commands(
            text, span.first, span.path, context, known=known, last_line=span.last, nested=1
        )


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def _parsed(source: bytes) -> Node | None:
    """The root of the syntax tree; None where parsing takes more than a fixed number of steps."""
    steps = 0

    def too_long(_offset: int, _error: bool) -> bool:
        nonlocal steps
        steps += 1
        return steps > _MAX_STEPS

    parser = _parser()
    tree = parser.parse(
        lambda offset, _point: source[offset : offset + 65536], progress_callback=too_long
    )
    if tree is None:
        parser.reset()
        return None
    return tree.root_node


def _first_error(node: Node) -> Node:
    for _ in range(MAX_DEPTH):
        broken = [child for child in node.children if child.has_error]
        if node.type == "ERROR" or not broken:
            break
        node = broken[0]
    return node
