"""What trainers, callbacks and runtimes read and write by themselves, by the path they are told.

Facts: the reference pages of Lightning (`ModelCheckpoint`), Keras (`ModelCheckpoint`, `export`,
`save`), transformers (`TrainingArguments.output_dir`, `save_model`) and the SageMaker toolkits
(`model_fn`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from whence.flow.program.leaf import Site, argument_of
from whence.flow.program.makers import made_by
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables import artefacts as table
from whence.flow.tables.lifecycle import MODEL_NAME
from whence.flow.values.listings import GAP, templated
from whence.vocabulary.fact.code import Place
from whence.vocabulary.fact.lineage import ArtefactUse
from whence.vocabulary.fact.program import Attribute, Const, Param

if TYPE_CHECKING:
    from whence.flow.engine import Engine
    from whence.flow.values.places import Places

Told = TypeVar("Told")
_OF_FOLDERS = frozenset({"directory", "root", "path"})
_SEPARATED = re.compile(r"[/.*]")
_KEPT = frozenset({"best_model_path", "last_model_path"})
_NO_MODEL = ("numpy", "PIL", "matplotlib", "cv2", "pandas", "scipy", "plotly", "soundfile", "torch.save", "imageio", "openpyxl", "docx")  # fmt: skip


def asked(places: Places, scope: Scope, value: Attribute, depth: int) -> Iterator[Place] | None:
    """The place of an attribute that a trainer or an estimator fills in."""
    if value.name == "model_data" and "sagemaker" in scope.module.imports:
        return iter([Place("/opt/ml/model", scope.place(value.base), False)])
    if value.name in _KEPT:
        return _kept(places, scope, value.base)
    if value.name == "output_dir" and depth > 1:
        sites = [s for s in made_by(places.callees, scope, value.base) if _is_arguments(*s)]
        found = [p for s in sites for p in _argument(places, s, ("output_dir", 0))]
        return iter(found) if found else None
    return None


def handed(scope: Scope, name: str, index: int) -> Iterator[Place] | None:
    """The folder that SageMaker's server gives to `model_fn`."""
    if scope.code.name == "model_fn" and name == "model_dir":
        return iter([Place("/opt/ml/model", scope.place(index))])
    return None


def _kept(places: Places, scope: Scope, index: int) -> Iterator[Place]:
    """What a checkpoint callback keeps: the one asked, or the only one of the module."""
    sites = [site for site in made_by(places.callees, scope, index) if _is_callback(*site)]
    if not sites:
        known = places.callees.project.calls.get("ModelCheckpoint", ())
        sites = [site for site in known if site[0].module is scope.module]
    for site in sites[:2]:
        yield from checkpoints(places, site)


def _is_callback(scope: Scope, index: int) -> bool:
    return last_name(scope.values, scope.call(index).callee) == "ModelCheckpoint"


def _is_arguments(scope: Scope, index: int) -> bool:
    name = last_name(scope.values, scope.call(index).callee)
    return name.endswith(("TrainingArguments", "Config"))


def _argument(places: Places, site: Site, wanted: tuple[int | str, ...]) -> list[Place]:
    value = argument_of(*site, wanted)
    return places.held(site[0], value, 8) if value is not None else []


def checkpoints(places: Places, site: Site) -> Iterator[Place]:
    """The files that a checkpoint callback of Lightning or Keras writes, as a pattern."""
    for place in _argument(places, site, ("filepath",)) or _keras(places, site):
        name = templated(place.name)
        yield Place(name, place.decision, place.certain and name == place.name)
    names = _argument(places, site, ("filename",))
    ending = f"{names[0].name}.ckpt" if names else f"{GAP}.ckpt"
    for folder in _argument(places, site, ("dirpath",)):
        name = templated(posixpath.join(folder.name, ending))
        yield Place(name or f"{folder.name}/*.ckpt", folder.decision, False)


def _keras(places: Places, site: Site) -> list[Place]:
    dotted = places.callees.dotted(*site)
    keras = any("keras" in name for name in dotted)
    return _argument(places, site, (0,)) if keras else []


def output_facts(engine: Engine) -> Iterator[ArtefactUse]:
    """A fact for every model or file of data that a library reads or writes by itself."""
    calls = engine.project.calls
    for site in calls.get("ModelCheckpoint", ()):
        yield from _fact(engine, site, list(checkpoints(engine.places, site)), "writes", True)
    for site, (model, where) in _known(engine, table.READS):
        yield from _told(engine, site, where, "reads", model)
    for site, where in _known(engine, table.WRITES):
        yield from _told(engine, site, where, "writes", True)
    for tail, where in table.READ_TAILS.items():
        for site in calls.get(tail, ()):
            yield from _told(engine, site, where, "reads", True) if _is_runtime(site) else ()
    for tail, where in table.WRITE_TAILS.items():
        for site in calls.get(tail, ()):
            yield from _method(engine, site, where)
    yield from _of_runs(engine)
    yield from _opened(engine)
    for site in calls.get("read_json", ()):
        if argument_of(*site, ("lines",)) is not None:
            yield from _told(engine, site, ("path_or_buf", 0), "reads", False)


def _known(engine: Engine, names: Mapping[str, Told]) -> Iterator[tuple[Site, Told]]:
    """The calls of what a table names, with what it says of them."""
    for tail in sorted({name.rpartition(".")[2] for name in names}):
        for site in engine.project.calls.get(tail, ()):
            found = next((d for d in engine.callees.dotted(*site) if d in names), "")
            if found:
                yield site, names[found]


def _told(
    engine: Engine, site: Site, where: table.ARGUMENT, does: str, model: bool
) -> Iterator[ArtefactUse]:
    value = argument_of(*site, where)
    found = engine.places.of(site[0], value) if value is not None else ()
    bare = model or not _OF_FOLDERS.isdisjoint(where)
    told = [
        place
        for place in found
        if (model or not table.NO_ROWS.search(place.name))
        and (bare or _SEPARATED.search(place.name))
    ]
    yield from _fact(engine, site, told, does, model)


def _fact(
    engine: Engine, site: Site, found: list[Place], does: str, model: bool
) -> Iterator[ArtefactUse]:
    kept = tuple(place for place in found if place.name)
    if kept:
        dotted = (engine.callees.dotted(*site) or ("?",))[0]
        shared = engine.use(*site, dotted, (), "")
        shared["places"] = kept
        yield ArtefactUse(**shared, does=does, model=model)


def _is_runtime(site: Site) -> bool:
    return not table.RUNTIMES.isdisjoint(site[0].module.imports)


def _method(engine: Engine, site: Site, where: table.ARGUMENT) -> Iterator[ArtefactUse]:
    """`model.save(path)` and its kin: by the name of the receiver, or of the file."""
    scope, index = site
    callee = scope.values[scope.call(index).callee]
    dotted = engine.callees.dotted(scope, index)
    if (
        not isinstance(callee, Attribute)
        or not _is_runtime(site)
        or any(name.startswith(_NO_MODEL) or name in table.WRITES for name in dotted)
        or any(target.kind == "function" for target in engine.callees.of_call(scope, index))
    ):
        return
    value = argument_of(scope, index, where)
    found = engine.places.of(scope, value) if value is not None else ()
    base = scope.values[callee.base]
    named = base.name if isinstance(base, Param) else _variable(scope, callee.base)
    known = any(name.partition(".")[0] in table.RUNTIMES for name in dotted)
    if known or MODEL_NAME.search(named) or any(table.MODEL_PATH.search(p.name) for p in found):
        yield from _fact(engine, site, list(found), "writes", True)


def _variable(scope: Scope, index: int) -> str:
    """What the code calls a value: the variable that holds it, or the last name of its making."""
    for name, held in scope.code.names.items():
        if held == index:
            return name
    return last_name(scope.values, index).lower()


def _of_runs(engine: Engine) -> Iterator[ArtefactUse]:
    """The checkpoints of a trainer of transformers, and the model that it saves without a path."""
    calls = engine.project.calls
    for tail in sorted(table.OUT_OF_RUNS):
        for site in calls.get(tail, ()):
            found = output_folder(engine, site)
            written = [Place(f"{p.name}/checkpoint-*", p.decision, False) for p in found]
            yield from _fact(engine, site, written, "writes", True)
    for tail in ("save_model", "save_state"):
        for scope, index in calls.get(tail, ()):
            call = scope.call(index)
            callee = scope.values[call.callee]
            if call.args or not isinstance(callee, Attribute):
                continue
            for site in made_by(engine.callees, scope, callee.base):
                found = output_folder(engine, site)
                yield from _fact(engine, (scope, index), found, "writes", True)


def output_folder(engine: Engine, site: Site) -> list[Place]:
    """Where a trainer of transformers writes: the `output_dir` of its arguments."""
    if last_name(site[0].values, site[0].call(site[1]).callee) not in table.OUT_OF_RUNS:
        return []
    given = argument_of(*site, ("args", "training_args", 1))
    if given is None:
        return []
    made = made_by(engine.callees, site[0], given)
    found = [p for made_at in made for p in _argument(engine.places, made_at, ("output_dir", 0))]
    return [place for place in found if templated(place.name) == place.name and place.name]


def _opened(engine: Engine) -> Iterator[ArtefactUse]:
    """Files of data that code opens and reads line by line."""
    for tail in ("open", "read_text", "read_bytes"):
        for site in engine.project.calls.get(tail, ()):
            value = _path_read(engine, site, tail)
            found = engine.places.of(site[0], value) if value is not None else ()
            kept = [place for place in found if table.DATA_FILE.search(place.name)]
            yield from _fact(engine, site, kept, "reads", False)


def _path_read(engine: Engine, site: Site, tail: str) -> int | None:
    """The path that a call opens for reading."""
    scope, index = site
    callee = scope.values[scope.call(index).callee]
    dotted = engine.callees.dotted(scope, index)
    method = isinstance(callee, Attribute) and not {"io.open", "gzip.open"} & set(dotted)
    if not method and not {"open", "io.open", "gzip.open"} & set(dotted):
        return None
    mode = argument_of(scope, index, ("mode", 0 if method else 1)) if tail == "open" else None
    held = scope.values[mode] if mode is not None else None
    if mode is not None and not (isinstance(held, Const) and str(held.value).startswith("r")):
        return None
    if not method:
        return argument_of(scope, index, ("file", "filename", 0))
    return callee.base if isinstance(callee, Attribute) else None
