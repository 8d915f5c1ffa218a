"""Flaws and harmless twins, one module each, found by walking this folder.

`plants/<category>/<section>/<plant_id>.py` holds one function named `apply` under `@plant`. Modules
without it are material that plants of the section share.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from whence.challenge.plant import Plant


@cache
def every_plant() -> dict[str, Plant]:
    """All plants by id, sorted."""
    found: dict[str, Plant] = {}
    for module in pkgutil.walk_packages(__path__, __name__ + "."):
        plant = getattr(importlib.import_module(module.name), "apply", None)
        if isinstance(plant, Plant):
            if plant.id in found:
                raise ValueError(f"two plants are called {plant.id}: {module.name} and another")
            found[plant.id] = plant
    return dict(sorted(found.items()))
