"""Licences of data: what each demands, and data sets of the field that carry conditions.

Sources: the SPDX licence list, the Creative Commons and Open Data Commons licence texts, and the licence
statements on the pages of the data sets named here.
"""

from __future__ import annotations

import re

NON_COMMERCIAL, SHARE_ALIKE, RESEARCH_ONLY, NO_DERIVATIVES = (
    "non-commercial", "share-alike", "research-only", "no-derivatives",
)  # fmt: skip
_CONDITIONS = (
    (re.compile(r"(?i)\bresearch[- ](?:purposes?[- ])?(?:use[- ])?only|academic (?:use|research)? ?only|for research (?:use|purposes) only"
                r"|research-only|solely for (?:non-?commercial )?research"), RESEARCH_ONLY),
    (re.compile(r"(?i)\bby[- ]nc|non-?commercial|\bCC[- ]NC\b|/by-nc"), NON_COMMERCIAL),
    (re.compile(r"(?i)\b(?:by|nc)-nd\b|no-?derivatives|/by(?:-nc)?-nd"), NO_DERIVATIVES),
    (re.compile(r"(?i)\bby(?:-nc)?[- ]sa|share-?alike|\bodbl\b|open database licen[cs]e|\ba?gpl[- ]?v?\d|/by-sa|\bCDLA-Sharing"), SHARE_ALIKE),
)  # fmt: skip
_FREE = re.compile(
    r"(?i)permits? (?:any|commercial)|including commercial|commercial use (?:is )?(?:allowed|permitted)|licen[cs]ed to us|agreement (?:no|with)|written permission"
)

# Hub names of widely used data sets, without regard to case, and what their publishers' pages say.
KNOWN = {
    "imagenet-1k": RESEARCH_ONLY,
    "ilsvrc/imagenet-1k": RESEARCH_ONLY,
    "timm/imagenet-1k-wds": RESEARCH_ONLY,
    "tatsu-lab/alpaca": NON_COMMERCIAL,
    "vicgalle/alpaca-gpt4": NON_COMMERCIAL,
    "ms_marco": NON_COMMERCIAL,
    "microsoft/ms_marco": NON_COMMERCIAL,
    "squad": SHARE_ALIKE,
    "rajpurkar/squad": SHARE_ALIKE,
    "squad_v2": SHARE_ALIKE,
    "rajpurkar/squad_v2": SHARE_ALIKE,
    "wikitext": SHARE_ALIKE,
    "salesforce/wikitext": SHARE_ALIKE,
    "wikipedia": SHARE_ALIKE,
    "wikimedia/wikipedia": SHARE_ALIKE,
    "databricks/databricks-dolly-15k": SHARE_ALIKE,
    "anli": NON_COMMERCIAL,
    "facebook/anli": NON_COMMERCIAL,
}


def conditions_of(licence: str) -> tuple[str, ...]:
    """What a licence demands that a product may not be able to give; empty for free ones."""
    if _FREE.search(licence):
        return ()
    return tuple(name for pattern, name in _CONDITIONS if pattern.search(licence))


def is_named(licence: str) -> bool:
    """Whether a text names a licence at all."""
    return licence.strip().lower() not in (
        "",
        "unknown",
        "other",
        "none",
        "n/a",
        "tbd",
        "?",
        "unspecified",
        "todo",
    )
