"""Command lines that fetch: `curl`, `wget`, the stores' and the hub's own tools.

Sources: the tools' manual pages.
"""

from __future__ import annotations

import re

import msgspec

from whence.vocabulary.fact.code import OriginKind

_URL = re.compile(r"(?:https?|ftps?|s3|gs|gcs|az|abfss?|hdfs)://[^\s'\"]+")
_NETWORK = frozenset({"curl", "wget", "aria2c", "http", "https", "axel", "lftp", "fetch"})
_STORES = {
    "aws": ("s3", "s3api"),
    "gsutil": ("cp", "rsync", "cat"),
    "gcloud": ("storage",),
    "s5cmd": ("cp", "cat", "sync"),
    "s3cmd": ("get", "sync"),
    "rclone": ("copy", "copyto", "cat", "sync"),
    "mc": ("cp", "cat", "mirror"),
    "az": ("storage",),
    "azcopy": ("copy", "cp", "sync"),
    "hdfs": ("dfs",),
}
_HUB = {"huggingface-cli": ("download",), "hf": ("download",)}
_TO = {
    "curl": ("-o", "--output"),
    "wget": ("-O", "--output-document"),
    "aria2c": ("-o", "--out"),
    "hf": ("--local-dir",),
    "huggingface-cli": ("--local-dir",),
}


class Fetch(msgspec.Struct, frozen=True):
    """What a command fetches; `target` is the word that names where to, -1 for its output."""

    kind: OriginKind
    detail: str
    target: int = -1


def fetched_by(words: list[str]) -> Fetch | None:
    """What a command line fetches, if it is one that does."""
    while words and (words[0] in ("sudo", "env", "exec") or "=" in words[0].partition("/")[0]):
        return _shifted(fetched_by(words[1:]))
    if len(words) < 2:
        return None
    tool = words[0].rpartition("/")[2]
    if tool in _NETWORK:
        found = next((word for word in words[1:] if _URL.match(word)), "")
        found = found or next((word for word in reversed(words) if not word.startswith("-")), "")
        return Fetch(OriginKind.NETWORK, found, _target(words, tool))
    verb = _verb(words)
    if tool in _STORES and words[verb] in _STORES[tool]:
        places = [n for n, word in enumerate(words) if n > verb and not word.startswith("-")]
        named = [n for n in places if _URL.match(words[n])]
        if named and named[-1] == places[-1] and len(named) == 1 and len(places) > 2:
            return None
        last = places[-1] if places and places[-1] not in named and words[places[-1]] != "-" else -1
        return Fetch(OriginKind.STORE, words[named[0]] if named else words[0], last)
    if tool in _HUB and words[1] in _HUB[tool] and len(words) > 2:
        return Fetch(OriginKind.HUB, words[2], _target(words, tool))
    return None


def _verb(words: list[str]) -> int:
    """The word that says what a tool does, behind the options that all of its commands have."""
    taken = False
    for number, word in enumerate(words[1:], 1):
        if not taken and not word.startswith("-"):
            return number
        taken = not taken and word in ("--profile", "--region", "--endpoint-url", "-o", "--project")
    return 1


def _shifted(found: Fetch | None) -> Fetch | None:
    if found is None or found.target < 0:
        return found
    return msgspec.structs.replace(found, target=found.target + 1)


def _target(words: list[str], tool: str) -> int:
    for number, word in enumerate(words[:-1]):
        if word in _TO.get(tool, ()) and words[number + 1] not in ("-", "/dev/stdout"):
            return number + 1
    return -1
