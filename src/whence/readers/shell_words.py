"""Words of a shell script: quotes removed, known expansions filled in, wrappers taken off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ash", "ksh", "rbash"})

_MASK = re.compile(r"__EXPRESSION_(\d+)__(?:\\\n)*")
_ESCAPE = re.compile(r"\\(\n|.)", re.DOTALL)
_QUOTED_ESCAPE = re.compile(r"\\([\n$`\"\\])")
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "e": "\x1b", "0": "\0"}
_ANSI_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_EXPANSION = re.compile(r"\$\{(\w+)(?:(:?[-=])(.*))?\}", re.DOTALL)

# Wrapper programs: the options that take a value, and how many words stand before the command.
_WRAPPERS: dict[str, tuple[frozenset[str], int]] = {
    "sudo": (frozenset({"-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "--user"}), 0),
    "doas": (frozenset({"-u", "-C"}), 0),
    "env": (frozenset({"-u", "-C", "--unset", "--chdir"}), 0),
    "time": (frozenset({"-f", "-o"}), 0),
    "nohup": (frozenset(), 0),
    "nice": (frozenset({"-n"}), 0),
    "ionice": (frozenset({"-c", "-n"}), 0),
    "timeout": (frozenset({"-k", "-s", "--signal", "--kill-after"}), 1),
    "stdbuf": (frozenset({"-i", "-o", "-e"}), 0),
    "xargs": (frozenset({"-a", "-d", "-E", "-I", "-L", "-n", "-P", "-s"}), 0),
    "exec": (frozenset({"-a"}), 0),
    "command": (frozenset(), 0),
    "builtin": (frozenset(), 0),
    "chroot": (frozenset(), 1),
    "gosu": (frozenset(), 1),
    "su-exec": (frozenset(), 1),
    "flock": (frozenset({"-w", "-E"}), 1),
    "tini": (frozenset(), 0),
    "dumb-init": (frozenset(), 0),
    "busybox": (frozenset(), 0),
    "coproc": (frozenset(), 0),
}


def masked(text: str) -> tuple[str, list[str]]:
    """The text with every `${{ … }}` replaced by a plain word, and the expressions.

    An expression of several lines leaves as many continued lines, so that lines stay where they
    are. `restored` puts the expressions back.
    """
    expressions: list[str] = []
    pieces: list[str] = []
    at = 0
    while (start := text.find("${{", at)) >= 0 and (end := text.find("}}", start)) >= 0:
        expression = text[start : end + 2]
        mark = f"__EXPRESSION_{len(expressions)}__" + "\\\n" * expression.count("\n")
        pieces += [text[at:start], mark]
        expressions.append(expression)
        at = end + 2
    return "".join([*pieces, text[at:]]), expressions


def restored(text: str, expressions: list[str]) -> str:
    """The text with the expressions that `masked` took out."""
    if not expressions:
        return text

    def original(match: re.Match[str]) -> str:
        number = int(match.group(1))
        return expressions[number] if number < len(expressions) else match.group()

    return _MASK.sub(original, text)


def program(argv: Iterable[str]) -> str:
    """The name of the program that a command line runs, without its directory."""
    for word in argv:
        return word.rpartition("/")[2]
    return ""


def wrapper_length(argv: list[str]) -> int:
    """How many leading words are wrappers (`sudo -u app env A=1`) around the command proper."""
    at = 0
    while at < len(argv):
        known = _WRAPPERS.get(program(argv[at : at + 1]))
        if known is None:
            return at
        after = _after_options(argv, at + 1, *known)
        if after >= len(argv) or argv[at + 1] in ("-v", "-V"):
            return at
        at = after
    return 0


def _after_options(argv: list[str], at: int, valued: frozenset[str], positional: int) -> int:
    while at < len(argv):
        word = argv[at]
        if word == "--":
            at += 1
            break
        if word.startswith("-") and len(word) > 1:
            at += 2 if word in valued else 1
        elif re.match(r"\w+=", word):
            at += 1
        else:
            break
    return at + positional


def shell_script_at(argv: list[str]) -> int:
    """The position of the word that a shell is told to run (`bash -c WORD`), or -1."""
    for at, word in enumerate(argv):
        name = program([word])
        if name in SHELLS:
            for option in range(at + 1, len(argv) - 1):
                if not argv[option].startswith(("-", "+")) and argv[option - 1] not in ("-o", "+o"):
                    break
                if re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", argv[option]):
                    return option + 1
        elif name == "su" and "-c" in argv[at + 1 : -1]:
            return argv.index("-c", at + 1) + 1
    return -1


def cooked_escapes(text: str) -> str:
    """A bare word with its backslashes resolved."""
    return _ESCAPE.sub(lambda match: "" if match[1] == "\n" else match[1], text)


@dataclass
class Words:
    """Turns word nodes to text. `known` maps variables to their values.

    `unquoted` collects the variables that the words met so far expand outside quotes.
    """

    source: bytes
    known: Mapping[str, str]
    unquoted: list[str] = field(default_factory=list)

    def raw(self, node: Node) -> str:
        """The text as it stands in the script."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def values(self, node: Node) -> list[str]:
        """The words that one word node gives: an unquoted expansion may give several or none."""
        text = self.text(node)
        if node.type in ("simple_expansion", "expansion") and text != self.raw(node):
            return text.split()
        return [text]

    def text(self, node: Node, quoted: bool = False) -> str:
        """The text of one word with its quotes removed."""
        kind = node.type
        if kind == "word":
            return cooked_escapes(self.raw(node))
        if kind == "raw_string":
            return self.raw(node)[1:-1]
        if kind == "ansi_c_string":
            return _ANSI_ESCAPE.sub(_ansi, self.raw(node)[2:-1])
        if kind in ("string", "translated_string"):
            return self._string(node)
        if kind in ("simple_expansion", "expansion"):
            return self._expansion(node, quoted)
        if kind in ("concatenation", "command_name"):
            return "".join(self.text(child) for child in node.children)
        return self.raw(node)

    def _string(self, node: Node) -> str:
        """Text between double quotes; taken from the bytes, for nodes do not cover all blanks."""
        pieces: list[str] = []
        raw = self.source
        at = node.start_byte + (2 if raw[node.start_byte : node.start_byte + 1] == b"$" else 1)
        for child in node.named_children:
            if child.type not in ("simple_expansion", "expansion", "string"):
                continue
            pieces.append(_unescaped(raw[at : child.start_byte]))
            pieces.append(self.text(child, quoted=True))
            at = child.end_byte
        pieces.append(_unescaped(raw[at : max(at, node.end_byte - 1)]))
        return "".join(pieces)

    def _expansion(self, node: Node, quoted: bool) -> str:
        raw = self.raw(node)
        if not quoted:
            self.unquoted.append(raw.strip("${}").split(":")[0])
        if node.type == "simple_expansion":
            return self.known.get(raw[1:], raw)
        match = _EXPANSION.fullmatch(raw)
        if match is None:
            return raw
        name, _, default = match.groups()
        if name in self.known:
            return self.known[name]
        plain = default is not None and not re.search(r"[$`\"'\\]", default)
        return default if plain else raw


def _ansi(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _ANSI.get(match[2], match[2])


def _unescaped(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return _QUOTED_ESCAPE.sub(lambda match: "" if match[1] == "\n" else match[1], text)
