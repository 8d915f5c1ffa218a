"""Code that makes a service ready before it answers: where its models are loaded.

Sources: the reference pages of Ray Serve, BentoML, LitServe, KServe, MLflow, Triton's Python
backend, TorchServe, SageMaker's inference toolkit, Azure ML's scoring scripts and Streamlit.
"""

from __future__ import annotations

from whence.flow.program.project import Project, Scope

_DECORATORS = ("ray.serve.deployment", "bentoml.service", "bentoml.Service")
_SET_UPS = {
    "litserve.LitAPI": ("setup",),
    "kserve.Model": ("load", "__init__"),
    "mlflow.pyfunc.PythonModel": ("load_context",),
    "ts.torch_handler.base_handler.BaseHandler": ("initialize",),
}


def readies_service(project: Project, scope: Scope) -> bool:
    """Whether a server runs a function before it answers, or the module itself is its page."""
    if scope.code.kind == "module":
        return "streamlit" in scope.module.imports
    name = scope.code.name.rpartition(".")[2]
    if scope.klass is None:
        scoring = scope.module.scopes.get("run") if name == "init" else None
        answers = scoring is not None and len(scoring.code.parameters) == 1
        return scope.code.name == "model_fn" or (answers and not scope.code.parameters)
    if name == "__init__" and any(
        each.startswith(_DECORATORS) for each in scope.klass.decorator_names
    ):
        return True
    if name == "initialize" and scope.klass.code.name == "TritonPythonModel":
        return True
    return any(
        name in _SET_UPS.get(base, ())
        for base in project.ancestry(scope.klass)
        if isinstance(base, str)
    )
