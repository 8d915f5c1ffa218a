"""Commands that compare digests or verify signatures, run by code that stops where they fail."""

from __future__ import annotations

import re
from collections.abc import Iterable

from whence.rules.data.sources.programs import Site
from whence.vocabulary.fact.program import Const

_RAISES = frozenset({"subprocess.check_call", "subprocess.check_output"})
_SUMS = re.compile(r"(?:^|[\s/])(?:(?:sha\d*|md5|b2)sum|shasum)\s")
_ASKED = re.compile(r"\s(?:--check|-\w{0,4}c\w{0,4})(?:\s|$)")
_SIGNED = re.compile(r"(?:^|[\s/])(?:gpgv?2?|cosign|minisign|signify|model_signing)\s")


def stops_on_mismatch(site: Site, parts: Iterable[int]) -> bool:
    """Whether a call runs such a command and raises where it fails; `parts` make up its arguments."""
    if site.name not in _RAISES and not (site.name == "subprocess.run" and _is_checked(site)):
        return False
    held = [site.function.values[index] for index in sorted(parts)]
    text = " ".join(str(each.value) for each in held if isinstance(each, Const)) + " "
    if _SUMS.search(text):
        return _ASKED.search(text) is not None
    return _SIGNED.search(text) is not None and "verify" in text


def _is_checked(site: Site) -> bool:
    index = site.argument("check")
    held = site.function.values[index] if index is not None else None
    return isinstance(held, Const) and held.value is True
