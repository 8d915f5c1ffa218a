"""Takes secrets out of the lines that reports show: a report travels further than the source."""

from __future__ import annotations

import re

_PATTERNS = (
    # user:password@ in an address
    re.compile(r"(?<=://)[^/\s:@'\"]+:([^/\s@'\"]+)(?=@)"),
    # token@ in an address; git@ is a convention, not a secret
    re.compile(r"(?<=://)(?!git@)([^/\s:@'\"]+)(?=@)"),
    # name = "value" where the name says that it is secret
    re.compile(
        r"(?i)(?:password|passwd|secret|token|api_?key|access_?key|private_?key|credential)s?"
        r"[\"']?\s*[:=]\s*[\"']?([A-Za-z0-9+/_.=~-]{12,})"
    ),
    # well-known forms: cloud keys, forge tokens, model hub tokens, chat tokens, JWTs
    re.compile(
        r"\b((?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
        r"|hf_[A-Za-z0-9]{20,}|sk-[\w-]{20,}|xox[abpr]-[\w-]{10,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+)"
    ),
)


def redacted(text: str) -> str:
    """The text with the middle of every likely secret replaced by `…`."""
    for pattern in _PATTERNS:
        text = pattern.sub(_masked, text)
    return text


def _masked(found: re.Match[str]) -> str:
    secret = found[1]
    start = found.start(1) - found.start()
    kept = secret[:4] if len(secret) >= 16 else ""
    return found[0][:start] + f"{kept}…" + found[0][start + len(secret) :]
