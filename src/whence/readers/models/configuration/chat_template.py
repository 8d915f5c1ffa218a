"""Chat templates in tokenizer and processor configurations and in files of their own."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source
from whence.readers.data.structured import json_value, line_of
from whence.readers.models.template.hazards import hazards
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ChatTemplate, TemplateHazard

VERSION = 2
_JSON = frozenset(
    ("tokenizer_config.json", "chat_template.json", "processor_config.json", "tokenizer.json")
)


def claims(path: str, head: bytes) -> bool:
    """Configurations by name, template files by name or by what they loop over."""
    name = posixpath.basename(path)
    if name in _JSON:
        return True
    if not name.endswith((".jinja", ".jinja2", ".j2")):
        return False
    return "chat_template" in path or (b"messages" in head and b"role" in head)


def read(source: Source) -> Iterator[ChatTemplate | TemplateHazard | Unread]:
    """A fact for every template, and its hazards."""
    if posixpath.basename(source.path) not in _JSON:
        yield from _one(source, source.text, "chat_template", 1)
        return
    if '"chat_template"' not in source.text and "\\u" not in source.text:
        return
    config = json_value(source.text)
    templates = config.get("chat_template") if isinstance(config, dict) else None
    for setting, template in _named(templates):
        yield from _one(source, template, setting, line_of(source.text, '"chat_template"'))


def _one(
    source: Source, template: str, setting: str, line: int
) -> Iterator[ChatTemplate | TemplateHazard]:
    yield ChatTemplate(source.span(line), setting, len(template))
    yield from hazards(template, setting, source.span(line))


def _named(templates: Any) -> Iterator[tuple[str, str]]:
    """The template, or the named ones of a list or mapping."""
    if isinstance(templates, str):
        yield "chat_template", templates
    elif isinstance(templates, dict):
        for name, template in templates.items():
            if isinstance(template, str):
                yield f"chat_template.{name}", template
    elif isinstance(templates, list):
        for entry in templates:
            if isinstance(entry, dict) and isinstance(entry.get("template"), str):
                yield f"chat_template.{entry.get('name', '')}", entry["template"]
