"""Names in the stores of runs, registries and pipelines: what is put under a name is what it gives.

Facts: the reference pages of Weights & Biases, MLflow, BentoML, Metaflow, Kubeflow Pipelines and
Azure Machine Learning. Each store is written as a scheme: `wandb://name`, `bentoml://name`,
`metaflow://flow/attribute`, `kfp://component/output`, `azureml://models/name`, `runs:/*/name`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.leaf import Site, argument_of
from whence.flow.program.makers import made_by
from whence.flow.program.members import given_to
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.code import Place
from whence.vocabulary.fact.program import Attribute, Call, Const, Item, Param

if TYPE_CHECKING:
    from whence.flow.values.places import Places

_ASKED = frozenset({"use_artifact", "artifact", "use_model"})
_FETCHED = frozenset({"download", "get_dir", "checkout", "get_path", "get_entry", "file"})
_KFP = ("Output", "OutputPath", "Input", "InputPath")
_PATHS = frozenset({"path", "uri"})


def short(name: str) -> str:
    """A name in a store without its owner, project, version and alias."""
    return name.rstrip("/").rpartition("/")[2].partition(":")[0].partition("@")[0]


def called(places: Places, scope: Scope, index: int, value: Call) -> Iterator[Place] | None:
    """The places of what a call takes out of a store; None where it asks no store."""
    tail = last_name(scope.values, value.callee)
    callee = scope.values[value.callee]
    if tail in _FETCHED and isinstance(callee, Attribute) and "wandb" in scope.module.imports:
        return _fetched(places, scope, index, callee, tail)
    dotted = places.callees.dotted(scope, index)
    for name in dotted:
        if name.startswith("bentoml.") and tail in ("get", "load_model", "load", "load_runner"):
            return _named(
                places, scope, argument_of(scope, index, ("tag", "bento_model", 0)), "bentoml://"
            )
        if name in ("mlflow.artifacts.download_artifacts", "mlflow.MlflowClient().download_artifacts",
                    "mlflow.tracking.MlflowClient().download_artifacts"):  # fmt: skip
            return _downloaded(places, scope, index)
        if name in ("azureml.core.Model.get_model_path", "azureml.core.model.Model.get_model_path"):
            return _named(
                places, scope, argument_of(scope, index, ("model_name", 0)), "azureml://models/"
            )
        if name in ("metaflow.Parameter", "metaflow.IncludeFile"):
            default = argument_of(scope, index, ("default",))
            return iter(places.held(scope, default, 4) if default is not None else ())
    return None


def asked(places: Places, scope: Scope, value: Attribute) -> Iterator[Place] | None:
    """The places of an attribute that a store or a pipeline fills in."""
    base = scope.values[value.base]
    if value.name in _PATHS and isinstance(base, Param):
        return _of_component(places, scope, base.name)
    if value.name == "model_uri" and "mlflow" in scope.module.imports:
        return _logged(places, scope, value.base)
    return None


def given(places: Places, scope: Scope, name: str) -> Iterator[Place] | None:
    """The place of a parameter that is itself the path of an output or input of a component."""
    parameter = scope.parameters.get(name)
    tail = parameter.annotation.rpartition(".")[2] if parameter is not None else ""
    return _of_component(places, scope, name) if tail in ("OutputPath", "InputPath") else None


def bound(places: Places, scope: Scope, name: str) -> list[Site]:
    """What a deployment of Ray Serve is bound to: `Deployment.bind(...)` makes the instance."""
    klass = scope.klass
    served = klass is not None and any(d.startswith("ray.serve.") for d in klass.decorator_names)
    if klass is None or not served or scope.code.name.rpartition(".")[2] != "__init__":
        return []
    found: list[Site] = []
    for caller, index in places.callees.project.calls.get("bind", ()):
        callee = caller.values[caller.call(index).callee]
        base = callee.base if isinstance(callee, Attribute) else -1
        known = places.callees.targets(caller, base) if base >= 0 else ()
        if any(target.scope is klass for target in known):
            given = given_to(scope, caller, index, name, 1, 0)
            found.extend([given] if given is not None else [])
    return found


def _fetched(
    places: Places, scope: Scope, index: int, callee: Attribute, tail: str
) -> Iterator[Place] | None:
    names = list(artefact_names(places, scope, callee.base))
    if not names:
        return None
    root = argument_of(scope, index, ("root", 0)) if tail in ("download", "checkout") else None
    if root is not None:
        return iter(places.held(scope, root, 6))
    inside = argument_of(scope, index, (0,)) if tail in ("get_path", "get_entry") else None
    held = places.held(scope, inside, 6) if inside is not None else []
    rest = held[0].name if held else ""
    return iter([Place(posixpath.join(place.name, rest) if rest else place.name, place.decision,
                       place.certain) for place in names])  # fmt: skip


def artefact_names(places: Places, scope: Scope, index: int) -> Iterator[Place]:
    """What an object of Weights & Biases stands for: made under a name, or asked for by one."""
    for owner, at in made_by(places.callees, scope, index):
        tail = last_name(owner.values, owner.call(at).callee)
        if tail in _FETCHED:
            callee = owner.values[owner.call(at).callee]
            if isinstance(callee, Attribute):
                yield from artefact_names(places, owner, callee.base)
        elif tail in _ASKED or tail == "Artifact":
            name = argument_of(owner, at, ("artifact_or_name", "name", 0))
            for place in places.held(owner, name, 8) if name is not None else ():
                if short(place.name).strip("\x00"):
                    yield Place(f"wandb://{short(place.name)}", place.decision, place.certain)


def _named(places: Places, scope: Scope, value: int | None, scheme: str) -> Iterator[Place]:
    for place in places.held(scope, value, 6) if value is not None else ():
        name = place.name if place.name.startswith(scheme) else f"{scheme}{short(place.name)}"
        yield Place(name, place.decision, place.certain)


def _downloaded(places: Places, scope: Scope, index: int) -> Iterator[Place]:
    target = argument_of(scope, index, ("dst_path",))
    uri = argument_of(scope, index, ("artifact_uri", 0))
    inside = argument_of(scope, index, ("artifact_path", "path"))
    if target is not None:
        yield from places.held(scope, target, 6)
    elif uri is not None and inside is None:
        yield from places.held(scope, uri, 6)
    else:
        for place in places.held(scope, inside, 6) if inside is not None else ():
            yield Place(f"runs:/*/{place.name}", place.decision, False)


def _logged(places: Places, scope: Scope, index: int) -> Iterator[Place]:
    """The URI of a model that was logged in a run."""
    for owner, at in made_by(places.callees, scope, index):
        if last_name(owner.values, owner.call(at).callee) == "log_model":
            where = argument_of(owner, at, ("artifact_path", "name", 1))
            for place in places.held(owner, where, 6) if where is not None else ():
                yield Place(f"runs:/*/{place.name}", place.decision, False)


def _of_component(places: Places, scope: Scope, name: str) -> Iterator[Place] | None:
    """`kfp://component/output`: of the component itself, or of the one whose output it is given."""
    parameter = scope.parameters.get(name)
    tail = parameter.annotation.rpartition(".")[2] if parameter is not None else ""
    if tail not in _KFP:
        return None
    if tail.startswith("Output"):
        return iter([Place(f"kfp://{_simple(scope)}/{_bare(name)}", scope.place(0))])
    return _handed(places, scope, name)


def _handed(places: Places, scope: Scope, name: str) -> Iterator[Place]:
    for caller, call in places.callees.callers(scope)[:4]:
        held = places.callees.argument(scope, caller, call, name) or places.callees.argument(
            scope, caller, call, _bare(name)
        )
        if held is not None:
            yield from _output(places, *held)


def _output(places: Places, scope: Scope, index: int) -> Iterator[Place]:
    """The output of a task that another task is given."""
    value = scope.values[index]
    wanted = ""
    if isinstance(value, Item):
        key = scope.values[value.key]
        wanted = str(key.value) if isinstance(key, Const) else ""
        index = value.base
        value = scope.values[index]
    if not isinstance(value, Attribute) or value.name not in ("output", "outputs"):
        return
    for owner, at in _tasks(places, scope, value.base):
        for target in places.callees.of_call(owner, at):
            made = target.scope
            if made is not None and target.kind == "function":
                outputs = [
                    p.name
                    for p in made.code.parameters
                    if p.annotation.rpartition(".")[2].startswith("Output")
                ]
                name = wanted or (outputs[0] if len(outputs) == 1 else "")
                if name:
                    yield Place(f"kfp://{_simple(made)}/{_bare(name)}", owner.place(at))
        uri = argument_of(owner, at, ("artifact_uri",))
        if uri is not None:
            yield from places.held(owner, uri, 6)


def _tasks(places: Places, scope: Scope, index: int) -> Iterator[Site]:
    """The call that made a task: `component(...)`, with `.after(...)` and its kin behind it."""
    value = scope.values[index]
    for _ in range(4):
        callee = scope.values[value.callee] if isinstance(value, Call) else None
        if not isinstance(callee, Attribute) or not callee.name.startswith(
            ("after", "set_", "add_")
        ):
            break
        index = callee.base
        value = scope.values[index]
    if isinstance(value, Call):
        yield scope, index


def _simple(scope: Scope) -> str:
    return scope.code.name.rpartition(".")[2]


def _bare(name: str) -> str:
    return name.removesuffix("_path")
