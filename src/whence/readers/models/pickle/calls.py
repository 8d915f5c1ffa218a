"""Judges the call of an imported name: by what is known of it, its arguments, and how it is named."""

from __future__ import annotations

from typing import Final

from whence.readers.models.pickle.gadgets import MODULES_IN_NAMES, TELLING_NAMES, danger_of
from whence.readers.models.pickle.handed import SAFE, texts, worst_part
from whence.readers.models.pickle.naming import (
    acts,
    imports,
    is_class,
    is_exception,
    names_a_place,
    spelled_name,
)
from whence.readers.models.pickle.safe_globals import CLASS, FUNCTION, VALUE
from whence.readers.models.pickle.special_calls import judged_apart
from whence.readers.models.pickle.standing import BY_DESIGN, Standing, standing_of
from whence.readers.models.pickle.state import Use
from whence.readers.models.pickle.trace import Grade, Opinion
from whence.readers.models.pickle.values import PLAIN, Global, Made

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
_NEVER_DATA: Final = frozenset(
    "subprocess ctypes _ctypes posix nt code pdb bdb socket _winapi winreg pty".split()  # noqa: SIM905
)
"""Modules of which no object is ever pickled, exceptions and enums apart."""

_HAVE_ENUMS: Final = frozenset({"http", "signal", "socket", "ssl", "inspect"})
_PLACES_ARE_DATA: Final = frozenset(
    {"builtins", "numpy", "scipy", "pandas", "sklearn", "pytz", "dateutil", "collections"}
)
CODE_NAMES: Final = frozenset({"popen", "Popen", "check_output", "getoutput", "execve"})


def call_of_global(use: Use, target: Global) -> Opinion:
    """What calling an imported name with these arguments does."""
    if target.module is None or target.name is None:
        return Opinion(
            Grade.MALICIOUS, "calls a name that is computed while loading", "hidden-name"
        )
    apart = judged_apart(use, target)
    if apart is not None:
        return apart
    label = target.label
    known = standing_of(target)
    if known.hostile:
        if only_makes(use, target):
            return Opinion(Grade.REVIEW, f"makes a {label}, of a module that can act", BY_DESIGN)
        return Opinion(Grade.MALICIOUS, f"calls {label} ({known.danger})", known.danger)
    if label == "copyreg._reconstructor" and (made := _reconstructed(use)):
        return made
    handed = worst_part(use, label)
    if handed.grade is Grade.MALICIOUS:
        return handed
    if known.use in (CLASS, FUNCTION):
        return _call_of_known(use, target, handed)
    return _deed(use, target) or _call_of_other(use, target, known)


def _call_of_other(use: Use, target: Global, known: Standing) -> Opinion:
    if known.danger:
        return _call_by_design(use, target)
    what = "is only known as a value" if known.use == VALUE else "is not known to be safe"
    return Opinion(
        Grade.REVIEW, f"calls {target.label}, which {what}", any_data=is_class(target.name or "")
    )


def only_makes(use: Use, target: Global | Made) -> bool:
    """Whether a use only makes data of a class: without arguments or its constructor, or an enum's."""
    found = target.callee if isinstance(target, Made) else target
    made = target if isinstance(target, Made) else use
    if not isinstance(found, Global) or found.name is None or standing_of(found).spelled:
        return False
    module = found.module or ""
    if is_exception(found.name):
        return True
    if not is_class(found.name) or "." in found.name or made.keywords is not None:
        return False
    if made.how == "new":
        return made.arguments == () and module not in _NEVER_DATA
    arguments = made.arguments
    one_number = isinstance(arguments, tuple) and [*map(type, arguments)] == [int]
    return one_number and module in _HAVE_ENUMS


def _reconstructed(use: Use) -> Opinion | None:
    """What protocols 0 and 1 write for NEWOBJ, of a class in a module of gadgets."""
    arguments = use.arguments if isinstance(use.arguments, tuple) else ()
    if len(arguments) != 3 or not isinstance(arguments[0], Global):
        return None
    made = Use("new", arguments[0], (), None, use.offset)
    if not standing_of(arguments[0]).hostile or not only_makes(made, arguments[0]):
        return None
    rest = worst_part(Use("call", use.target, arguments[1:], None, use.offset), "_reconstructor")
    return rest if rest.grade is Grade.MALICIOUS else call_of_global(made, arguments[0])


def _deed(use: Use, target: Global) -> Opinion | None:
    """The call of a function that is named after an action, or that is told the name of a gadget."""
    name = target.name or ""
    found = [text for text in texts(use.arguments) if text]
    if found and acts(name) and not (name == "_eval_repr" and all(map(str.isidentifier, found))):
        reason = f"calls {target.label}, a function named after an action"
        return Opinion(Grade.MALICIOUS, reason, "execute")
    if is_class(name) or standing_of(target).danger == BY_DESIGN:
        return None
    for text in found:
        if text in MODULES_IN_NAMES and imports(name):
            return Opinion(Grade.MALICIOUS, f"imports {text} by {target.label}", "import")
        spelled = spelled_name(text)
        danger = danger_of(*spelled)[0] if spelled else ""
        if danger not in ("", BY_DESIGN):
            reason = f"tells {target.label} the name {text[:60]} ({danger})"
            return Opinion(Grade.MALICIOUS, reason, danger)
    return None


def _call_of_known(use: Use, target: Global, handed: Opinion) -> Opinion:
    label = target.label
    if label in _CALLS_ITS_ARGUMENT:
        first = use.arguments[0] if isinstance(use.arguments, tuple) and use.arguments else None
        if not isinstance(first, Global) or standing_of(first).use not in (CLASS, FUNCTION):
            return Opinion(Grade.REVIEW, f"{label} is given something that is not a known class")
    package = (target.module or "").partition(".")[0]
    fetches = _may_fetch(use, target)
    if fetches and (place := next(filter(names_a_place, texts(use.arguments)), None)):
        return Opinion(Grade.REVIEW, f"calls {label} with {place[:60]!r}, which it may fetch")
    if use.how == "call" and package not in _CALLED_WITH_ANYTHING and not _one_constant(use):
        return Opinion(Grade.REVIEW, f"calls {label} with arguments of the stream's choice")
    settled = package in _CALLED_WITH_ANYTHING and label not in _CALLS_ITS_ARGUMENT
    return SAFE_WITH_DATA if settled and handed is SAFE and not fetches else handed


def _may_fetch(use: Use, target: Global) -> bool:
    """Whether a constructor runs that is only known by its package."""
    package = (target.module or "").partition(".")[0]
    if use.how == "new" or package in _PLACES_ARE_DATA or is_exception(target.name or ""):
        return False
    return not standing_of(target).spelled


def _one_constant(use: Use) -> bool:
    arguments = use.arguments
    return isinstance(arguments, tuple) and (
        not arguments or (len(arguments) == 1 and type(arguments[0]) in PLAIN)
    )


def _call_by_design(use: Use, target: Global) -> Opinion:
    names = set(texts(use.arguments))
    if (target.name or "").rpartition(".")[2] in ("attrgetter", "methodcaller"):
        steps = {step for name in names for step in name.split(".")}
        if steps & TELLING_NAMES:
            return Opinion(
                Grade.MALICIOUS, f"{target.label} reaches {min(steps & TELLING_NAMES)}", "execute"
            )
    if names & CODE_NAMES or {"os", "system"} <= names:
        return Opinion(
            Grade.MALICIOUS, f"{target.label} carries code that runs commands", "execute"
        )
    return Opinion(Grade.REVIEW, f"calls {target.label}, which can run code by design", BY_DESIGN)
