"""Model cards: where a model comes from, and digests that the card gives.

Facts: the hub's model card metadata (`base_model`, `license`). A README without metadata counts as a
card where it says in words where the model or data come from.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.readers.data.recorded import digest_in, recorded
from whence.readers.data.structured import line_of, yaml_value
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import ModelOrigin

VERSION = 2
_NAME = re.compile(
    r"(?:^|/)(?:README|MODEL[_-]?CARD|model_index|PROVENANCE|ORIGIN|[\w.-]*model[_-]card)"
    r"\.(?:md|markdown|rst|txt)$",
    re.IGNORECASE,
)
_FRONT = re.compile(r"\A---\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_SAYS = re.compile(
    r"(?:source|origin|provenance|upstream|downloaded from|obtained from|fetched from|base model"
    r"|fine-?tuned (?:from|on)|trained (?:by|on|with|from)|exported from|converted from|taken from)\b"
    r"[^\n]{0,200}?((?:https?://|hf://|s3://|gs://)[^\s)>\]`\"']+"
    r"|`[\w.-]+/[\w.-]+`|\[[\w.-]+/[\w.-]+\])",
    re.IGNORECASE,
)
_TRAINED = re.compile(
    r"\b(?:train|produce|buil[dt]|ma[dk]e|generate|writ[et]|export)(?:s|d|ed|ten)?\b[^\n.]{0,60}?"
    r"\b(?:by|with|from|using)\s+[^\n]{0,40}?"
    r"[`\[]([\w./-]+\.(?:py|ipynb|sh|ya?ml|csv|jsonl?|parquet|txt))",
    re.IGNORECASE,
)
# A section of its own about the origin, whatever its words.
_HEADED = re.compile(
    r"^#+[ \t]*((?:origin|provenance|lineage|where [^\n]* comes? from|how [^\n]* (?:made|trained))"
    r"[^\n]*)\n+[^\n#][^\n]{8,}",
    re.IGNORECASE | re.MULTILINE,
)
_SCRIPT = re.compile(r"\.(?:py|ipynb|sh|r|jl|ya?ml|toml|json|csv|md)\Z", re.IGNORECASE)
_FILE = re.compile(r"(?<![\w./-])[\w./-]+\.[A-Za-z0-9]{1,12}")
_HEX = re.compile(
    r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{32})(?![0-9A-Fa-f])"
)
_LARGEST = 512 * 1024


def claims(path: str, head: bytes) -> bool:
    """By name."""
    return _NAME.search(path) is not None


def read(source: Source) -> Iterator[ModelOrigin | RecordedDigest | Unread]:
    """Origins for the card's folder, and the digest on every line that names a file."""
    if source.size > _LARGEST:
        raise Unreadable("larger than a card")
    text = source.text
    folder = posixpath.dirname(source.path) or "."
    front = _FRONT.match(text)
    if front:
        yield from _front(source, folder, yaml_value(front[1]))
    for pattern in (_SAYS, _TRAINED, _HEADED):
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start(1)) + 1
            origin = found[1].strip("`[]")
            is_file = _SCRIPT.search(origin) and "://" not in origin
            relation = "made" if is_file or pattern is _HEADED else "self"
            yield ModelOrigin(source.span(line), folder, origin[:200], "card", relation=relation)
    yield from _digests(source, text)


def _front(source: Source, folder: str, metadata: Any) -> Iterator[ModelOrigin]:
    if not isinstance(metadata, dict):
        return
    bases = metadata.get("base_model")
    for base in bases if isinstance(bases, list) else [bases]:
        if isinstance(base, str) and base:
            span = source.span(line_of(source.text, base))
            yield ModelOrigin(span, folder, base[:200], "card", relation="base")
    for key in ("source", "model_source", "repo", "url", "download_url", "origin"):
        value = metadata.get(key)
        if isinstance(value, str) and value:
            yield ModelOrigin(source.span(line_of(source.text, value)), folder, value[:200], "card")


def _digests(source: Source, text: str) -> Iterator[RecordedDigest]:
    last = ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = _HEX.sub(" ", line)
        files = [name for name in _FILE.findall(bare) if not name.startswith("//")]
        for digest in _HEX.findall(line):
            known = digest_in(digest)
            named = files[0] if files else last
            if known and named:
                fact = recorded(source.span(number), named, *known, "card")
                if fact is not None:
                    yield fact
        last = files[-1] if files and not _HEX.search(line) else "" if not line.strip() else last
