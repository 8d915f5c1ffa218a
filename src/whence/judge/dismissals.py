"""What the project has set aside: suppressions with a reason, and the baseline."""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Iterable

from whence.config import ConfiguredSuppression
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.repository import Suppression
from whence.vocabulary.finding import Observation


class Dismissals:
    """Decides which observations are dismissed, and remembers which dismissals did anything."""

    def __init__(
        self,
        comments: Iterable[Suppression],
        configured: Iterable[ConfiguredSuppression],
        baseline: frozenset[str],
        today: datetime.date,
    ) -> None:
        self.baseline = baseline
        self._warnings: list[str] = []
        self._used: set[Suppression | ConfiguredSuppression] = set()
        self._comments: dict[str, list[Suppression]] = {}
        for comment in comments:
            if self._counts(comment, str(comment.span), today):
                self._comments.setdefault(comment.span.path, []).append(comment)
        self._configured = [
            each for each in configured if self._counts(each, f"suppression of {each.path}", today)
        ]

    def reason(self, rule: str, observation: Observation) -> str:
        """Why an observation is dismissed; empty where it is not."""
        place = observation.evidence[0].span
        for comment in self._comments.get(place.path, ()):
            if rule in comment.rules and _covers(comment, place):
                self._used.add(comment)
                return comment.reason
        for entry in self._configured:
            if entry.rule == rule and fnmatch.fnmatch(place.path, entry.path):
                self._used.add(entry)
                return entry.reason
        return ""

    def warnings(self, checked: frozenset[str]) -> tuple[str, ...]:
        """What is wrong with the dismissals themselves, after all observations were judged.

        `checked` are the rules that ran: a suppression of another rule is not called unused.
        """
        unused = []
        for comment in (each for path in self._comments for each in self._comments[path]):
            if comment not in self._used and checked & set(comment.rules):
                names = ", ".join(comment.rules)
                unused.append(f"{comment.span}: suppresses nothing ({names}): remove it")
        for entry in self._configured:
            if entry not in self._used and entry.rule in checked:
                unused.append(f"configuration: nothing of {entry.rule} to suppress in {entry.path}")
        return tuple(sorted([*self._warnings, *unused]))

    def _counts(
        self, each: Suppression | ConfiguredSuppression, name: str, today: datetime.date
    ) -> bool:
        if not each.reason:
            self._warnings.append(f'{name}: a suppression needs a reason="…"; it has no effect')
            return False
        if not each.until:
            return True
        try:
            expired = datetime.date.fromisoformat(each.until) < today
        except ValueError:
            self._warnings.append(f"{name}: until={each.until} is no date (YYYY-MM-DD)")
            return False
        if expired:
            self._warnings.append(f"{name}: the suppression expired on {each.until}")
        return not expired


def _covers(comment: Suppression, place: Span) -> bool:
    if not place.first:
        return True
    return place.first <= comment.covers <= max(place.last, place.first)
