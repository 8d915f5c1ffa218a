"""Judges what a pickle stream imports and does.

Unknown is never clean: a name that neither table knows asks for a person's review.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whence.readers.models.pickle.folding import IMPORTS_BY_NAME
from whence.readers.models.pickle.gadgets import PICKLED_ARGUMENT, TELLING_NAMES
from whence.readers.models.pickle.safe_globals import CLASS, FUNCTION, VALUE
from whence.readers.models.pickle.standing import BY_DESIGN, Standing, standing
from whence.readers.models.pickle.state import Use
from whence.readers.models.pickle.trace import Grade, Opinion
from whence.readers.models.pickle.trouble import BeyondLimit
from whence.readers.models.pickle.values import (
    PLAIN,
    Blob,
    Container,
    Extension,
    Global,
    Made,
    Persistent,
    is_live,
)

MOST_PARTS: Final = 2_000
MOST_PARTS_PER_STREAM: Final = 100_000_000
CONSTRUCTING: Final = frozenset({"call", "instance", "new"})
SAFE: Final = Opinion(Grade.SAFE, "")
SAFE_WITH_DATA: Final = Opinion(Grade.SAFE, "", any_data=True)

_CALLS_ITS_ARGUMENT: Final = frozenset(
    {
        "copyreg._reconstructor",
        "copyreg.__newobj__",
        "copyreg.__newobj_ex__",
        "torch._tensor._rebuild_from_type",
        "torch._tensor._rebuild_from_type_v2",
        "torch.tensor._rebuild_from_type",
        "pandas.core.indexes.base._new_Index",
    }
)
_TRUSTED_PACKAGES = """
builtins collections datetime decimal fractions uuid pathlib zoneinfo array random types numpy
scipy sklearn pandas torch xgboost lightgbm catboost joblib pyarrow pytz dateutil _datetime
_decimal _random enum ipaddress functools operator _operator _functools copyreg _codecs codecs re
io _io logging threading string argparse inspect email urllib typing itertools
"""
_CALLED_WITH_ANYTHING: Final = frozenset(_TRUSTED_PACKAGES.split())
_JUDGED_BY_USE: Final = frozenset(
    {"builtins.getattr", "builtins.type", "torch.storage._load_from_bytes"}
)
_CODE_NAMES: Final = frozenset({"popen", "Popen", "check_output", "getoutput", "execve", "exec"})


class PickleJudge:
    """Judges one stream with all that is nested in it; `room` bounds the work on arguments."""

    def __init__(self) -> None:
        self.room = MOST_PARTS_PER_STREAM

    def of_import(self, found: Global) -> Opinion:
        """See `judge_import`."""
        return judge_import(found)

    def of_use(self, use: Use) -> Opinion:
        """See `judge_use`.

        Raises:
            BeyondLimit: the arguments of all calls together are too much to look through.
        """
        opinion = judge_use(use)
        self.room -= 1 + use.looked_at
        if self.room < 0:
            raise BeyondLimit("the arguments of all calls together are too many to look through")
        return opinion


def judge_import(found: Global) -> Opinion:
    """A name imported; what is done with it is judged apart."""
    if found.module is None or found.name is None:
        return Opinion(
            Grade.MALICIOUS, "imports a name that is computed while loading", "hidden-name"
        )
    known = standing(found.module, found.name)
    if found.label in _JUDGED_BY_USE:
        return SAFE
    if known.danger == BY_DESIGN:
        return Opinion(
            Grade.REVIEW, f"imports {found.label}, which can run code by design", BY_DESIGN
        )
    if known.danger:
        return Opinion(Grade.REVIEW, f"imports {found.label} ({known.danger})", known.danger)
    if known.use:
        return SAFE
    return Opinion(Grade.REVIEW, f"imports {found.label}, which is not known to be safe")


def judge_use(use: Use) -> Opinion:
    """One use with its target and arguments."""
    if use.how == "persistent":
        return _worst_part(use, "the loader's persistent_load")
    target = _class_behind(use.target)
    if isinstance(target, Global):
        if use.how in CONSTRUCTING:
            return _call_of_global(use, target)
        return _change_of_global(use, target)
    if isinstance(target, Made):
        return _use_of_result(use, target)
    if isinstance(target, Extension):
        return Opinion(Grade.REVIEW, f"uses extension {target.code}, which only the loader knows")
    if isinstance(target, Persistent):
        if use.how in CONSTRUCTING:
            return Opinion(Grade.REVIEW, "calls what the loader's persistent_load returns")
        return _worst_part(use, "a persistent object")
    return Opinion(Grade.REVIEW, f"{use.how} on a value that is not known")


def _class_behind(target: object) -> object:
    """The class that torch's loader returns for the id of a module with its source."""
    identity = target.identity if isinstance(target, Persistent) else None
    if isinstance(identity, tuple) and identity[:1] == ("module",) and len(identity) > 1:
        return identity[1]
    return target


def _call_of_global(use: Use, target: Global) -> Opinion:
    label = target.label
    if target.module is None or target.name is None:
        return Opinion(
            Grade.MALICIOUS, "calls a name that is computed while loading", "hidden-name"
        )
    if label in PICKLED_ARGUMENT:
        return _call_of_loads(use, label)
    if label == "builtins.getattr":
        return _getattr(use)
    if label in IMPORTS_BY_NAME:
        return _import_by_name(use, label)
    if label == "builtins.type" and _one_argument(use) and not is_live(use.arguments):
        return SAFE
    known = standing(target.module, target.name)
    if known.hostile:
        return Opinion(Grade.MALICIOUS, f"calls {label} ({known.danger})", known.danger)
    handed = _worst_part(use, label)
    if handed.grade is Grade.MALICIOUS:
        return handed
    if known.danger:
        return _call_by_design(use, target)
    if known.use not in (CLASS, FUNCTION):
        what = "is only known as a value" if known.use == VALUE else "is not known to be safe"
        return Opinion(Grade.REVIEW, f"calls {label}, which {what}")
    return _call_of_known(use, target, handed)


def _call_of_known(use: Use, target: Global, handed: Opinion) -> Opinion:
    label = target.label
    if label in _CALLS_ITS_ARGUMENT:
        first = use.arguments[0] if isinstance(use.arguments, tuple) and use.arguments else None
        if not isinstance(first, Global) or _standing_of(first).use not in (CLASS, FUNCTION):
            return Opinion(Grade.REVIEW, f"{label} is given something that is not a known class")
    package = (target.module or "").partition(".")[0]
    if use.how == "call" and package not in _CALLED_WITH_ANYTHING and not _one_constant(use):
        return Opinion(Grade.REVIEW, f"calls {label} with arguments of the stream's choice")
    settled = package in _CALLED_WITH_ANYTHING and label not in _CALLS_ITS_ARGUMENT
    return SAFE_WITH_DATA if settled and handed is SAFE else handed


def _one_constant(use: Use) -> bool:
    arguments = use.arguments
    return isinstance(arguments, tuple) and (
        not arguments or (len(arguments) == 1 and type(arguments[0]) in PLAIN)
    )


def _one_argument(use: Use) -> bool:
    return isinstance(use.arguments, tuple) and len(use.arguments) == 1


def _standing_of(found: Global) -> Standing:
    return standing(found.module or "", found.name or "")


def _call_of_loads(use: Use, label: str) -> Opinion:
    first = use.arguments[0] if isinstance(use.arguments, tuple) and use.arguments else None
    if isinstance(first, bytes | str) or (isinstance(first, Blob) and first.kind != "str"):
        grade = Grade.SAFE if label == "torch.storage._load_from_bytes" else Grade.REVIEW
        return Opinion(grade, f"loads a pickle inside the pickle by {label}", "deserialize", first)
    grade = Grade.MALICIOUS if isinstance(first, Made) else Grade.REVIEW
    return Opinion(grade, f"loads a pickle that is made while loading by {label}", "deserialize")


def _import_by_name(use: Use, label: str) -> Opinion:
    arguments = use.arguments if isinstance(use.arguments, tuple) else ()
    if len(arguments) != 2 or not all(isinstance(argument, str) for argument in arguments):
        return Opinion(Grade.REVIEW, f"imports by {label} what the stream computes", "import")
    found = Global(str(arguments[0]), str(arguments[1]), use.offset, 4)
    known = _standing_of(found)
    if known.hostile:
        reason = f"imports {found.label} ({known.danger}) by {label}"
        return Opinion(Grade.MALICIOUS, reason, known.danger)
    return SAFE if known.use else Opinion(Grade.REVIEW, f"imports {found.label} by {label}")


def _getattr(use: Use) -> Opinion:
    arguments = use.arguments if isinstance(use.arguments, tuple) else ()
    owner, name = arguments[:2] if len(arguments) >= 2 else (None, None)
    if isinstance(name, str) and name in TELLING_NAMES:
        return Opinion(Grade.MALICIOUS, f"takes the attribute {name[:60]!r}", "dynamic-attribute")
    if isinstance(owner, Global) and isinstance(name, str):
        known = standing(owner.module or "", f"{owner.name}.{name}")
        owned = _standing_of(owner)
        if known.hostile or owned.hostile:
            danger = known.danger or owned.danger
            return Opinion(
                Grade.MALICIOUS, f"takes {name[:60]!r} of {owner.label} ({danger})", danger
            )
        if known.use:
            return SAFE
    worst = _worst_part(use, "getattr")
    if worst.grade is Grade.MALICIOUS:
        return worst
    return Opinion(Grade.REVIEW, "takes an attribute by name", "dynamic-attribute")


def _call_by_design(use: Use, target: Global) -> Opinion:
    names = set(_strings(use.arguments))
    if (target.name or "").rpartition(".")[2] in ("attrgetter", "methodcaller"):
        steps = {step for name in names for step in name.split(".")}
        if steps & TELLING_NAMES:
            return Opinion(
                Grade.MALICIOUS, f"{target.label} reaches {min(steps & TELLING_NAMES)}", "execute"
            )
    if names & _CODE_NAMES or {"os", "system"} <= names:
        return Opinion(
            Grade.MALICIOUS, f"{target.label} carries code that runs commands", "execute"
        )
    return Opinion(Grade.REVIEW, f"calls {target.label}, which can run code by design", BY_DESIGN)


def _change_of_global(use: Use, target: Global) -> Opinion:
    known = _standing_of(target)
    reason = f"changes {target.label} itself ({use.how}), which the whole program shares"
    if target.module is None or known.danger or known.use:
        return Opinion(Grade.MALICIOUS, reason, "dynamic-attribute")
    return Opinion(Grade.REVIEW, reason, "dynamic-attribute")


def _use_of_result(use: Use, target: Made) -> Opinion:
    origin: object = target
    while isinstance(origin, Made):
        origin = _class_behind(origin.callee)
    handed = _worst_part(
        use, f"the result of {origin.label}" if isinstance(origin, Global) else "it"
    )
    if handed.grade is Grade.MALICIOUS:
        return handed
    if not isinstance(origin, Global):
        return Opinion(Grade.REVIEW, f"{use.how} on a result that is not known")
    known = _standing_of(origin)
    chooses = (origin.name or "") in ("attrgetter", "methodcaller")
    if known.hostile or (chooses and use.how in CONSTRUCTING) or origin.module is None:
        return Opinion(
            Grade.MALICIOUS, f"uses the result of {origin.label} ({use.how})", known.danger
        )
    if use.how in CONSTRUCTING:
        return Opinion(Grade.REVIEW, f"calls the result of {origin.label}")
    if known.use in (CLASS, FUNCTION):
        return handed
    return Opinion(
        Grade.REVIEW, f"sets the state of a {origin.label}, which is not known to be safe"
    )


def _worst_part(use: Use, receiver: str) -> Opinion:
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
        known = _standing_of(part)
        if known.hostile or part.module is None:
            reason = f"hands {part.label} ({known.danger or 'hidden-name'}) to {receiver}"
            return Opinion(Grade.MALICIOUS, reason, known.danger or "hidden-name")
        if not known.use:
            worst = Opinion(Grade.REVIEW, f"hands {part.label} to {receiver}")
    return worst


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
            waiting.extend(part.items)
            if part.lost:
                yield part
        elif isinstance(part, Global | Extension):
            yield part


def _strings(value: object) -> Iterator[str]:
    waiting = [value]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, tuple):
            waiting.extend(part)
        elif isinstance(part, Container):
            waiting.extend(part.items)
