"""How often look-alike names are found, and how often harmless ones are accused.

Neither half of the names was looked at when the reach of each slip was set on the other: the names
are split by their digest, so that the same list always gives the same halves.

    python benchmarks/lookalike_names.py popular.csv malicious.csv

Both files hold a name in their first column; the first is in order of popularity.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections import Counter
from pathlib import Path

from packaging.utils import canonicalize_name

from whence.lookups.names import Lookalikes
from whence.lookups.slips import two_edits_apart

HEAD = 8000
TARGETS = 1000


def first_column(path: str) -> list[str]:
    """The names of a list, normalised, in its order."""
    with Path(path).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    return list(dict.fromkeys(str(canonicalize_name(row[0])) for row in rows))


def is_held_out(name: str) -> bool:
    """Which half a name belongs to."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def campaign(name: str, targets: list[str]) -> str:
    """What a squat did to a popular name, by plain rules that share no code with the tool's."""
    words = name.split("-")
    for target in targets:
        if name.replace("-", "") == target.replace("-", ""):
            return "separator"
        if len(words) > 1 and sorted(words) == sorted(target.split("-")):
            return "swapped words"
        if abs(len(name) - len(target)) <= 1 and one_edit_apart(name, target):
            return "one edit"
    for target in targets:
        if len(target) >= 8 and two_edits_apart(name, target):
            return "two edits"
        if len(words) > 1 and target in ("-".join(words[1:]), "-".join(words[:-1])):
            return "affix"
    return ""


def one_edit_apart(name: str, target: str) -> bool:
    """One insertion, deletion, substitution or transposition, written out plainly."""
    start = 0
    while start < min(len(name), len(target)) and name[start] == target[start]:
        start += 1
    left, right = name[start:], target[start:]
    return (
        left[1:] == right
        or left == right[1:]
        or left[1:] == right[1:]
        or (left[:2] == right[:2][::-1] and left[2:] == right[2:])
    )


def main(popular: str, malicious: str) -> None:
    """Print both rates for both halves."""
    names = first_column(popular)
    judge = Lookalikes({name: rank for rank, name in enumerate(names[:HEAD])})
    full = Lookalikes({name: rank for rank, name in enumerate(names)})
    targets = [name for name in names[:TARGETS] if len(name) >= 5]
    known = set(names)
    squats = {
        name: kind
        for name in first_column(malicious)
        if name not in known and (kind := campaign(name, targets))
    }
    for held_out in (False, True):
        print("held out" if held_out else "other half")
        tail = [name for name in names[HEAD:] if is_held_out(name) is held_out]
        alarms = [look for name in tail if (look := judge.near(name))]
        print(f"  false alarms {len(alarms)}/{len(tail)} = {len(alarms) / len(tail):.3%}")
        for slip, count in Counter(look.slip.name for look in alarms).most_common():
            print(f"    {slip.lower():14} {count}")
        total, found = Counter[str](), Counter[str]()
        for name, kind in squats.items():
            if is_held_out(name) is held_out:
                total[kind] += 1
                found[kind] += full.near(name) is not None
        for kind in sorted(total):
            print(
                f"  recall {kind:14} {found[kind]}/{total[kind]} = {found[kind] / total[kind]:.1%}"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
