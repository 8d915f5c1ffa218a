"""Reads reports that people write: the template's headings and fields, tables, or plain lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from whence.challenge.grading.places import Places
from whence.challenge.grading.report import (
    SEVERITY_WORDS,
    Claim,
    Report,
    severity_of_score,
)

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```+|~~~+)")
_ITEM = re.compile(r"^(?:[-*+]|\d+[.)])\s+(.*)$")
_FIELD = re.compile(
    r"^\s*(?:[-*+]\s+|\d+[.)]\s+|\|\s*)?[*_`]*(risk(?: level| rating)?|severity|level|rating|category|cvss"
    r"(?: score| vector)?|description|evidence|location|files?|where|lines?|attack(?: scenario)?|"
    r"scenario|impact|remediation|fix|mitigation|recommendation|priority|title|finding|cwe)"
    r"[*_`]*\s*[*_`]*\s*(?::|\|)\s*[*_`]*\s*(.*?)\s*\|?\s*$",
    re.IGNORECASE,
)
_CWE = re.compile(r"CWE-?(\d+)", re.IGNORECASE)
_SCORE = re.compile(r"(?<![\d.:])(10\.0|\d\.\d)(?![\d.])")
_RULE = re.compile(r"`([a-z][a-z0-9]*(?:-[a-z0-9]+)+)`")
_SEVERITY = re.compile(
    r"\b(critical|severe|high|important|major|medium|moderate|low|minor|informational|info)\b",
    re.IGNORECASE,
)
_SEVERITY_FIELDS = frozenset({"risk", "risk level", "risk rating", "severity", "level", "rating"})
_WHOLE = {
    "chains": re.compile(r"\b(attack )?chains?\b|\battack paths?\b", re.IGNORECASE),
    "roadmap": re.compile(r"\broad ?map\b|remediation plan|what to do first", re.IGNORECASE),
    "systemic": re.compile(r"\bsystemic\b|cross-cutting|root causes?", re.IGNORECASE),
}


class _Block(msgspec.Struct):
    """A heading with the lines below it, up to the next heading. `trail` holds those above it."""

    level: int
    heading: str
    lines: list[str]
    trail: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join([self.heading, *self.lines])


def read_markdown(text: str, files: Iterable[str]) -> Report:
    """The claims and conclusions of a Markdown report; what looks like a finding and names no
    file of the project is listed as unread.
    """
    places = Places(files)
    claims: list[Claim] = []
    unread: list[str] = []
    whole: dict[str, list[str]] = {name: [] for name in _WHOLE}
    for block in _blocks(text):
        area = _area(block)
        if area:
            whole[area].extend(
                _entries(block, is_top=_WHOLE[area].search(block.heading) is not None)
            )
            continue
        found = list(_claims(block, places))
        claims.extend(found)
        if not found and len(_fields(block)) >= 2:
            unread.append(
                f"{block.heading or 'a finding without a title'}: names no file of the project"
            )
    return Report(
        tuple(claims),
        tuple(unread),
        tuple(whole["chains"]),
        tuple(whole["roadmap"]),
        tuple(whole["systemic"]),
    )


def _blocks(text: str) -> Iterator[_Block]:
    trail: list[tuple[int, str]] = []
    block = _Block(0, "", [], ())
    fence = ""
    for line in text.splitlines():
        marker = _FENCE.match(line)
        if marker and (not fence or marker[1].startswith(fence)):
            fence = "" if fence else marker[1]
        heading = None if fence else _HEADING.match(line)
        if not heading:
            block.lines.append(line)
            continue
        yield block
        level = len(heading[1])
        trail = [above for above in trail if above[0] < level]
        block = _Block(level, heading[2], [], tuple(above[1] for above in trail))
        trail.append((level, heading[2]))
    yield block


def _area(block: _Block) -> str:
    """The conclusion over the whole that a block belongs to, or empty for findings."""
    if _severity_fields(block):
        return ""
    for heading in (block.heading, *reversed(block.trail)):
        for name, words in _WHOLE.items():
            if words.search(heading):
                return name
    return ""


def _entries(block: _Block, *, is_top: bool) -> Iterator[str]:
    """The items of a section; a sub-heading with its text is one item."""
    if not is_top:
        yield block.text.lower()
        return
    items: list[str] = []
    for line in block.lines:
        is_row = line.startswith("|") and not set(line) <= set("|-: ")
        if _ITEM.match(line) or is_row:
            items.append(line)
        elif items and line.strip():
            items[-1] += " " + line.strip()
        elif line.strip() and not items:
            items.append(line)
    yield from (item.lower() for item in items)


def _claims(block: _Block, places: Places) -> Iterator[Claim]:
    rows = list(_table_rows(block))
    for row in rows:
        claim = _claim(row, row, places, _inherited(block))
        if claim.places:
            yield claim
    fields = _fields(block)
    if fields and not rows:
        title = _clean(fields.get("title", "") or fields.get("finding", "") or block.heading)
        claim = _claim(title, block.text, places, _severity_of(block, fields))
        if claim.places:
            yield claim
    elif not rows:
        yield from _listed(block, places)


def _listed(block: _Block, places: Places) -> Iterator[Claim]:
    """List items that name a place, in a section that is no finding itself; else its prose."""
    items: list[list[str]] = []
    for line in block.lines:
        found = _ITEM.match(line)
        if found:
            items.append([found[1]])
        elif items:
            items[-1].append(line)
    for item in items:
        text = "\n".join(item)
        claim = _claim(_clean(item[0]), text, places, _first_severity(text) or _inherited(block))
        if claim.places and claim.severity:
            yield claim
    severity = _first_severity(block.heading) or _inherited(block)
    if not items and severity:
        claim = _claim(_clean(block.heading), block.text, places, severity)
        if claim.places:
            yield claim


def _claim(title: str, text: str, places: Places, severity: str) -> Claim:
    return Claim(
        title=_clean(title)[:200],
        severity=severity or _first_severity(text),
        rules=tuple(dict.fromkeys(_RULE.findall(text))),
        cwes=tuple(dict.fromkeys(f"CWE-{number}" for number in _CWE.findall(text))),
        places=places.find(text),
        text=text.lower(),
    )


def _table_rows(block: _Block) -> Iterator[str]:
    """Rows of tables whose head speaks of findings: a place, and a level or a name for each."""
    head: list[str] = []
    for line in block.lines:
        if not line.lstrip().startswith("|"):
            head = []
        elif not head:
            head = [cell.strip(" *_").lower() for cell in line.strip().strip("|").split("|")]
        elif not set(line) <= set("|-: "):
            names = " ".join(head)
            if re.search(r"file|location|evidence|where|place|path", names) and len(head) > 2:
                yield line


def _fields(block: _Block) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in block.lines:
        match = _FIELD.match(line)
        if match:
            found.setdefault(match[1].lower(), match[2])
    return found


def _severity_fields(block: _Block) -> bool:
    return any(name in _SEVERITY_FIELDS for name in _fields(block))


def _severity_of(block: _Block, fields: dict[str, str]) -> str:
    for name in ("risk level", "severity", "risk rating", "risk", "rating", "level"):
        level = _first_severity(fields.get(name, ""))
        if level:
            return level
    level = _first_severity(block.heading)
    if level:
        return level
    score = _SCORE.search(" ".join(fields.get(name, "") for name in ("cvss", "cvss score")))
    return severity_of_score(float(score[1])) if score else _inherited(block)


def _inherited(block: _Block) -> str:
    """The level that a heading above gives to all below it: `## High`."""
    for heading in reversed(block.trail):
        level = _first_severity(heading)
        if level:
            return level
    return ""


def _first_severity(text: str) -> str:
    found = _SEVERITY.search(text)
    return SEVERITY_WORDS[found[1].lower()] if found else ""


def _clean(text: str) -> str:
    return re.sub(r"[*_`|#]+", "", text).strip(" -:.")
