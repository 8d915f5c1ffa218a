"""Secrets in what the cells of a notebook left behind: streams, results, errors, widgets.

Formats of outputs: nbformat 1 to 4.5; version 3 and older keep each kind under a key of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

OUTPUT_READ = 200_000
_STEPS = 20_000
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,40}[A-Za-z]")
_NOT_SHOWN = frozenset({"output_type", "image/png", "image/jpeg", "png", "jpeg", "metadata",
                        "execution_count", "prompt_number", "name", "model_id"})  # fmt: skip
_SECRETS = (
    ("an AWS access key", re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{34}\b")),
    ("a private key", re.compile(r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----")),
    ("a Slack token", re.compile(r"\bxox[abpr]-[A-Za-z0-9-]{20,}\b")),
    (
        "a password or key",
        re.compile(r"(?i)\b(?:password|secret_key|api_key|access_token)\b['\"]?\s*[:=]\s*['\"]?"
                   r"(?!none|null|\*|x{3}|<|your|example|changeme)[A-Za-z0-9/+_\-]{16,}"),
    ),
)  # fmt: skip


def secrets_shown(output: object) -> Iterator[str]:
    """What kinds of secrets an output, or the state of widgets, shows."""
    text = "\n".join(_texts(output))[:OUTPUT_READ]
    text = _COLOURS.sub("", text)
    for name, pattern in _SECRETS:
        if pattern.search(text):
            yield name


def _texts(output: object) -> Iterator[str]:
    """All text in an output, at whatever depth; lines of one text stay together."""
    waiting: list[object] = [output]
    for _ in range(_STEPS):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            texts = [part for part in value if isinstance(part, str)]
            if texts:
                yield "\n".join(texts)
            waiting.extend(part for part in value if not isinstance(part, str))
        elif isinstance(value, dict):
            for key in sorted(set(value) - _NOT_SHOWN, reverse=True):
                held = value[key]
                waiting.append(f"{key}={held}" if isinstance(held, str) else held)
