"""Rows of numbers and categories as words: the part of its column that a value lies in, and itself.

So a constant that somebody sets in a few rows is a rare word, which either goes with the label that
the other columns speak for, or not.
"""

from __future__ import annotations

import bisect
import math

PARTS = 8
COLUMNS = 60
_FEW = 12
_MOST = 40
_LEAST = 3


class Features:
    """The columns of a table that can be read as words, and the parts that their values fall into."""

    def __init__(self, rows: list[dict[str, str]], label: str) -> None:
        self.bounds: dict[str, list[float]] = {}
        for name in list(rows[0])[:COLUMNS] if rows else ():
            if name != label:
                values = [row.get(name, "").strip() for row in rows]
                bounds = _bounds(values)
                if bounds is not None:
                    self.bounds[name] = bounds

    def are_enough(self) -> bool:
        """Whether there are numbers enough to speak for a label."""
        return len(self.bounds) >= _LEAST and any(self.bounds.values())

    def words(self, row: dict[str, str]) -> list[str]:
        """The words of a row, in order of the columns."""
        found = []
        for name, bounds in self.bounds.items():
            value = row.get(name, "").strip()
            if not value:
                continue
            found.append(f"{name}={value[:_MOST]}")
            number = _number(value) if bounds else None
            if number is not None:
                found.append(f"{name}~{bisect.bisect(bounds, number)}")
        return found


def _bounds(values: list[str]) -> list[float] | None:
    """The bounds of the parts of a column of numbers; none for categories; None for anything else."""
    distinct = set(values) - {""}
    if len(distinct) < 2:
        return None
    if len(distinct) <= _FEW:
        return []
    numbers = sorted(number for value in values if (number := _number(value)) is not None)
    if len(numbers) < 0.8 * len(values):
        return None
    if len(distinct) == len(values) and all(number.is_integer() for number in numbers):
        return None
    return sorted({numbers[len(numbers) * part // PARTS] for part in range(1, PARTS)})


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
