"""Training jobs and deployments that code asks a platform for: which program sees what, and where.

Facts: the reference of the SageMaker Python SDK (`Estimator.fit`, `Model`), of the Vertex AI SDK
(`CustomTrainingJob.run`, `Model.upload`), and the contracts of their containers.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.lineage.mounts import Programs
from whence.flow.program.leaf import Site, argument_of
from whence.flow.program.makers import made_by
from whence.flow.program.spelling import last_name
from whence.flow.tables.artefacts import CHANNELS
from whence.vocabulary.fact.code import Place
from whence.vocabulary.fact.lineage import ArtefactUse, MountedPlace
from whence.vocabulary.fact.program import Attribute, Const, Dict

_MODEL = "/opt/ml/model"
_VERTEX = ("AIP_TRAINING_DATA_URI", "AIP_VALIDATION_DATA_URI", "AIP_TEST_DATA_URI")


def platform_facts(engine: Engine, programs: Programs) -> Iterator[MountedPlace | ArtefactUse]:
    """The places that jobs of SageMaker and Vertex AI give their programs."""
    calls = engine.project.calls
    if any("sagemaker" in module.imports for module in engine.project.modules):
        yield from _on_sagemaker(engine, programs)
    for tail in ("run", "submit"):
        for site in calls.get(tail, ()):
            for made in _receivers(engine, site):
                if _called(made).endswith("TrainingJob"):
                    yield from _vertex(engine, site, made, programs)
    for site in calls.get("upload", ()):
        found = _places(engine, site, "artifact_uri")
        if found:
            shared = engine.use(*site, "Model.upload", (), "")
            shared["places"] = found
            yield ArtefactUse(**shared, does="serves", model=True)


def _on_sagemaker(engine: Engine, programs: Programs) -> Iterator[MountedPlace]:
    calls = engine.project.calls
    models = sorted(tail for tail in calls if tail.endswith("Model"))
    for tail in ("fit", *models):
        for site in calls.get(tail, ()):
            if "sagemaker" not in site[0].module.imports:
                continue
            if tail != "fit":
                yield from _deployed(engine, site, programs)
                continue
            for made in _receivers(engine, site):
                yield from _estimated(engine, site, made, programs)


def _called(site: Site) -> str:
    return last_name(site[0].values, site[0].call(site[1]).callee)


def _places(engine: Engine, site: Site, *where: int | str) -> tuple[Place, ...]:
    value = argument_of(*site, where)
    return engine.places.of(site[0], value) if value is not None else ()


def _receivers(engine: Engine, site: Site) -> Iterator[Site]:
    callee = site[0].values[site[0].call(site[1]).callee]
    if isinstance(callee, Attribute):
        yield from made_by(engine.callees, site[0], callee.base)


def _program(engine: Engine, site: Site, programs: Programs) -> tuple[str, ...]:
    """The files behind `entry_point`, `script_path` or `python_module_name`."""
    folders = [place.name for place in _places(engine, site, "source_dir", "source_code")] or [""]
    for entry in _places(engine, site, "entry_point", "script_path"):
        here = posixpath.dirname(site[0].module.path)
        for folder in folders:
            for start in ("", here):
                path = posixpath.normpath(posixpath.join(start, folder, entry.name))
                if path in programs.by_path:
                    return tuple(sorted(programs.imported(path)))
    for module in _places(engine, site, "python_module_name"):
        ending = module.name.replace(".", "/") + ".py"
        found = sorted(path for path in programs.by_path if f"/{path}".endswith(f"/{ending}"))
        if found:
            return tuple(sorted(programs.imported(found[0])))
    return ()


def _kept(engine: Engine, site: Site, programs: tuple[str, ...]) -> str:
    """Where the model of an estimator lies: its output path, or a name of its own."""
    told = _places(engine, site, "output_path")
    if len(told) == 1:
        return told[0].name
    entry = _places(engine, site, "entry_point", "image_uri")
    return f"sagemaker://{entry[0].name}/model" if programs and entry else ""


def _estimated(
    engine: Engine, site: Site, made: Site, programs: Programs
) -> Iterator[MountedPlace]:
    run = _program(engine, made, programs)
    span = made[0].place(made[1])
    kept = _kept(engine, made, run)
    if kept and run:
        yield MountedPlace(span, _MODEL, kept, "the output of the estimator", run)
    given = argument_of(*site, ("inputs", 0))
    for channel, place in _channels(engine, site, given) if given is not None and run else ():
        by = f"the channel {channel}"
        yield MountedPlace(span, f"{CHANNELS}/{channel}", place.name, by, run, place.certain)


def _channels(engine: Engine, site: Site, given: int) -> Iterator[tuple[str, Place]]:
    scope = site[0]
    value = scope.values[given]
    if isinstance(value, Dict):
        for key, held in zip(value.keys, value.values, strict=True):
            name = scope.values[key] if key >= 0 else None
            if isinstance(name, Const):
                for place in _input(engine, (scope, held)):
                    yield str(name.value), place
    else:
        yield from (("training", place) for place in _input(engine, (scope, given)))


def _input(engine: Engine, site: Site) -> Iterator[Place]:
    """The URI of a channel: itself, or what `TrainingInput` wraps."""
    scope, index = site
    for made in made_by(engine.callees, scope, index):
        if _called(made) in ("TrainingInput", "FileSystemInput", "s3_input"):
            yield from _places(engine, made, "s3_data", 0)
            return
    yield from engine.places.of(scope, index)


def _deployed(engine: Engine, site: Site, programs: Programs) -> Iterator[MountedPlace]:
    """The program that serves a model: `Model(model_data=..., entry_point=...)`."""
    data = argument_of(*site, ("model_data",))
    run = _program(engine, site, programs)
    if data is None or not run:
        return
    scope = site[0]
    value = scope.values[data]
    kept = [place.name for place in engine.places.of(scope, data) if place.name != _MODEL]
    if isinstance(value, Attribute) and value.name == "model_data":
        for made in made_by(engine.callees, scope, value.base):
            kept = [_kept(engine, made, _program(engine, made, programs))]
    for name in kept[:1]:
        if name:
            yield MountedPlace(scope.place(site[1]), _MODEL, name, "the model's data", run)


def _vertex(engine: Engine, site: Site, made: Site, programs: Programs) -> Iterator[MountedPlace]:
    run = _program(engine, made, programs)
    span = made[0].place(made[1])
    for folder in _places(engine, site, "base_output_dir") if run else ():
        outside = posixpath.join(folder.name, "model")
        yield MountedPlace(span, "$AIP_MODEL_DIR", outside, "the output of the job", run)
    data = argument_of(*site, ("dataset", 0))
    for source in made_by(engine.callees, site[0], data) if data is not None and run else ():
        for place in _places(engine, source, "gcs_source"):
            for name in _VERTEX:
                yield MountedPlace(span, f"${name}", place.name, "the data set of the job", run)
