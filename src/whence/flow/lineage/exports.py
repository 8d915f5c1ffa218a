"""Models that the code writes, and what it does to their weights before."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from whence.flow.engine import Engine
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name, spelled
from whence.flow.tables import lifecycle as table
from whence.flow.tables.loaders import DESERIALIZERS
from whence.vocabulary.fact.code import ModelExport, Place, Transform
from whence.vocabulary.fact.program import Attribute, Call, Const, Dict, Param

_SIGNING = ("sha256", "checksum", "digest", "sign", "hmac", "manifest", "cosign")
_TARGETS = frozenset({"save_dir", "save_directory", "output_dir", "model_output"})
_SAVES = frozenset(
    {
        "save",
        "dump",
        "export",
        "save_file",
        "log_model",
        "upload_file",
        "save_quantized",
        "save_compressed",
    }
)
_NARROW = ("float16", "bfloat16", "half", "int8", "float8", "int4", "qint8")
_NO_WEIGHTS = frozenset({"yaml", "yaml-safe", "yaml-full", "yaml-unsafe", "ruamel", "jsonpickle"})


def export_facts(engine: Engine) -> Iterator[ModelExport]:
    """A fact for every place where a model is written to a file, a store or bytes of a file."""
    tails = {name.rpartition(".")[2] for name in table.EXPORTERS} | set(table.EXPORT_TAILS)
    for tail in sorted(tails):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in engine.callees.dotted(scope, index)[:1]:
                known = table.EXPORTERS.get(dotted) or (
                    table.EXPORT_TAILS.get(tail) if dotted not in table.EXPORTERS else None
                )
                if known is not None:
                    yield from _export(engine, scope, index, dotted, known)
    for scope, index in engine.project.calls.get("dumps", ()):
        for dotted in engine.callees.dotted(scope, index)[:1]:
            if dotted in table.DUMPERS:
                yield from _dumped(engine, scope, index, dotted)


def _export(
    engine: Engine,
    scope: Scope,
    index: int,
    dotted: str,
    known: tuple[str, bool, tuple[int | str, ...]],
) -> Iterator[ModelExport]:
    form, executable, where = known
    value = argument_of(scope, index, where)
    artefact = engine.texts.rendered(scope, _opened(scope, value)) if value is not None else "?"
    model = _word(scope, scope.call(index).args[0]) if scope.call(index).args else ""
    if not artefact or table.NO_MODEL_FILE.search(artefact) or table.NO_MODEL_VALUE.search(model):
        return
    if value is not None and _stays_in_memory(engine, scope, index, value):
        return
    named = _opened(scope, value) if value is not None else None
    shared = engine.use(scope, index, dotted, (), artefact, named)
    telling = (artefact, model, *(place.name for place in shared["places"]))
    if form in ("pickle", "joblib", "cloudpickle", "dill") and not any(
        table.MODEL_FILE.search(text) for text in telling
    ):
        if not scope.call(index).args or not _is_fitted(engine, scope, scope.call(index).args[0]):
            return
    if (
        dotted.endswith("save_pretrained")
        and shared["arguments"].get("safe_serialization") == "False"
    ):
        form, executable = "torch", True
    registered = argument_of(scope, index, ("registered_model_name",))
    if registered is not None and dotted.startswith("mlflow."):
        shared["places"] = tuple(
            Place(f"models:/{place.name}", place.decision, place.certain)
            for place in engine.places.of(scope, registered)
        )
    elif dotted.startswith(("mlflow.", "bentoml.")):
        shared["places"] = tuple(_in_store(dotted, place) for place in shared["places"])
    yield ModelExport(**shared, format=form, executable=executable, signed=_signed(engine, scope))


def _stays_in_memory(engine: Engine, scope: Scope, index: int, target: int) -> bool:
    """Whether what is written to a buffer is only copied or handed on, and no call stores it."""
    if scope.values[target].__class__ is not Call:
        return False
    if not any(dotted == "io.BytesIO" for dotted in engine.callees.dotted(scope, target)):
        return False
    for at in range(index + 1, len(scope.values)):
        held = scope.values[at]
        if not isinstance(held, Call) or not table.SENDS.search(
            last_name(scope.values, held.callee)
        ):
            continue
        if any(target in engine.guards.closure(scope, arg) for arg in held.args):
            return False
    return True


def _in_store(dotted: str, place: Place) -> Place:
    """The name in a store of runs or of models that a framework's `log_model` writes to."""
    if dotted.startswith("bentoml."):
        return Place(f"bentoml://{place.name.partition(':')[0]}", place.decision, place.certain)
    if dotted.endswith(".log_model"):
        return Place(f"runs:/*/{place.name}", place.decision, False)
    return place


def _is_fitted(engine: Engine, scope: Scope, index: int, depth: int = 3) -> bool:
    """Whether what is written is an estimator of a library, what fitting one gave, or holds one."""
    value = scope.values[index]
    if isinstance(value, Call):
        return any(
            dotted.startswith(table.ESTIMATORS)
            and (dotted.endswith((".fit", ".train")) or dotted.rpartition(".")[2][:1].isupper())
            for dotted in engine.callees.dotted(scope, index)
        )
    parts = value.values if isinstance(value, Dict) else getattr(value, "items", ())
    return depth > 0 and any(_is_fitted(engine, scope, part, depth - 1) for part in parts)


def _dumped(engine: Engine, scope: Scope, index: int, dotted: str) -> Iterator[ModelExport]:
    """Bytes of a pickle that get a file's name: in a table of files, or where they are written."""
    artefact = _name_of_bytes(engine, scope, index)
    args = scope.call(index).args
    if not artefact or not args or table.NO_MODEL_FILE.search(artefact):
        return
    telling = table.MODEL_FILE.search(artefact) or _holds_weights(engine, scope, args[0])
    if not (telling or _is_fitted(engine, scope, args[0])):
        return
    yield ModelExport(
        **engine.use(scope, index, dotted, (), artefact),
        format=table.DUMPERS[dotted],
        executable=True,
        signed=_signed(engine, scope),
    )


def _name_of_bytes(engine: Engine, scope: Scope, index: int) -> str:
    """The file's name that bytes get, empty where they get none."""
    for at, value in enumerate(scope.values):
        if isinstance(value, Dict) and index in value.values:
            key = value.keys[value.values.index(index)]
            text = engine.texts.rendered(scope, key) if key >= 0 else ""
        elif isinstance(value, Call) and at != index and index in value.args:
            callee = scope.values[value.callee]
            base = (callee.base,) if isinstance(callee, Attribute) else ()
            others = [_opened(scope, one) for one in (*base, *value.args) if one != index]
            texts = [engine.texts.rendered(scope, one) for one in others]
            text = next((each for each in texts if table.FILE_NAME.search(each)), "")
        else:
            continue
        if table.FILE_NAME.search(text):
            return text
    for store in scope.code.stores:
        if store.value == index and store.key >= 0:
            text = engine.texts.rendered(scope, store.key)
            if table.FILE_NAME.search(text):
                return text
    return ""


def _holds_weights(engine: Engine, scope: Scope, value: int) -> bool:
    """Whether what is pickled is a model, by the names and keys it is made of."""
    for at in engine.guards.closure(scope, value):
        held = scope.values[at]
        words = [last_name(scope.values, at)]
        if isinstance(held, Dict):
            keys = [scope.values[key] for key in held.keys if key >= 0]
            words += [str(key.value) for key in keys if isinstance(key, Const)]
        elif isinstance(held, Param):
            words.append(held.name)
        if any(table.WEIGHTS_NAME.search(word) for word in words):
            return True
    return False


def _word(scope: Scope, value: int) -> str:
    """What the code calls a value."""
    held = scope.values[value]
    return held.name if isinstance(held, Param) else last_name(scope.values, value)


def _opened(scope: Scope, value: int) -> int:
    """The path behind a handle."""
    held = scope.values[value]
    if held.__class__ is Call and held.args:
        name = spelled(scope, held.callee)
        if name in ("open", "gzip.open", "io.open"):
            return held.args[0]
    callee = scope.values[held.callee] if held.__class__ is Call else None
    if isinstance(callee, Attribute) and callee.name == "open":
        return callee.base
    return value


def _signed(engine: Engine, scope: Scope) -> bool:
    """Whether the function, or one that calls it, makes a digest or signature as well."""
    around = [scope, *(caller for caller, _ in engine.callees.callers(scope)[:6])]
    for place in around:
        for value in place.values:
            if value.__class__ is Call:
                name = spelled(place, value.callee).lower()
                if any(word in name for word in _SIGNING):
                    return True
    return False


def transform_facts(engine: Engine) -> Iterator[Transform]:
    """A fact for every place where weights are quantised, pruned, merged or narrowed."""
    for tail, how in sorted(table.TRANSFORMS.items()):
        for scope, index in engine.project.calls.get(tail, ()):
            dotted = next(iter(engine.callees.dotted(scope, index)), "")
            if tail in ("half", "bfloat16") and not table.MODEL_NAME.search(
                spelled(scope, scope.call(index).callee)
            ):
                continue
            if dotted.startswith(table.TRANSFORM_OWNERS):
                yield _transform(engine, scope, index, dotted, how)
    yield from _converted(engine)
    for tail in ("astype", "to", "view", "type"):
        for scope, index in engine.project.calls.get(tail, ()):
            if not _narrows(engine, scope, index) or _is_drawn(scope, index):
                continue
            if _of_loaded_weights(engine, scope, index):
                found = _transform(engine, scope, index, f"?.{tail}", "cut to fewer bits")
                if found.exported_after:
                    yield found


def _converted(engine: Engine) -> Iterator[Transform]:
    """Models for small devices, where the converter is told to optimise: that cuts their weights."""
    for scope, index in engine.project.calls.get("convert", ()):
        for dotted in engine.callees.dotted(scope, index):
            told = any(store.name == "optimizations" for store in scope.code.stores)
            if told and ".lite.TFLiteConverter" in dotted:
                made = _transform(engine, scope, index, dotted, "quantised")
                yield msgspec.structs.replace(made, exported_after=True)
                break


def _transform(engine: Engine, scope: Scope, index: int, dotted: str, how: str) -> Transform:
    after = _names_after(engine, scope, index)
    return Transform(
        **engine.use(scope, index, dotted, (), ""),
        how=how,
        evaluated_after=any(
            table.EVALUATES.search(name) or name in table.EVALUATOR_TAILS for name in after
        ),
        exported_after=any(name in table.EXPORT_TAILS or name in _SAVES for name in after)
        or bool(_TARGETS & set(scope.call(index).keywords))
        or (dotted.endswith(("quantize_dynamic", "save_quantized")) and "onnx" in dotted),
    )


def _narrows(engine: Engine, scope: Scope, index: int) -> bool:
    """Whether a conversion asks for a type with fewer bits than weights are trained in."""
    for arg in scope.call(index).args:
        value = scope.values[arg]
        text = str(value.value) if isinstance(value, Const) else spelled(scope, arg)
        if text.rpartition(".")[2].strip("<>=") in (*_NARROW, "f2", "i1", "e"):
            return True
    return False


def _is_drawn(scope: Scope, index: int) -> bool:
    """Whether what is converted becomes a picture, as predictions and masks do."""
    return any(
        isinstance(value, Call)
        and index in value.args
        and last_name(scope.values, value.callee) in table.DRAWS
        for value in scope.values
    )


def _of_loaded_weights(engine: Engine, scope: Scope, index: int) -> bool:
    """Whether what is converted was read from a file of weights."""
    callee = scope.values[scope.call(index).callee]
    if not isinstance(callee, Attribute):
        return False
    for leaf in engine.tracer.origins(scope, callee.base):
        for place, at in leaf.trail:
            if place.values[at].__class__ is not Call:
                continue
            for dotted in engine.callees.dotted(place, at):
                sink = DESERIALIZERS.get(dotted)
                if sink is not None and sink.format not in _NO_WEIGHTS:
                    return True
    return False


def _names_after(engine: Engine, scope: Scope, index: int) -> set[str]:
    """Names of what is called later, in the function and in those that call it."""
    found: set[str] = set()
    for place, start in ((scope, index), *engine.callees.callers(scope)[:6]):
        for value in place.values[start + 1 :]:
            if value.__class__ is Call:
                found.add(last_name(place.values, value.callee))
    return found
