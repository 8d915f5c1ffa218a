"""Files that commands fetch, so that the code which opens them reads what came from outside.

A file whose digest or signature a command of the same script checks, and whose address names its
content, counts as the project's own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from whence.flow.inputs.fetch_commands import fetched_by
from whence.flow.inputs.working_folders import joined, placed_commands
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.graph import SupplyGraph

_FIXED = re.compile(r"(?:^|[/=@-])[0-9a-f]{40}(?:[/.?&-]|$)|[0-9a-f]{64}")
_LOCAL = re.compile(r"\w+://(?:localhost|127\.|0\.0\.0\.0|host\.docker\.internal)")
_CHECKS = re.compile(r"(?:(?:sha\d*|md5|b2|g?sha\d+)sum|shasum|rhash)$")
_VERIFIERS = frozenset({"gpg", "gpgv", "gpg2", "cosign", "minisign", "signify", "model_signing", "slsa-verifier", "ssh-keygen"})  # fmt: skip

Fetched = tuple[str, OriginKind, str, Span]


def fetched_files(graph: SupplyGraph) -> Iterator[Fetched]:
    """Each file with the kind and name of where it comes from, and the command."""
    checked = {command.span.path for command in graph.facts_of(ShellCommand) if checks(command)}
    for command, folder in placed_commands(graph):
        if command.span.path in checked:
            continue
        words = list(command.argv)
        fetch = fetched_by(words)
        if fetch is None or _LOCAL.match(fetch.detail) or any(map(_FIXED.search, words)):
            continue
        for target in targets(command, fetch.target, fetch.detail):
            for name in {target, joined(folder, target)} - {"?", ""}:
                end = "/" if _is_folder(words, target) else ""
                yield name.rstrip("/") + end, fetch.kind, fetch.detail, command.span


def _is_folder(words: list[str], target: str) -> bool:
    """Whether a command fetches a whole folder."""
    tree = {"sync", "rsync", "-r", "-R", "--recursive", "--local-dir", "mirror", "copy"} & set(
        words
    )
    return bool(tree) and not posixpath.splitext(target)[1]


def targets(command: ShellCommand, at: int, detail: str) -> Iterator[str]:
    """The files that a fetching command writes."""
    words = command.argv
    named = words[at] if at >= 0 else command.writes
    base = posixpath.basename(detail.partition("?")[0])
    if words[0].rpartition("/")[2] in ("wget", "axel") or _keeps_name(words):
        named = named or base
        for before, word in zip(("", *words), words, strict=False):
            if before in ("-P", "--directory-prefix"):
                named = posixpath.join(word, base)
    if not named or re.search(r"[$*`]", named):
        return
    yield posixpath.join(named, base) if named.endswith("/") or named == "." else named


def checks(command: ShellCommand) -> bool:
    """Whether a command compares digests or signatures and can stop the script."""
    return not command.tolerated and is_check(command.argv)


def is_check(words: Sequence[str]) -> bool:
    """Whether the words of a command line compare digests or signatures."""
    tool = words[0].rpartition("/")[2]
    if _CHECKS.search(tool):
        return any(re.fullmatch(r"--check|-\w*c\w*", word) for word in words[1:])
    return tool in _VERIFIERS and any("verify" in word for word in words)


def _keeps_name(words: tuple[str, ...]) -> bool:
    return any(re.fullmatch(r"--remote-name|-[a-zA-Z]*O", word) for word in words)
