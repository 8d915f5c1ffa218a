"""Files that calls and commands carry from one place to another.

Sources: the libraries' reference pages, the tools' manual pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from whence.flow.engine import Engine
from whence.flow.inputs.fetch_commands import fetched_by
from whence.flow.inputs.fetched_files import targets
from whence.flow.inputs.working_folders import joined, placed_commands
from whence.flow.lineage.conversion_commands import converted
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.tables.lifecycle import UPLOADERS
from whence.vocabulary.fact.code import FileTransfer
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Const
from whence.vocabulary.graph import SupplyGraph

_STARTERS = frozenset(
    {
        "BashOperator",
        "SSHOperator",
        "run",
        "call",
        "check_call",
        "check_output",
        "Popen",
        "system",
        "sh",
    }
)
_COPIES = frozenset({"cp", "mv", "rsync", "install", "ln", "scp"})
_STORES = frozenset({"aws", "gsutil", "gcloud", "s5cmd", "rclone", "mc", "azcopy", "s3cmd"})
_UNPACKS = {"gunzip": ".gz", "bunzip2": ".bz2", "unxz": ".xz", "unzstd": ".zst"}
_ARCHIVE = re.compile(r"\.(?:zip|tar|tgz|7z|tar\.\w+)$")
_URI = re.compile(r"[a-z][a-z0-9+]*://\S+")


def transfer_facts(engine: Engine, graph: SupplyGraph) -> Iterator[FileTransfer]:
    """A fact for every pair of places between which bytes go as they are."""
    for tail in sorted({name.rpartition(".")[2] for name in UPLOADERS}):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in engine.callees.dotted(scope, index):
                if dotted in UPLOADERS:
                    source, target = (argument_of(scope, index, at) for at in UPLOADERS[dotted])
                    if source is not None and target is not None:
                        yield from _called(engine, scope, index, dotted, (source, target))
    for command, folder in (*placed_commands(graph), *_started(engine)):
        for source_name, target_name in carried(command):
            if not re.search(r"[$*`]", source_name + target_name):
                tool = command.argv[0].rpartition("/")[2]
                ends = (_placed(folder, source_name), _placed(folder, target_name))
                yield FileTransfer(command.span, tool, *ends)


def _started(engine: Engine) -> Iterator[tuple[ShellCommand, str]]:
    """Commands that tasks of pipelines and other Python start, written out as text."""
    for scope, index, call in engine.project.calls_spelled(_STARTERS):
        given = [value for name, value in call.named if name in ("bash_command", "command", "cmd")]
        for at in (*call.positional[:1], *given):
            held = scope.values[at]
            text = held.value if isinstance(held, Const) else None
            for part in re.split(r"&&|;|\n", text[:2000]) if isinstance(text, str) else ():
                words = part.split() if "'" not in part and '"' not in part else []
                if len(words) > 1:
                    yield ShellCommand(scope.place(index), tuple(words), "script"), ""


def _placed(folder: str, name: str) -> str:
    """A path of a command from the folder it runs in; as written where that is not known."""
    if not folder or "://" in name:
        return name
    found = joined(folder, name)
    return name if found == "?" else found + ("/" if name.endswith("/") else "")


def _called(
    engine: Engine, scope: Scope, index: int, dotted: str, ends: tuple[int, int]
) -> Iterator[FileTransfer]:
    bucket = argument_of(scope, index, ("Bucket", "bucket_name", 1 if "upload" in dotted else 0))
    of_client = dotted.startswith(("boto3.Client", "minio.")) and bucket is not None
    buckets = engine.places.of(scope, bucket) if of_client and bucket is not None else ()
    for source in engine.places.of(scope, ends[0]):
        for target in engine.places.of(scope, ends[1]):
            names = [f"s3://{held.name}/{target.name}" for held in buckets] or [target.name]
            if dotted == "mlflow.register_model":
                names = [f"models:/{target.name}"]
            for name in names:
                certain = source.certain and target.certain
                yield FileTransfer(scope.place(index), dotted, source.name, name, certain)


def carried(command: ShellCommand) -> Iterator[tuple[str, str]]:
    """What a command takes from where to where."""
    words = list(command.argv)
    tool = words[0].rpartition("/")[2]
    plain = [word for word in words[1:] if not word.startswith("-")]
    fetch = fetched_by(words)
    if fetch is not None and _URI.fullmatch(fetch.detail):
        for target in targets(command, fetch.target, fetch.detail):
            yield fetch.detail, target
    elif tool in _COPIES and len(plain) >= 2:
        yield from ((source, plain[-1]) for source in plain[:-1])
    elif tool in _STORES and len(plain) >= 2 and _URI.fullmatch(plain[-1]):
        yield plain[-2], plain[-1]
    elif (made := converted(words)) is not None:
        yield from made
    else:
        yield from _unpacked(tool, words, plain, command.writes)


def _unpacked(
    tool: str, words: list[str], plain: list[str], writes: str
) -> Iterator[tuple[str, str]]:
    if tool in _UNPACKS and plain:
        yield plain[-1], writes or plain[-1].removesuffix(_UNPACKS[tool])
    elif tool in ("unzip", "tar", "7z"):
        archive = next((word for word in plain if _ARCHIVE.search(word)), "")
        for before, word in pairwise(words):
            if before in ("-d", "-C") and archive:
                yield archive, word
