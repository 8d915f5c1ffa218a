"""Which bytes of a part were understood, so that nobody calls the rest clean."""

from __future__ import annotations


class Coverage:
    """Ranges of bytes that were understood, given in any order."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._ranges: list[tuple[int, int]] = []
        self._lost = 0

    def add(self, start: int, end: int) -> None:
        """These bytes were understood."""
        if start < end:
            self._ranges.append((max(start, 0), min(end, self.size)))

    def lose(self, count: float) -> None:
        """So many bytes inside an added range were not understood after all."""
        self._lost += int(count + 0.999)

    def gaps(self) -> list[tuple[int, int]]:
        """The ranges between, in order."""
        found: list[tuple[int, int]] = []
        at = 0
        for start, end in sorted(self._ranges):
            if start > at:
                found.append((at, start))
            at = max(at, end)
        if at < self.size:
            found.append((at, self.size))
        return found

    def share(self) -> float:
        """From 0.0 to 1.0; 1.0 only where not one byte is missing."""
        if self.size <= 0:
            return 1.0
        missing = sum(end - start for start, end in self.gaps()) + self._lost
        if not missing:
            return 1.0
        return max(0.0, min(0.9999, round(1 - missing / self.size, 4)))
