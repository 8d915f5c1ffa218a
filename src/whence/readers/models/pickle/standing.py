"""What is known of an imported name: dangerous, safe to use in some way, or unknown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from whence.readers.models.pickle.gadgets import MODULES_IN_NAMES, TELLING_NAMES, danger_of
from whence.readers.models.pickle.safe_globals import CLASS, VALUE, safe_use
from whence.readers.models.pickle.values import Global

BY_DESIGN: Final = "by-design"
MOST_STEPS: Final = 16
_OTHER_NAMES: Final = {
    "__builtin__": "builtins",
    "exceptions": "builtins",
    "copy_reg": "copyreg",
    "cPickle": "pickle",
    "_pickle": "pickle",
}
"""Modules of Python 2, and of C, under the name that the tables know."""


@dataclass(slots=True, frozen=True)
class Standing:
    """What is known of a name: its danger, or how it may be used; both empty if unknown.

    `spelled`: known by its very name, not by its module or package alone.
    """

    danger: str
    use: str
    spelled: bool = True

    @property
    def hostile(self) -> bool:
        """Whether a use of it is an attack."""
        return self.danger not in ("", BY_DESIGN)


@lru_cache(maxsize=8192)
def standing(module: str, name: str) -> Standing:
    """What is known of a name; a dotted one is judged by every step of the way."""
    module = _OTHER_NAMES.get(module, module)
    if "." not in name:
        return _plain_standing(module, name)
    use, spelled = safe_use(module, name)
    danger, listed = danger_of(module, name)
    if spelled or listed:
        return Standing(danger, "" if danger else use)
    steps = name.split(".")
    if len(steps) > MOST_STEPS:
        return Standing("dynamic-attribute", "")
    for index in range(1, len(steps)):
        through = _plain_standing(steps[index - 1], ".".join(steps[index:]))
        inside = danger_of(".".join([module, *steps[:index]]), ".".join(steps[index:]))[0]
        if through.hostile and steps[index - 1] in MODULES_IN_NAMES:
            return through
        if inside not in ("", BY_DESIGN):
            return Standing(inside, "")
    if danger:
        return Standing(danger, "", spelled=False)
    if any(step in TELLING_NAMES or step in MODULES_IN_NAMES for step in steps):
        return Standing("dynamic-attribute", "")
    owner = _plain_standing(module, steps[0])
    if owner.danger:
        return owner
    open_names = not any(step.startswith("_") for step in steps)
    return Standing("", VALUE if owner.use == CLASS and open_names else "", spelled=False)


def _plain_standing(module: str, name: str) -> Standing:
    danger, listed = danger_of(module, name)
    use, spelled = safe_use(module, name)
    if danger and (listed or not spelled):
        return Standing(danger, "", listed)
    if spelled:
        return Standing("", use)
    if name in MODULES_IN_NAMES:
        return Standing("dynamic-attribute", "")
    if name.startswith("__") and name in TELLING_NAMES:
        return Standing("dynamic-attribute", "")
    return Standing("", use, spelled=False)


def standing_of(found: Global) -> Standing:
    """What is known of an imported value."""
    return standing(found.module or "", found.name or "")
