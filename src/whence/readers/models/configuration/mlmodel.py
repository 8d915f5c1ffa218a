"""MLflow's `MLmodel`: which module loads the model, and code that comes with it.

Facts: MLflow's model format. `python_function.loader_module` is imported, and `code` is put on the
module path first, by every `load_model`; nothing asks.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source
from whence.readers.data.structured import line_of, yaml_value
from whence.readers.models.named_imports import verdict_on, yaml_objects
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData, ModelOrigin

VERSION = 2


def claims(path: str, head: bytes) -> bool:
    """By name."""
    return posixpath.basename(path) == "MLmodel"


def read(source: Source) -> Iterator[ConfiguredCode | ExternalData | ModelOrigin | Unread]:
    """The loader, bundled code, and the run that made the model."""
    yield from yaml_objects(source)
    document = yaml_value(source.text)
    if not isinstance(document, dict):
        return
    run = document.get("run_id")
    if isinstance(run, str) and run:
        folder = posixpath.dirname(source.path) or "."
        yield ModelOrigin(source.span(line_of(source.text, run)), folder, f"run {run}", "manifest")
    flavors = document.get("flavors")
    for name, flavor in flavors.items() if isinstance(flavors, dict) else ():
        if isinstance(flavor, dict):
            yield from _flavor(source, str(name), flavor)


def _flavor(
    source: Source, name: str, flavor: dict[str, Any]
) -> Iterator[ConfiguredCode | ExternalData]:
    loader = flavor.get("loader_module")
    if isinstance(loader, str):
        verdict = verdict_on(loader, ("mlflow",))
        reason = "every load of the model imports this module and calls it"
        span = source.span(line_of(source.text, "loader_module"))
        setting = f"flavors.{name}.loader_module"
        yield ConfiguredCode(
            span, "mlflow-loader", setting, loader[:200], "load", reason, verdict=verdict
        )
    for key in ("code", "model_code_path", "python_model"):
        value = flavor.get(key)
        if not isinstance(value, str) or (key == "python_model" and not value.endswith(".py")):
            continue
        span = source.span(line_of(source.text, f"{key}:"))
        if value.startswith("/") or ".." in value.split("/"):
            escapes = "absolute path" if value.startswith("/") else "parent directory"
            yield ExternalData(span, value[:200], escapes)
        reason = "Python code that comes with the model is imported by every load"
        yield ConfiguredCode(
            span, "mlflow-code", f"flavors.{name}.{key}", value[:200], "load", reason
        )
