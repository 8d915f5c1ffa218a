"""The baseline: a file of fingerprints that a project starts from and reviews in its history."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from whence.cli import output_files
from whence.cli.stopping import Stop
from whence.vocabulary.finding import Finding, Status

_VERSION = 1


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fingerprint → rule and subject; the latter for the people who read the file."""

    version: int
    findings: dict[str, str]


def read_baseline(location: str) -> frozenset[str]:
    """The fingerprints in a baseline. Raises Stop where the file is missing or no baseline."""
    try:
        content = Path(location).read_bytes()
        baseline = msgspec.json.decode(content, type=Baseline)
    except OSError as error:
        raise Stop(
            f"the baseline {location} cannot be read: {error.strerror}; --write-baseline makes one"
        ) from None
    except msgspec.DecodeError as error:
        raise Stop(f"{location} is no baseline of whence: {error}") from None
    if baseline.version != _VERSION:
        raise Stop(f"{location} has version {baseline.version}: write it again with this whence")
    return frozenset(baseline.findings)


def save_baseline(location: str, findings: Iterable[Finding]) -> int:
    """Writes all findings that are not suppressed; returns how many."""
    kept = {
        finding.fingerprint: f"{finding.rule}: {finding.subject}"
        for finding in findings
        if finding.status is not Status.SUPPRESSED
    }
    content = msgspec.json.encode(Baseline(_VERSION, dict(sorted(kept.items()))))
    output_files.write(location, msgspec.json.format(content, indent=2).decode())
    return len(kept)
