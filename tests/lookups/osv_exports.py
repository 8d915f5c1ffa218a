"""OSV exports with every trap that real ones hold."""

import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

SHARED = Path(__file__).parents[3] / "shared" / "data"
Record = dict[str, Any]


def record(identifier: str, name: str, **more: Any) -> Record:
    """One advisory of one package; `events` and `versions` say what is affected."""
    ranges = [
        {"type": "ECOSYSTEM", "events": events} for events in more.pop("ranges", []) if events
    ]
    affected: Record = {"package": {"ecosystem": "PyPI", "name": name}}
    if ranges:
        affected["ranges"] = ranges
    if versions := more.pop("versions", []):
        affected["versions"] = versions
    dates = {"published": "2024-01-02T03:04:05Z", "modified": "2024-05-06T07:08:09Z"}
    return {"id": identifier, "details": "prose", "affected": [affected], **dates, **more}


def between(low: str, high: str) -> list[Record]:
    """Events of a plain range."""
    return [{"introduced": low}, {"fixed": high}]


def zipped(records: list[Record], extra: dict[str, bytes] | None = None) -> bytes:
    """The records as an export, with further members as they are."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in records:
            archive.writestr(f"{one['id']}.json", json.dumps(one))
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return stream.getvalue()


def trapped_records(seed: int, count: int = 400) -> list[Record]:
    """Advisories over forty packages that together hold the traps measured in real exports."""
    pick = random.Random(seed)
    names = [f"package-{n}" for n in range(37)] + ["Mixed_Case.Name", "tensor-cpu", "tensor-gpu"]
    records = [_trapped(pick, n, pick.choice(names)) for n in range(count)]
    for n in range(12):
        for name in ("tensor-cpu", "tensor-gpu"):
            one = _trapped(pick, 5000 + n, name)
            one["id"] = f"PYSEC-2022-{name[-3:]}{n}"
            one["aliases"] = [f"CVE-2022-{7000 + n}"]
            records.append(one)
    return records


def version(pick: random.Random) -> str:
    """A version near the others, with every kind of suffix now and then."""
    text = ".".join(str(pick.randint(0, 3)) for _ in range(pick.randint(1, 3)))
    for chance, suffixes in (
        (0.15, ("a1", "b2", "rc1", "-alpha2")),
        (0.1, (".post1", "-1")),
        (0.1, (".dev3",)),
        (0.05, ("+cu118", "+local.1")),
    ):
        if pick.random() < chance:
            text += pick.choice(suffixes)
    return f"1!{text}" if pick.random() < 0.02 else text


def _trapped(pick: random.Random, number: int, name: str) -> Record:
    ranges = [_events(pick) for _ in range(pick.choice((0, 1, 1, 1, 2, 3)))]
    listed = [version(pick) for _ in range(pick.choice((0, 0, 3, 8)))]
    if pick.random() < 0.1:
        listed += pick.sample(["0.1-bulbasaur", "0.7.4.svn.r2010", "2.0.0-final", "a3"], 2)
    one = record(f"PYSEC-2023-{number}", name, ranges=ranges, versions=listed)
    if pick.random() < 0.2:
        one["affected"][0].setdefault("ranges", []).append(
            {"type": "GIT", "repo": "https://example.com/r.git", "events": [{"introduced": "0"}]}
        )
    if pick.random() < 0.05:
        one["withdrawn"] = "2024-02-03T00:00:00Z"
    if pick.random() < 0.6:
        one["severity"] = [
            {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
        ]
    if pick.random() < 0.9:
        one["aliases"] = [f"CVE-2023-{number // 2}"]
    if pick.random() < 0.05:
        one["affected"].append({"package": {"ecosystem": "npm", "name": name}, "versions": ["1"]})
    if pick.random() < 0.05:
        one["affected"].append({**one["affected"][0], "versions": ["9.9"]})
    return one


def _events(pick: random.Random) -> list[Record]:
    events: list[Record] = [{"introduced": pick.choice(("0", "0", version(pick)))}]
    for _ in range(pick.randint(0, 3)):
        kind = pick.choice(("introduced", "fixed", "fixed", "last_affected"))
        odd = ("2.6.0-NA", "2024-09-19", "1.0.0.stable11", "1.2\\.3", "unknown", "")
        text = pick.choice(odd) if pick.random() < 0.08 else version(pick)
        events.append({kind: text})
    if pick.random() < 0.2:
        pick.shuffle(events)
    return events
