"""Calls that load models and data sets by name from a hub → facts, with what fixes them.

Sources: the reference pages of the libraries; diffusers on community pipelines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whence.flow.checks.disabled import switched_off
from whence.flow.endings.hub_names import is_of_data, named
from whence.flow.endings.safety import judged
from whence.flow.endings.uses import shared_fields, value_of
from whence.flow.engine import Engine
from whence.flow.program.conditions import ancestors
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import unquoted
from whence.flow.tables.sink import Sink
from whence.flow.values.origins import unknown_marked
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import (
    DatasetLoad,
    Deserialization,
    ModelLoad,
    Origin,
    OriginKind,
)


def hub_load(engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink) -> Iterator[Fact]:
    value = value_of(scope, index, sink)
    shared = shared_fields(engine, scope, index, dotted, sink, False)
    if shared is None or value is None or is_of_data(engine, scope, index):
        return
    shared["origins"] = named(engine, scope, index, value)
    arguments = shared["arguments"]
    local = _is_local(shared["artefact"], shared["origins"])
    asked = _asked(sink.format, shared["artefact"], arguments, local)
    if asked is None:
        return
    name, revision, local = asked
    remote = unquoted(arguments.get("trust_remote_code", "False"))
    if remote == "True" and _is_set_in_vain(engine, scope, index, "trust_remote_code"):
        remote = "False"
    if sink.format.startswith("code-"):
        remote = "True"
    kind = DatasetLoad if sink.fact == "DatasetLoad" else ModelLoad
    yield kind(
        **{**shared, "artefact": name},
        revision=revision,
        local=local,
        remote_code=remote,
        decision=_decision(engine, scope, index, shared["origins"]),
    )
    yield from _pipeline_of_others(engine, scope, index, shared)
    if kind is ModelLoad and not local and arguments.get("use_safetensors") == "False":
        yield from _pickled_weights(engine, scope, index, {**shared, "artefact": name})


def _asked(
    form: str, name: str, arguments: dict[str, str], local: bool
) -> tuple[str, str, bool] | None:
    """The name, the revision and whether it is a folder; None for what is part of the library itself."""
    revision = unquoted(arguments.get("revision", ""))
    if form == "torch-hub":
        source = unquoted(arguments.get("source", ""))
        return name, name.partition(":")[2], source == "local" or local
    if form == "timm":
        if not name.startswith(("hf-hub:", "hf_hub:")):
            return None
        name, _, revision = name.partition(":")[2].partition("@")
    elif form == "tfhub":
        tail = name.rstrip("/").rpartition("/")[2]
        revision = tail if tail.isdigit() else ""
    elif form == "preset":
        return (name.removeprefix("hf://"), "", False) if name.startswith("hf://") else None
    of_library = (form == "open-clip" and not name.startswith("hf-hub:")) or (
        form == "code-of-owner" and (local or name.count("/") != 1)
    )
    return None if of_library else (name, revision, local)


def _is_set_in_vain(engine: Engine, scope: Scope, index: int, name: str) -> bool:
    """Whether an argument is put into a spread dictionary only where a setting, which is off, says so."""
    call = scope.call(index)
    if name in call.keywords:
        return False
    parts = {
        at for key, arg in call.named if key == "**" for at in engine.guards.closure(scope, arg)
    }
    stores = [
        store
        for store in scope.code.stores
        if store.base in parts
        and store.key >= 0
        and getattr(scope.values[store.key], "value", None) == name
    ]
    return bool(stores) and all(
        any(
            held.kind == "if" and held.value >= 0 and switched_off(engine, scope, held)
            for held in ancestors(scope, store.context)
        )
        for store in stores
    )


def _pickled_weights(
    engine: Engine, scope: Scope, index: int, shared: dict[str, Any]
) -> Iterator[Deserialization]:
    """Weights in torch's own format, where the torch that is installed can be led to run them.

    The libraries ask torch for weights only; transformers from 4.52 on refuses older torch.
    """
    installed = engine.versions.installed("torch")
    safe, why = judged("torch", {"weights_only": "True"}, installed, shared["callee"])
    refuses = shared["library"] == "transformers" and engine.versions.installed(
        "transformers"
    ).since("4.52")
    if not safe and not refuses:
        place = scope.place(index)
        origin = Origin(OriginKind.HUB, shared["artefact"], place, place)
        yield Deserialization(**{**shared, "origins": (origin,)}, format="torch", why=why)


def _pipeline_of_others(
    engine: Engine, scope: Scope, index: int, shared: dict[str, Any]
) -> Iterator[ModelLoad]:
    """The repository whose code `custom_pipeline` runs; a bare name is one of the library's own."""
    value = argument_of(scope, index, ("custom_pipeline",))
    name = engine.texts.rendered(scope, value) if value is not None else ""
    if value is None or name.count("/") != 1 or name.startswith((".", "/", "~")):
        return
    yield ModelLoad(
        **{
            **shared,
            "artefact": unknown_marked(name),
            "origins": named(engine, scope, index, value),
        },
        revision=unquoted(shared["arguments"].get("custom_revision", "")),
        remote_code="True",
        decision=scope.place(index),
    )


def _decision(engine: Engine, scope: Scope, index: int, origins: tuple[Origin, ...]) -> Span:
    for origin in origins:
        if origin.decision.path:
            return origin.decision
    return scope.place(index)


def _is_local(name: str, origins: tuple[Origin, ...]) -> bool:
    """Whether a model's name is a directory: by its form, or because the code made the files."""
    if name.startswith(("./", "../", "/", "~")) or (name.count("/") > 1 and "://" not in name):
        return True
    return bool(origins) and all(
        origin.kind in (OriginKind.STORE, OriginKind.NETWORK, OriginKind.FILE_NAME)
        for origin in origins
    )
