"""What code puts into stores of runs and registries by name, and takes out to a folder.

Facts: as for the names (`run_stores`); the reference pages of Airflow's hooks.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.lineage.run_stores import artefact_names, short
from whence.flow.program.leaf import Site, argument_of
from whence.flow.program.project import Scope
from whence.flow.tables.lifecycle import EXPORTERS, MODEL_NAME
from whence.flow.tables.loaders import DESERIALIZERS
from whence.vocabulary.fact.code import FileTransfer, Place
from whence.vocabulary.fact.lineage import ArtefactUse
from whence.vocabulary.fact.program import Attribute, Call

_RUN = frozenset({"latest_run", "latest_successful_run", "data"})


def store_facts(engine: Engine) -> Iterator[FileTransfer | ArtefactUse]:
    """A fact for everything that is put under a name of a store, or taken from it."""
    yield from _artefacts(engine)
    yield from _registered(engine)
    yield from _bento(engine)
    yield from _logged(engine)
    yield from _kept(engine)
    yield from _flows(engine)
    for site in engine.project.calls.get("load_file", ()):
        if argument_of(*site, ("bucket_name",)) is not None:
            yield from _hook(engine, site)


def _places(engine: Engine, site: Site, *where: int | str) -> tuple[Place, ...]:
    value = argument_of(*site, where)
    return engine.places.of(site[0], value) if value is not None else ()


def _receiver(scope: Scope, index: int) -> int | None:
    callee = scope.values[scope.call(index).callee]
    return callee.base if isinstance(callee, Attribute) else None


def _artefacts(engine: Engine) -> Iterator[FileTransfer]:
    """Weights & Biases: files and folders that an artefact takes in, and that it is unpacked to."""
    calls = engine.project.calls
    for tail in ("add_file", "add_dir", "add_reference"):
        for site in calls.get(tail, ()):
            base = _receiver(*site)
            if base is not None and "wandb" in site[0].module.imports:
                yield from _added(engine, site, base, tail)
    yield from _logged_to_wandb(engine)
    for site in calls.get("download", ()):
        base = _receiver(*site)
        if base is not None and "wandb" in site[0].module.imports:
            yield from _unpacked(engine, site, base)


def _unpacked(engine: Engine, site: Site, base: int) -> Iterator[FileTransfer]:
    """The folder that an artefact is downloaded to, where the call names one."""
    for target in _places(engine, site, "root"):
        for artefact in artefact_names(engine.places, site[0], base):
            span = site[0].place(site[1])
            yield FileTransfer(span, "wandb download", artefact.name, target.name, False)


def _logged_to_wandb(engine: Engine) -> Iterator[FileTransfer]:
    for tail in ("log_artifact", "log_model", "link_model"):
        for site in engine.project.calls.get(tail, ()):
            if not any(d.startswith("wandb.") for d in engine.callees.dotted(*site)):
                continue
            for told in _places(engine, site, "registered_model_name", "name"):
                for source in _places(engine, site, "artifact_or_path", "path", 0):
                    yield _moved(site, f"wandb.{tail}", source, f"wandb://{short(told.name)}")


def _added(engine: Engine, site: Site, base: int, tail: str) -> Iterator[FileTransfer]:
    """What an artefact takes in under its name: a file by its own name, a folder as it is."""
    named = _places(engine, site, "name", 1)
    for artefact in artefact_names(engine.places, site[0], base):
        for source in _places(engine, site, "local_path", "uri", 0):
            inside = named[0].name if named else ""
            if tail == "add_file":
                inside = inside or posixpath.basename(source.name)
            target = posixpath.join(artefact.name, inside) if inside else artefact.name
            yield _moved(site, f"wandb.Artifact.{tail}", source, target, artefact.certain)


def _moved(site: Site, by: str, source: Place, target: str, certain: bool = True) -> FileTransfer:
    scope, index = site
    return FileTransfer(scope.place(index), by, source.name, target, source.certain and certain)


def _registered(engine: Engine) -> Iterator[FileTransfer]:
    """Registries of models: MLflow's versions, Azure's models."""
    calls = engine.project.calls
    for site in calls.get("create_model_version", ()):
        for name in _places(engine, site, "name", 0):
            for source in _places(engine, site, "source", 1):
                yield _moved(site, "create_model_version", source, f"models:/{name.name}")
    for site in calls.get("Model", ()):
        if any(d.startswith("azure.ai.ml") for d in engine.callees.dotted(*site)):
            yield from _of_azure(engine, site, "name", "path")
    for site in calls.get("register", ()):
        if any(d.startswith("azureml.core") for d in engine.callees.dotted(*site)):
            yield from _of_azure(engine, site, "model_name", "model_path")


def _of_azure(engine: Engine, site: Site, name: str, path: str) -> Iterator[FileTransfer]:
    for held in _places(engine, site, name):
        for source in _places(engine, site, path):
            yield _moved(site, "a registry of models", source, f"azureml://models/{held.name}")


def _use(engine: Engine, site: Site, does: str, place: Place) -> ArtefactUse:
    shared = engine.use(*site, (engine.callees.dotted(*site) or ("?",))[0], (), "")
    shared["places"] = (place,)
    return ArtefactUse(**shared, does=does, model=True, by="name")


def _logged(engine: Engine) -> Iterator[ArtefactUse]:
    """Models that a run of MLflow logs or loads, whatever the framework."""
    for tail, does in (("log_model", "writes"), ("load_model", "reads")):
        for site in engine.project.calls.get(tail, ()):
            dotted = [d for d in engine.callees.dotted(*site) if d.startswith("mlflow.")]
            if not dotted or dotted[0] in EXPORTERS or dotted[0] in DESERIALIZERS:
                continue
            if does == "reads":
                for place in _places(engine, site, "model_uri", 0):
                    yield _use(engine, site, does, place)
                continue
            names = [Place(f"models:/{p.name}", p.decision, p.certain)
                     for p in _places(engine, site, "registered_model_name")]  # fmt: skip
            names += [Place(f"runs:/*/{p.name}", p.decision, False)
                      for p in _places(engine, site, "artifact_path", "name", 1)]  # fmt: skip
            for place in names:
                yield _use(engine, site, does, place)


def _kept(engine: Engine) -> Iterator[ArtefactUse]:
    """ZenML: what is kept under a name, and taken by it."""
    does = {"save_artifact": "writes", "load_artifact": "reads", "get_artifact_version": "reads"}
    for tail, way in does.items():
        for site in engine.project.calls.get(tail, ()):
            if "zenml" in site[0].module.imports:
                where: tuple[int | str, ...] = ("name", 1) if way == "writes" else ("name_or_id", "name_id_or_prefix", 0)  # fmt: skip
                for place in _places(engine, site, *where):
                    name = f"zenml://{place.name}"
                    yield _use(engine, site, way, Place(name, place.decision, False))


def _bento(engine: Engine) -> Iterator[ArtefactUse]:
    for site in engine.project.calls.get("save_model", ()):
        if any(d.startswith("bentoml.") for d in engine.callees.dotted(*site)):
            for place in _places(engine, site, "name", 0):
                name = f"bentoml://{short(place.name)}"
                yield _use(engine, site, "writes", Place(name, place.decision, place.certain))
    for tail in ("get", "load_model", "load_runner", "load", "BentoModel"):
        for site in engine.project.calls.get(tail, ()):
            if not any(d.startswith("bentoml.") for d in engine.callees.dotted(*site)):
                continue
            for place in _places(engine, site, "tag", "bento_model", 0):
                if place.name.startswith("bentoml://") or "/" not in place.name:
                    name = f"bentoml://{short(place.name)}"
                    yield _use(engine, site, "reads", Place(name, place.decision, False))


def _flows(engine: Engine) -> Iterator[ArtefactUse]:
    """Metaflow: what the steps of a flow keep under `self`, and what others ask its runs for."""
    asked: set[tuple[str, str]] = set()
    for site in engine.project.calls.get("Flow", ()):
        scope, index = site
        if "metaflow.Flow" not in engine.callees.dotted(scope, index):
            continue
        for flow in _places(engine, site, 0):
            for name in sorted(_attributes(scope, index)):
                asked.add((flow.name, name))
                place = Place(f"metaflow://{flow.name}/{name}", flow.decision, False)
                yield _use(engine, site, "reads", place)
    for klass in engine.project.classes:
        if not any(base == "metaflow.FlowSpec" for base in engine.project.ancestry(klass)):
            continue
        flow_name = klass.code.name.rpartition(".")[2]
        for method in klass.children.values():
            for store in method.code.stores:
                told = (flow_name, store.name) in asked or MODEL_NAME.search(store.name)
                made = method.values[store.value]
                if store.name and told and isinstance(made, Call):
                    name = f"metaflow://{flow_name}/{store.name}"
                    place = Place(name, method.place(store.value), False)
                    yield _use(engine, (method, store.value), "writes", place)


def _attributes(scope: Scope, call: int) -> set[str]:
    """The attributes that are taken of the data of a run that starts from a call."""
    behind = {call}
    found: set[str] = set()
    data: set[int] = set()
    for index, value in enumerate(scope.values):
        if isinstance(value, Attribute) and value.base in data:
            found.add(value.name)
        elif isinstance(value, Attribute) and value.base in behind and value.name in _RUN:
            (data if value.name == "data" else behind).add(index)
    return found


def _hook(engine: Engine, site: Site) -> Iterator[FileTransfer]:
    """Airflow's hook of a store: `load_file(filename, key, bucket_name)`."""
    for bucket in _places(engine, site, "bucket_name"):
        for key in _places(engine, site, "key", 1):
            for source in _places(engine, site, "filename", 0):
                yield _moved(site, "S3Hook.load_file", source, f"s3://{bucket.name}/{key.name}")
