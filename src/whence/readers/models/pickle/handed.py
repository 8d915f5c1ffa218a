"""What is handed over in a use: imported names among the arguments, and texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whence.readers.models.pickle.naming import is_exception
from whence.readers.models.pickle.standing import BY_DESIGN, standing_of
from whence.readers.models.pickle.state import Use
from whence.readers.models.pickle.trace import Grade, Opinion
from whence.readers.models.pickle.values import PLAIN, Container, Extension, Global, Made, is_live

MOST_PARTS: Final = 50_000
MOST_TEXTS: Final = 2_000
_CODE_MAKERS: Final = frozenset(
    """
    _create_function _create_filehandle _create_cell _make_function _make_cell _function_setstate
    _fill_function
    """.split()  # noqa: SIM905
)
SAFE: Final = Opinion(Grade.SAFE, "")


def worst_part(use: Use, receiver: str) -> Opinion:
    """Whether anything handed over is dangerous, or unknown."""
    worst = SAFE
    if not is_live(use.arguments) and (use.keywords is None or not is_live(use.keywords)):
        return SAFE
    for part in _live_parts(use):
        if isinstance(part, Container):
            worst = Opinion(Grade.REVIEW, f"hands objects that were not kept to {receiver}")
        elif isinstance(part, Extension):
            worst = Opinion(Grade.REVIEW, f"hands extension {part.code} to {receiver}")
        if not isinstance(part, Global):
            continue
        known = standing_of(part)
        if known.hostile and not known.spelled and is_exception(part.name or ""):
            worst = Opinion(Grade.REVIEW, f"hands {part.label} to {receiver}")
            continue
        if known.danger == BY_DESIGN or (known.hostile and _goes_into_code(part, receiver)):
            worst = Opinion(Grade.REVIEW, f"hands {part.label} to {receiver}", BY_DESIGN)
            continue
        if known.hostile or part.module is None:
            reason = f"hands {part.label} ({known.danger or 'hidden-name'}) to {receiver}"
            return Opinion(Grade.MALICIOUS, reason, known.danger or "hidden-name")
        if not known.use:
            worst = Opinion(Grade.REVIEW, f"hands {part.label} to {receiver}")
    return worst


def _goes_into_code(part: Global, receiver: str) -> bool:
    """Whether a name is handed to what makes a function of code, which is only called later."""
    maker = receiver.rpartition(" ")[2]
    if maker.rpartition(".")[2] not in _CODE_MAKERS:
        return False
    return part.module is not None and maker.startswith(
        ("dill.", "cloudpickle.", "ray.cloudpickle")
    )


def _live_parts(use: Use) -> Iterator[object]:
    """Imported names inside the arguments, not descending into what calls made of them."""
    waiting = [use.arguments, use.keywords]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_PARTS:
        part = waiting.pop()
        use.looked_at += 1
        if type(part) in PLAIN or id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, tuple):
            waiting.extend(part)
        elif isinstance(part, Container):
            if part.named:
                waiting.extend(part.items)
            if part.lost:
                yield part
        elif isinstance(part, Global | Extension):
            yield part
    if waiting:
        yield _too_much()


def _too_much() -> Container:
    """Stands for parts that were not looked at."""
    rest = Container("list")
    rest.live = True
    return rest


def texts(value: object, *, inside_calls: bool = False) -> Iterator[str]:
    """The texts in a value; `inside_calls`: also among what its parts were made of."""
    waiting = [value]
    for _ in range(MOST_TEXTS):
        if not waiting:
            return
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, tuple):
            waiting.extend(part)
        elif isinstance(part, Container):
            waiting.extend(part.items)
        elif isinstance(part, Made) and (inside_calls or part is value):
            waiting.append(part.arguments)
