"""Judges what a pickle stream imports and does.

Unknown is never clean: a name that neither table knows asks for a person's review. Malicious is what
acts: a gadget that is called, handed over or changed, and a function of any library that is named
after an action and given a text. Merely making an object of a class, as picklers do for all data,
is no action, even where the class stands in a module of gadgets.
"""

from __future__ import annotations

from typing import Final

from whence.readers.models.pickle.calls import (
    CODE_NAMES,
    SAFE_WITH_DATA,
    call_of_global,
    only_makes,
)
from whence.readers.models.pickle.folding import ATTRIBUTE_GETTERS
from whence.readers.models.pickle.gadgets import PICKLED_STATE, TELLING_METHODS
from whence.readers.models.pickle.handed import SAFE, texts, worst_part
from whence.readers.models.pickle.naming import acts_when_imported, last_step
from whence.readers.models.pickle.safe_globals import CLASS, FUNCTION
from whence.readers.models.pickle.special_calls import pickle_in_state
from whence.readers.models.pickle.standing import BY_DESIGN, standing, standing_of
from whence.readers.models.pickle.state import Use
from whence.readers.models.pickle.trace import Grade, Opinion
from whence.readers.models.pickle.trouble import BeyondLimit
from whence.readers.models.pickle.values import Extension, Global, Made, Persistent

MOST_PARTS_PER_STREAM: Final = 100_000_000
CONSTRUCTING: Final = frozenset({"call", "instance", "new"})
_JUDGED_BY_USE: Final = frozenset(
    {"builtins.getattr", "builtins.type", "torch.storage._load_from_bytes"}
)
_FUNCTION_MAKERS: Final = frozenset(
    "_make_function _make_skel_func _fill_function _create_function FunctionType".split()  # noqa: SIM905
)
_FUNCTION_TYPES: Final = frozenset({"FunctionType", "LambdaType"})


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
    if acts_when_imported(found.module):
        reason = f"imports {found.module}, a program that starts when it is imported"
        return Opinion(Grade.MALICIOUS, reason, "execute")
    if known.danger:
        return Opinion(Grade.REVIEW, f"imports {found.label} ({known.danger})", known.danger)
    if known.use:
        return SAFE
    return Opinion(Grade.REVIEW, f"imports {found.label}, which is not known to be safe")


def judge_use(use: Use) -> Opinion:
    """One use with its target and arguments."""
    if use.how == "persistent":
        return worst_part(use, "the loader's persistent_load")
    target = _class_behind(use.target)
    if isinstance(target, Global):
        if use.how in CONSTRUCTING:
            return call_of_global(use, target)
        return _change_of_global(use, target)
    if isinstance(target, Made):
        return _use_of_result(use, target)
    if isinstance(target, Extension):
        return Opinion(Grade.REVIEW, f"uses extension {target.code}, which only the loader knows")
    if isinstance(target, Persistent):
        if use.how in CONSTRUCTING:
            return Opinion(Grade.REVIEW, "calls what the loader's persistent_load returns")
        return worst_part(use, "a persistent object")
    return Opinion(Grade.REVIEW, f"{use.how} on a value that is not known")


def _class_behind(target: object) -> object:
    """The class that torch's loader returns for the id of a module with its source."""
    identity = target.identity if isinstance(target, Persistent) else None
    if isinstance(identity, tuple) and identity[:1] == ("module",) and len(identity) > 1:
        return identity[1]
    return target


def _change_of_global(use: Use, target: Global) -> Opinion:
    known = standing_of(target)
    handed = worst_part(use, f"{target.label} itself")
    if handed.grade is Grade.MALICIOUS:
        return handed
    reason = f"changes {target.label} itself ({use.how}), which the whole program shares"
    if target.module is None or known.danger or known.use:
        return Opinion(Grade.MALICIOUS, reason, "dynamic-attribute")
    return Opinion(Grade.REVIEW, reason, "dynamic-attribute")


def _use_of_result(use: Use, target: Made) -> Opinion:
    origin: object = target
    while isinstance(origin, Made):
        origin = _class_behind(origin.callee)
    handed = worst_part(
        use, f"the result of {origin.label}" if isinstance(origin, Global) else "it"
    )
    if handed.grade is Grade.MALICIOUS:
        return handed
    if use.how in CONSTRUCTING and (called := _call_through(use, target)):
        return called
    if not isinstance(origin, Global):
        return Opinion(Grade.REVIEW, f"{use.how} on a result that is not known")
    if inside := _pickle_in_state(use, origin):
        return inside
    known = standing_of(origin)
    chooses = (origin.name or "") in ("attrgetter", "methodcaller")
    if known.hostile and use.how not in CONSTRUCTING and only_makes(use, target):
        return Opinion(Grade.REVIEW, f"sets the state of a {origin.label}", BY_DESIGN)
    if known.hostile or (chooses and use.how in CONSTRUCTING) or origin.module is None:
        return Opinion(
            Grade.MALICIOUS, f"uses the result of {origin.label} ({use.how})", known.danger
        )
    if use.how in CONSTRUCTING:
        return Opinion(Grade.REVIEW, f"calls the result of {origin.label}")
    if known.use in (CLASS, FUNCTION):
        return SAFE_WITH_DATA if handed is SAFE else handed
    return Opinion(
        Grade.REVIEW,
        f"sets the state of a {origin.label}, which is not known to be safe",
        any_data=handed is SAFE,
    )


def _pickle_in_state(use: Use, origin: Global) -> Opinion | None:
    if use.how != "state" or origin.label not in PICKLED_STATE:
        return None
    return pickle_in_state(use, origin.label)


def _makes_functions(maker: object) -> bool:
    """Whether a value is what cloudpickle and dill make functions with."""
    if isinstance(maker, Global):
        return last_step(maker.name or "") in _FUNCTION_MAKERS
    return isinstance(maker, Made) and bool(_FUNCTION_TYPES & set(texts(maker)))


def _carries_commands(value: Made) -> bool:
    names = set(texts(value, inside_calls=True))
    return bool(names & CODE_NAMES) or {"os", "system"} <= names


def _call_through(use: Use, target: Made) -> Opinion | None:
    """The call of what `partial` made, judged as that of its function; that of an acting method."""
    inner = target.arguments if isinstance(target.arguments, tuple) else ()
    maker = target.callee
    if use.how == "call" and _makes_functions(maker) and _carries_commands(target):
        return Opinion(Grade.MALICIOUS, "calls a function made of code in the stream", "execute")
    if not isinstance(maker, Global) or not inner:
        return None
    label = maker.label
    if label in ATTRIBUTE_GETTERS and len(inner) > 1:
        name = inner[1]
        if isinstance(name, str) and name in TELLING_METHODS:
            return Opinion(Grade.MALICIOUS, f"calls the method {name[:60]!r}", "execute")
        return None
    function = inner[0]
    if label != "functools.partial" or not isinstance(function, Global):
        return None
    state = target.state if isinstance(target.state, tuple) else (function, ())
    given = use.arguments if isinstance(use.arguments, tuple) else (use.arguments,)
    bound = state[1] if len(state) > 1 and isinstance(state[1], tuple) else (state[1:],)
    if target.state is not None and state[:1] != (function,):
        return None
    arguments = (*inner[1:], *bound, *given)
    return call_of_global(Use("call", function, arguments, use.keywords, use.offset), function)
