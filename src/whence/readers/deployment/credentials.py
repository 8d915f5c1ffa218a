"""Text in the form of credentials, in any text file. The credential itself is never kept."""

from __future__ import annotations

import hashlib
import io
import re
import tokenize
from collections import deque
from collections.abc import Iterator

import msgspec

from whence.readers.contract import Source
from whence.readers.deployment import credential_forms as forms
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.repository import Credential

VERSION = 4

MAX_SIZE = 4 * 1024 * 1024
MAX_LINE = 20_000
MAX_FOUND = 500

_SKIPPED = re.compile(
    r"(?:^|/)(?:poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|package-lock\.json|yarn\.lock"
    r"|pnpm-lock\.yaml|pylock[\w.]*\.toml|\.terraform\.lock\.hcl|go\.sum|Cargo\.lock|tokenizer"
    r"(?:_config)?\.json|vocab\.(?:json|txt)|merges\.txt|special_tokens_map\.json|added_tokens\.json)$"
    r"|\.(?:csv|tsv|jsonl|svg|min\.js|map|safetensors|onnx|gguf|parquet|arrow|npy|ipynb_checkpoints)$"
)
_CONFIG = re.compile(
    r"(?:^|/)(?:\.env[\w.-]*|[\w.-]*dockerfile[\w.-]*|containerfile|\.netrc|\.pypirc|\.npmrc|credentials"
    r"|config|makefile)$|\.(?:env|ini|cfg|conf|properties|ya?ml|toml|sh|bash|tfvars|tf|envrc|config)$",
    re.IGNORECASE,
)


# A comment, or an argument that shows an example.
_EXPLAINS = re.compile(r"^\s*(?:#|//|\*)|\bexamples?\s{0,4}=")

# What holds code for people to read: `"source": dedent(\"\"\"…\"\"\")` of an interface's description.
_SHOWS = re.compile(
    r"[\"']?(?:source|examples?|description|epilog|help|usage|summary|docs?|code_?samples?)[\"']?"
)


def claims(path: str, head: bytes) -> bool:
    """Text files, except lock files, vocabularies and data tables."""
    return b"\0" not in head and not _SKIPPED.search(path)


def read(source: Source) -> Iterator[Fact | Unread]:
    """One fact per credential and line."""
    if source.size > MAX_SIZE:
        yield Unread(source.span(), "credentials", "too large to be searched for credentials")
        return
    text = source.data.decode("utf-8", "replace")
    hinted = forms.ISSUED_HINT.search(text) or forms.PAIR_HINT.search(text)
    if not (hinted or forms.GIVEN_HINT.search(text) or "://" in text):
        return
    config = bool(_CONFIG.search(source.path))
    found = 0
    documented: set[int] | None = None
    lines = text.split("\n")
    tests = _for_tests(lines) if source.path.endswith((".toml", ".ini", ".cfg")) else frozenset()
    for number in range(1, len(lines) + 1):
        for fact in _in_line(source, number, lines, config):
            shown = fact.form in ("pair", "url") or fact.kind == "private key"
            if shown and source.path.endswith(".py"):
                documented = _documented(text) if documented is None else documented
                if number in documented:
                    continue
            if fact.form in ("pair", "url") and number in tests:
                continue
            yield fact
            found += 1
        if found > MAX_FOUND:
            yield Unread(source.span(number), "credentials", "more credentials than are listed")
            return


def _for_tests(lines: list[str]) -> frozenset[int]:
    """The lines of a settings file that stand in the sections of a test runner."""
    found, inside = set(), False
    for number, line in enumerate(lines, 1):
        header = re.match(r"\[+\s*([\w.:\"'-]{1,100})[^\]]{0,40}\]+\s*(?:#.*)?$", line)
        if header:
            inside = bool(re.search(r"pytest|testenv|tox", header[1]))
        if inside:
            found.add(number)
    return frozenset(found)


def _documented(text: str) -> set[int]:
    """The lines of a Python file that belong to docstrings and samples of code for its readers."""
    found: set[int] = set()
    before = tokenize.NEWLINE
    told: deque[str] = deque(maxlen=6)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            starts = before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
            shown = token.end[0] > token.start[0] and any(_SHOWS.fullmatch(each) for each in told)
            if token.type == tokenize.STRING and (starts or shown):
                found.update(range(token.start[0], token.end[0] + 1))
            if token.type not in (tokenize.NL, tokenize.COMMENT):
                before = token.type
                told.append(token.string[:40])
    except (tokenize.TokenError, SyntaxError, ValueError):
        return found
    return found


def _in_line(source: Source, number: int, lines: list[str], config: bool) -> Iterator[Credential]:
    line = lines[number - 1][:MAX_LINE]
    span = source.span(number)
    seen: set[str] = set()
    if "PRIVATE KEY" in line and forms.PRIVATE_KEY.search(line):
        if _key_follows(lines, number):
            text = "\n".join(lines[number - 1 : number + 2])
            yield credential(span, "private key", "", text, "provider")
        return
    yield from _issued(span, line, seen)
    if "://" in line and "@" in line:
        for match in forms.URL.finditer(line):
            value = match["password"]
            usual = forms.is_usual_login(match["user"], value, match["host"])
            if not usual and not forms.is_placeholder(value) and value not in seen:
                seen.add(value)
                found = credential(span, "password in a URL", "", value, "url")
                yield msgspec.structs.replace(found, local=forms.is_loopback(match["host"]))
    if forms.GIVEN_HINT.search(line):
        yield from _given(span, line, seen)
    if forms.PAIR_HINT.search(line):
        yield from _pairs(span, line, config, seen)


def _issued(span: Span, line: str, seen: set[str]) -> Iterator[Credential]:
    if not forms.ISSUED_HINT.search(line):
        return
    for kind, pattern in forms.ISSUED:
        for match in pattern.finditer(line):
            value = match.group()
            if value not in seen and not _is_documented(value):
                seen.add(value)
                yield credential(span, kind, _name_before(line, match.start()), value, "provider")


def _given(span: Span, line: str, seen: set[str]) -> Iterator[Credential]:
    """What a header or a login is given in the clear."""
    for match in forms.GIVEN.finditer(line):
        value = match["value"]
        if not any(value in known or known in value for known in seen) and forms.looks_random(
            value
        ):
            seen.add(value)
            name = re.match(r"\W*(\w{2,40})", match.group())
            yield credential(span, "token", name[1] if name else "", value, "pair")


def _pairs(span: Span, line: str, config: bool, seen: set[str]) -> Iterator[Credential]:
    for match in forms.PAIR.finditer(line):
        value = match["quoted"] or (match["bare"] if config else "") or ""
        value = value.strip()
        name = _full_name(line, match.start(), match["word"])
        if match["separator"] == "," and not _is_argument(line, match.start(), name, match["word"]):
            continue
        if any(value in known or known in value for known in seen) or not value:
            continue
        if not config and _kind(name) == "password" and _EXPLAINS.search(line[: match.start()]):
            continue
        if forms.looks_secret(name, value):
            seen.add(value)
            yield credential(span, _kind(name), name, value, "pair")


def credential(span: Span, kind: str, name: str, value: str, form: str) -> Credential:
    """The fact for a value, without the value.

    Only what a machine made gets a fingerprint: the hash of a person's password can be guessed.
    """
    digest = hashlib.sha256(b"whence credential\0" + value.encode("utf-8", "replace")).hexdigest()
    return Credential(
        span,
        kind,
        name,
        "" if kind == "private key" else forms.masked(value),
        digest[:12] if form == "provider" else "",
        form,
        round(forms.entropy(value), 1),
    )


def _key_follows(lines: list[str], number: int) -> bool:
    """Whether the header of a key is followed by key material, not by prose or a placeholder."""
    rest = [lines[number - 1].partition("PRIVATE KEY")[2], *lines[number : number + 5]]
    runs = [run for line in rest for run in re.findall(r"[A-Za-z0-9+/]{40,}", line[:4000])]
    return any(re.search("[0-9]", run) and re.search("[A-Z]", run) for run in runs)


def _is_argument(line: str, at: int, name: str, word: str) -> bool:
    """Whether a name before a comma is the first argument of a call, as in `set("TOKEN", "…")`."""
    start = at + len(word) - len(name)
    return bool(re.search(r"\(\\?[\"']$", line[max(0, start - 3) : start]))


def _full_name(line: str, at: int, word: str) -> str:
    before = forms.NAME.search(line[max(0, at - 60) : at])
    return (before.group() if before else "") + word


def _kind(name: str) -> str:
    lower = name.lower()
    for word in ("password", "token", "secret", "key"):
        if word in lower:
            return word
    return "password" if "pass" in lower or "pwd" in lower else "credential"


def _name_before(line: str, at: int) -> str:
    found = re.search(r"([\w.-]{2,60})\\?[\"']?\s*[:=]\s*[\\\"']*$", line[max(0, at - 100) : at])
    return found[1] if found else ""


def _is_documented(value: str) -> bool:
    """Whether an issuer's own documentation shows this value, or it is plainly made up."""
    body = re.sub(r"^[A-Za-z]+[-_.]", "", value)
    return (
        "EXAMPLE" in value.upper()
        or len(set(body)) < 6
        or bool(
            re.search(
                r"(?i)x{6,}|0{8,}|(?:abc|123|your|fake|dummy|test|placeholder|1234567)", body[:24]
            )
            and forms.entropy(body) < 4.0
        )
    )
