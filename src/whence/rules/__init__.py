"""Step 4, check: one module per rule, found by walking this folder; the path is the id.

`rules/<category>/<section>/<rule_id>.py` holds one function named `check` under `@rule`.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Collection
from functools import cache

from whence.config import ConfigurationError
from whence.rules.checking import check
from whence.vocabulary.rule import Rule

__all__ = ["check", "every_rule", "rules_chosen"]


@cache
def every_rule() -> tuple[Rule, ...]:
    """All rules, sorted by id."""
    found: dict[str, Rule] = {}
    for module in pkgutil.walk_packages(__path__, __name__ + "."):
        rule = getattr(importlib.import_module(module.name), "check", None)
        if isinstance(rule, Rule):
            found[rule.id] = rule
    return tuple(found[rule_id] for rule_id in sorted(found))


def rules_chosen(only: Collection[str] = (), skip: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules that a run asks for: `only` these, or all, without those in `skip`.

    Raises ConfigurationError for an id that no rule has.
    """
    known = {rule.id for rule in every_rule()}
    for wanted in (*only, *skip):
        if wanted not in known:
            near = difflib.get_close_matches(wanted, known, 1)
            hint = f": did you mean {near[0]}?" if near else "; `whence explain` lists all rules"
            raise ConfigurationError(f"there is no rule {wanted}{hint}")
    return tuple(
        rule for rule in every_rule() if (not only or rule.id in only) and rule.id not in skip
    )
