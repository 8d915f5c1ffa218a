"""Gathers what pickle machines report, judged and counted, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from whence.readers.models.pickle.rendering import rendered
from whence.readers.models.pickle.state import Reports, Use
from whence.readers.models.pickle.torch_legacy import storage_bytes
from whence.readers.models.pickle.trace import (
    Grade,
    Oddity,
    Opinion,
    SeenImport,
    SeenPersistent,
    SeenUse,
    Span,
    Trace,
)
from whence.readers.models.pickle.trouble import BeyondLimit
from whence.readers.models.pickle.values import Global, Made, is_live
from whence.readers.models.pickle.window import Window

MOST_SEPARATE_USES: Final = 5_000
MOST_IMPORTS: Final = 20_000
MOST_PERSISTENT: Final = 10_000
MOST_STORAGES: Final = 200_000
MOST_ODDITIES: Final = 200
MOST_ARRAYS: Final = 10_000


Origin = tuple[bool, str | None, str | None]


class Judge(Protocol):
    """Judges imports and uses."""

    def of_import(self, found: Global) -> Opinion:
        """A name that is imported."""

    def of_use(self, use: Use) -> Opinion:
        """What is done with a value."""


class Collector:
    """One per stream. `inside` is told of arguments that are pickles themselves.

    `ambiguous`: arrays were passed that a loader which knows no arrays could act upon.
    """

    def __init__(self, judge: Judge, inside: Callable[[Use, object, Window], None]) -> None:
        self.trace = Trace()
        self.judge = judge
        self.inside = inside
        self._uses: dict[tuple[str, str, Grade, str], SeenUse] = {}
        self._imports: dict[tuple[str | None, str | None], SeenImport] = {}
        self._settled: dict[tuple[str, Origin], SeenUse] = {}
        self._oddities: dict[str, Oddity] = {}
        self.ambiguous = False

    @property
    def reports(self) -> Reports:
        """What a machine calls."""
        return Reports(
            self._use, self._imported, self._note, self._passed, self._routine, self._repeated
        )

    @property
    def events(self) -> int:
        """How much was seen that is more than data."""
        return len(self._uses) + len(self._imports) + self.trace.persistent_count

    def _imported(self, found: Global) -> bool:
        key = (found.module, found.name)
        if key in self._imports:
            return bool(self._imports[key].opinion.danger)
        if len(self._imports) >= MOST_IMPORTS:
            raise BeyondLimit(f"more than {MOST_IMPORTS} different names are imported")
        seen = SeenImport(
            found.module,
            found.name,
            found.offset,
            len(self.trace.pickles),
            self.judge.of_import(found),
        )
        self._imports[key] = seen
        self.trace.imports.append(seen)
        return bool(seen.opinion.danger)

    def _routine(self, found: Global) -> tuple[str, ...]:
        origin = (found.module, found.name)
        made = [how for how in ("new", "call") if (how, (False, *origin)) in self._settled]
        filled = [
            how for how in ("state", "items", "append") if (how, (True, *origin)) in self._settled
        ]
        return (*made, *filled) if len(made) == 1 and len(filled) <= 1 else ()

    def _repeated(self, found: Global, count: int) -> None:
        for how in self._routine(found):
            made = how in ("new", "call")
            self._settled[(how, (not made, found.module, found.name))].count += count

    def _use(self, use: Use, window: Window) -> None:
        origin = _origin(use.target)
        settled = self._settled.get((use.how, origin)) if origin else None
        if settled is not None and use.keywords is None and not is_live(use.arguments):
            settled.count += 1
            return
        opinion = self.judge.of_use(use)
        if use.how == "persistent":
            self._persistent(use)
            if opinion.grade is Grade.SAFE:
                return
        label = use.target.label if isinstance(use.target, Global) else rendered(use.target, 120)
        key = (use.how, label, opinion.grade, opinion.reason)
        seen = self._uses.get(key)
        if seen is not None:
            seen.count += 1
        elif len(self._uses) < MOST_SEPARATE_USES or opinion.grade is not Grade.SAFE:
            if len(self._uses) > 4 * MOST_SEPARATE_USES:
                raise BeyondLimit("too many different calls")
            seen = SeenUse(
                use.how, label, _arguments(use), use.offset, len(self.trace.pickles), opinion
            )
            self._uses[key] = seen
            self.trace.uses.append(seen)
        if opinion.any_data and origin and seen is not None:
            self._settled[(use.how, origin)] = seen
        if opinion.pickled is not None:
            self.inside(use, opinion.pickled, window)

    def _persistent(self, use: Use) -> None:
        self.trace.persistent_count += 1
        if len(self.trace.persistent) < MOST_PERSISTENT:
            self.trace.persistent.append(SeenPersistent(rendered(use.arguments), use.offset))
        storage = storage_bytes(use.arguments)
        if storage is not None and len(self.trace.storages) < MOST_STORAGES:
            self.trace.storages.setdefault(*storage)

    def _note(self, text: str, offset: int) -> None:
        known = self._oddities.get(text)
        if known is not None:
            known.count += 1
        elif len(self._oddities) < MOST_ODDITIES:
            known = self._oddities[text] = Oddity(text, offset)
            self.trace.oddities.append(known)

    def _passed(self, start: int, end: int, could_act: bool) -> None:
        self.ambiguous = self.ambiguous or could_act
        if len(self.trace.arrays) < MOST_ARRAYS:
            self.trace.arrays.append(Span(start, end, "array of joblib"))


def _origin(target: object) -> Origin | None:
    """The imported name behind a target: itself (False), or what made it (True)."""
    if type(target) is Global:
        return False, target.module, target.name
    if type(target) is Made and type(target.callee) is Global:
        return True, target.callee.module, target.callee.name
    return None


def _arguments(use: Use) -> str:
    shown = rendered(use.arguments)
    return shown if use.keywords is None else f"{shown} **{rendered(use.keywords)}"
