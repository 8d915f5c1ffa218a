"""Reads reports: SARIF of any tool, whence JSON, CycloneDX VEX, and Markdown as people write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from whence.challenge.grading.markdown import read_markdown
from whence.challenge.grading.report import (
    SEVERITY_WORDS,
    Claim,
    Report,
    severity_of_score,
)

SIZE_LIMIT = 64 * 1024 * 1024
_CWE = re.compile(r"CWE-?(\d+)", re.IGNORECASE)


class UnreadableReport(Exception):
    """The report cannot be read at all. The message says what is wrong and what would be right."""


def read_report(location: Path, files: Iterable[str]) -> Report:
    """The report at a path. `files` are the project's own, so that places in prose are recognised.

    Raises UnreadableReport for a missing, empty, oversized or malformed file, or a JSON document
    that is none of the accepted kinds.
    """
    try:
        if location.stat().st_size > SIZE_LIMIT:
            raise UnreadableReport(f"{location} is larger than 64 MiB")
        text = location.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UnreadableReport(f"{location} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnreadableReport(f"{location} is not UTF-8 text: save it as UTF-8") from None
    if not text.strip():
        return Report(())
    if text.lstrip()[0] not in "{[":
        return read_markdown(text, files)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableReport(f"{location} looks like JSON but is not: {error}") from None
    return _read_json(document, location)


def _read_json(document: Any, location: Path) -> Report:
    readers = (
        ("runs", _sarif),
        ("findings", _own),
        ("vulnerabilities", _vex),
    )
    for key, reader in readers:
        if isinstance(document, dict) and isinstance(document.get(key), list):
            try:
                return reader(document)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                kind = reader.__name__.strip("_")
                raise UnreadableReport(f"{location} is malformed ({kind}): {error!r}") from None
    raise UnreadableReport(
        f"{location} is JSON but neither SARIF (runs), whence JSON (findings) "
        "nor CycloneDX VEX (vulnerabilities)"
    )


def _sarif(document: dict[str, Any]) -> Report:
    claims = []
    for run in document["runs"]:
        rules = {rule["id"]: rule for rule in run["tool"]["driver"].get("rules", [])}
        for result in run.get("results", []):
            if not result.get("suppressions") and result.get("kind", "fail") in ("fail", "review"):
                claims.append(_sarif_claim(result, rules))
    return Report(tuple(claims))


def _sarif_claim(result: dict[str, Any], rules: dict[str, Any]) -> Claim:
    rule_id = result.get("ruleId") or result.get("rule", {}).get("id", "")
    rule = rules.get(rule_id, {})
    properties = {**rule.get("properties", {}), **result.get("properties", {})}
    message = result.get("message", {}).get("text", "")
    title = rule.get("shortDescription", {}).get("text", "") or message.split("\n")[0]
    tags = " ".join(map(str, properties.get("tags", [])))
    text = f"{rule_id} {rule.get('name', '')} {title} {message} {tags}"
    locations = [*result.get("locations", []), *result.get("relatedLocations", [])]
    return Claim(
        title=title[:200] or rule_id,
        severity=_sarif_severity(result, rule, properties),
        rules=(rule_id,) if rule_id else (),
        cwes=_cwes(text),
        places=tuple(place for each in locations for place in _sarif_place(each)),
        text=text.lower(),
    )


def _sarif_severity(
    result: dict[str, Any], rule: dict[str, Any], properties: dict[str, Any]
) -> str:
    named = SEVERITY_WORDS.get(str(properties.get("severity", "")).lower())
    if named:
        return named
    if properties.get("security-severity") not in (None, ""):
        return severity_of_score(float(properties["security-severity"]))
    level = result.get("level") or rule.get("defaultConfiguration", {}).get("level", "warning")
    return SEVERITY_WORDS.get(level, "")


def _sarif_place(location: dict[str, Any]) -> Iterable[tuple[str, int, int]]:
    physical = location.get("physicalLocation")
    if physical:
        path = unquote(physical["artifactLocation"]["uri"]).removeprefix("file://")
        region = physical.get("region", {})
        first = int(region.get("startLine", 0))
        yield path.removeprefix("./"), first, int(region.get("endLine", first))


def _own(document: dict[str, Any]) -> Report:
    claims = []
    for finding in document["findings"]:
        if finding.get("status", "open") == "open":
            text = " ".join(str(finding.get(part, "")) for part in ("rule", "title", "description"))
            places = tuple(
                (place["path"], int(place.get("first", 0)), int(place.get("last", 0)))
                for place in finding["locations"]
            )
            claims.append(
                Claim(
                    title=str(finding.get("title", finding["rule"])),
                    severity=SEVERITY_WORDS.get(str(finding["severity"]).lower(), ""),
                    rules=(finding["rule"],),
                    cwes=_cwes(" ".join(map(str, finding.get("references", [])))),
                    places=places,
                    text=text.lower(),
                )
            )
    return Report(
        tuple(claims),
        chains=tuple(_chain_text(chain) for chain in document.get("chains", [])),
        roadmap=tuple(str(item.get("title", "")).lower() for item in document.get("roadmap", [])),
    )


def _chain_text(chain: dict[str, Any]) -> str:
    return json.dumps(chain, ensure_ascii=False).lower()


def _vex(document: dict[str, Any]) -> Report:
    claims = []
    for vulnerability in document["vulnerabilities"]:
        state = vulnerability.get("analysis", {}).get("state", "")
        if state in ("not_affected", "false_positive", "resolved", "resolved_with_pedigree"):
            continue
        ratings = vulnerability.get("ratings", [{}])
        severity = SEVERITY_WORDS.get(str(ratings[0].get("severity", "")).lower(), "")
        if not severity and "score" in ratings[0]:
            severity = severity_of_score(float(ratings[0]["score"]))
        text = " ".join(
            str(vulnerability.get(part, "")) for part in ("id", "description", "detail")
        )
        claims.append(
            Claim(
                title=text[:200],
                severity=severity,
                rules=(str(vulnerability.get("id", "")),),
                cwes=tuple(f"CWE-{number}" for number in vulnerability.get("cwes", [])),
                places=tuple(_vex_places(vulnerability, document)),
                text=text.lower(),
            )
        )
    return Report(tuple(claims))


def _vex_places(
    vulnerability: dict[str, Any], document: dict[str, Any]
) -> Iterable[tuple[str, int, int]]:
    components = {each.get("bom-ref"): each for each in document.get("components", [])}
    for affected in vulnerability.get("affects", []):
        component = components.get(affected.get("ref"), {})
        for occurrence in component.get("evidence", {}).get("occurrences", []):
            line = int(occurrence.get("line", 0))
            yield str(occurrence["location"]), line, line


def _cwes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"CWE-{number}" for number in _CWE.findall(text)))
