"""Judges calls whose arguments alone tell what they do: loaders, `getattr`, `setattr`, imports."""

from __future__ import annotations

from typing import Final

from whence.readers.models.pickle.folding import (
    ATTRIBUTE_GETTERS,
    IMPORTS_BY_NAME,
    imported_module,
)
from whence.readers.models.pickle.gadgets import BUFFERS, PICKLED_ARGUMENT, TELLING_NAMES
from whence.readers.models.pickle.handed import SAFE, worst_part
from whence.readers.models.pickle.standing import BY_DESIGN, standing, standing_of
from whence.readers.models.pickle.state import Use
from whence.readers.models.pickle.trace import Grade, Opinion
from whence.readers.models.pickle.values import Blob, Container, Global, Made, is_live

_SETTERS: Final = frozenset(
    {
        "builtins.setattr",
        "builtins.delattr",
        "dill._dill._setattr",
        "dill._dill._delattr",
        "dill._shims._dill._setattr",
        "dill._shims._dill._delattr",
    }
)
_DILL: Final = frozenset({"dill._dill", "dill._shims._dill"})
_PROTOCOLS: Final = (b"\x02", b"\x03", b"\x04", b"\x05")
MOST_STATE_PARTS: Final = 1_000
_DESCRIBING: Final = ("__qualname__", "__name__", "__module__", "__doc__")


def judged_apart(use: Use, target: Global) -> Opinion | None:
    """The opinion on one of these calls; None for all others."""
    label = target.label
    if label in PICKLED_ARGUMENT:
        return _call_of_loads(use, target)
    if label in BUFFERS:
        return _pickle_in_buffer(use)
    if label in ATTRIBUTE_GETTERS:
        return _getattr(use)
    if label in IMPORTS_BY_NAME:
        return _import_by_name(use, target)
    if label in _SETTERS:
        return _set_attribute(use, target)
    if label == "builtins.type" and isinstance(use.arguments, tuple):
        return SAFE if len(use.arguments) == 1 and not is_live(use.arguments) else None
    return None


def _call_of_loads(use: Use, target: Global) -> Opinion:
    label = target.label
    first = use.arguments[0] if isinstance(use.arguments, tuple) and use.arguments else None
    if isinstance(first, bytes | str) or (isinstance(first, Blob) and first.kind != "str"):
        grade = Grade.SAFE if label == "torch.storage._load_from_bytes" else Grade.REVIEW
        return Opinion(grade, f"loads a pickle inside the pickle by {label}", "deserialize", first)
    grade = Grade.MALICIOUS if isinstance(first, Made) else Grade.REVIEW
    return Opinion(grade, f"loads a pickle that is made while loading by {label}", "deserialize")


def _looks_pickled(value: object) -> bool:
    """Whether bytes begin as pickles of protocol 2 and later do."""
    start = value.prefix if isinstance(value, Blob) and not value.latin else value
    return isinstance(start, bytes) and start[:1] == b"\x80" and start[1:2] in _PROTOCOLS


def _pickle_in_buffer(use: Use) -> Opinion:
    first = use.arguments[0] if isinstance(use.arguments, tuple) and use.arguments else None
    if not _looks_pickled(first):
        return worst_part(use, "a file in memory")
    reason = "holds a pickle in a file in memory, for whoever reads that"
    return Opinion(Grade.REVIEW, reason, "deserialize", first)


def pickle_in_state(use: Use, label: str) -> Opinion | None:
    """What a class unpickles when it is given its state."""
    waiting = [use.arguments]
    for _ in range(MOST_STATE_PARTS):
        if not waiting:
            return None
        part = waiting.pop()
        if _looks_pickled(part):
            reason = f"loads a pickle inside the pickle by {label}"
            return Opinion(Grade.REVIEW, reason, "deserialize", part)
        if isinstance(part, Container):
            waiting.extend(part.items)
        elif isinstance(part, tuple):
            waiting.extend(part)
    return None


def _import_by_name(use: Use, target: Global) -> Opinion:
    label = target.label
    arguments = use.arguments if isinstance(use.arguments, tuple) else ()
    if len(arguments) != 2 or not all(isinstance(argument, str) for argument in arguments):
        return Opinion(Grade.REVIEW, f"imports by {label} what the stream computes", "import")
    found = Global(str(arguments[0]), str(arguments[1]), use.offset, 4)
    known = standing_of(found)
    if known.hostile:
        reason = f"imports {found.label} ({known.danger}) by {label}"
        return Opinion(Grade.MALICIOUS, reason, known.danger)
    return SAFE if known.use else Opinion(Grade.REVIEW, f"imports {found.label} by {label}")


def _getattr(use: Use) -> Opinion:
    arguments = use.arguments if isinstance(use.arguments, tuple) else ()
    owner, name = arguments[:2] if len(arguments) >= 2 else (None, None)
    if isinstance(name, str) and (known := _attribute_of(owner, name, use)):
        return known
    worst = worst_part(use, "getattr")
    if worst.grade is Grade.MALICIOUS:
        return worst
    return Opinion(Grade.REVIEW, "takes an attribute by name", "dynamic-attribute")


def _attribute_of(owner: object, name: str, use: Use) -> Opinion | None:
    module = imported_module(owner)
    if module is not None:
        found = Global(module, name, use.offset, 4)
        grade = Grade.SAFE if standing_of(found).use else Grade.REVIEW
        return Opinion(grade, f"imports {found.label} by name", standing_of(found).danger)
    if name in TELLING_NAMES:
        return Opinion(Grade.MALICIOUS, f"takes the attribute {name[:60]!r}", "dynamic-attribute")
    if not isinstance(owner, Global):
        return None
    if owner.label in _DILL and name in ("_setattr", "_delattr"):
        return Opinion(Grade.REVIEW, f"takes {name} of dill", BY_DESIGN)
    known = standing(owner.module or "", f"{owner.name}.{name}")
    danger = known.danger if known.hostile else standing_of(owner).danger
    if known.hostile or standing_of(owner).hostile:
        reason = f"takes {name[:60]!r} of {owner.label} ({danger})"
        return Opinion(Grade.MALICIOUS, reason, danger)
    return SAFE if known.use else None


def _set_attribute(use: Use, target: Global) -> Opinion:
    """`setattr`, with which dill fills in the classes and cells that it makes."""
    known = standing_of(target)
    arguments = use.arguments if isinstance(use.arguments, tuple) else ()
    owner = arguments[0] if arguments else None
    maker = owner.callee if isinstance(owner, Made) else None
    describes = len(arguments) == 3 and arguments[1] in _DESCRIBING and type(arguments[2]) is str
    by_design = isinstance(maker, Global) and standing_of(maker).danger == BY_DESIGN
    if describes or (by_design and imported_module(owner) is None):
        rest = worst_part(use, target.label)
        if rest.grade is not Grade.MALICIOUS:
            return Opinion(Grade.REVIEW, "sets an attribute of what dill makes", BY_DESIGN)
    danger = "dynamic-attribute" if known.danger == BY_DESIGN else known.danger
    return Opinion(Grade.MALICIOUS, f"calls {target.label} ({danger})", danger)
