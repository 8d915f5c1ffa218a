"""How a class or function is judged that a Keras configuration names for import.

Facts: `keras.src.saving.serialization_lib` of Keras 3 imports `module` and takes `class_name` from
it; Keras 2 looks the name up in the modules that are loaded already.
"""

from __future__ import annotations

import re

import msgspec

from whence.readers.models.named_imports import DANGEROUS

_KERAS = re.compile(
    r"(?:tensorflow\.(?:python\.|compat\.v\d\.)?|tf\.)?(?:tf_)?keras(?:_\w+)?(?:\.|$)"
)
_FAMILY = frozenset(
    ("tensorflow", "tf", "tensorflow_addons", "tfa", "tensorflow_hub", "tensorflow_probability",
     "numpy", "jax")
)  # fmt: skip
_FUNCTIONS = re.compile(
    r"\.(?:activations|losses|metrics|initializers|regularizers|constraints|ops|layers|backend"
    r"|optimizers|applications|random|legacy|nn|math)(?:\.|$)"
)
_GADGETS = {
    "get_file": "downloads a file and can unpack it anywhere",
    "enable_unsafe_deserialization": "switches Keras' own protection off for what follows",
    "load_model": "loads another model that the configuration names",
    "load_weights": "loads another file that the configuration names",
    "load_model_from_hdf5": "loads another model that the configuration names",
    "func_load": "makes a function of bytecode that the configuration holds",
    "deserialize_keras_object": "rebuilds another object, without the protection of the first",
    "model_from_json": "rebuilds another model, without the protection of the first",
    "model_from_config": "rebuilds another model, without the protection of the first",
    "TorchModuleWrapper": "unpickles a torch module that the configuration holds",
    "TFSMLayer": "loads a SavedModel from a path that the configuration names",
}
_LOADERS = frozenset(
    (
        "torch.load", "torch.jit.load", "joblib.load", "cloudpickle.load", "cloudpickle.loads",
        "dill.load", "dill.loads", "pandas.read_pickle", "numpy.load", "numpy.fromfile",
        "numpy.memmap", "numpy.loadtxt", "numpy.genfromtxt", "numpy.save", "numpy.savez",
        "numpy.savetxt", "torch.save", "torch.hub.load", "numpy.DataSource", "yaml.load",
        "yaml.unsafe_load", "yaml.full_load", "jsonpickle.decode", "shelve.open", "torch.load_lib",
    )
)  # fmt: skip
_TENSORFLOW = re.compile(
    r"(?:^|\.)(?:read_file|write_file|ReadFile|WriteFile|MatchingFiles|matching_files|py_function"
    r"|numpy_function|py_func|load_op_library|load_library|load_pluggable_device_library"
    r"|io\.gfile\.\w+|gfile\.\w+|saved_model\.load|PyFunc|EagerPyFunc|execute_fn_for_device)$"
)


class Opinion(msgspec.Struct, frozen=True):
    """Why a name is not taken for granted. `verdict` is `malicious` or `review`."""

    mechanism: str
    reason: str
    verdict: str


def opinion_on(module: str, name: str, *, registered: bool) -> Opinion | None:
    """None for what Keras and the models' own packages bring along."""
    top = module.split(".")[0]
    if not top or _KERAS.match(module):
        return _of_keras(module, name)
    if reaches_out(f"{module}.{name}"):
        reason = "rebuilding the model calls this, and it acts on files or loads code"
        return Opinion("keras-module", reason, "malicious")
    if top in DANGEROUS:
        if top == "builtins" and name in ("dict", "list", "str", "int", "float", "tuple", "bool"):
            return None
        reason = "rebuilding the model imports this and calls it"
        return Opinion("keras-module", reason, "malicious")
    if top in _FAMILY or registered or top == "__main__":
        return None
    reason = "rebuilding the model imports this module if it is installed"
    return Opinion("keras-module", reason, "review")


def reaches_out(name: str) -> bool:
    """Whether a function of a well-known library reads, writes or loads what its arguments name."""
    return name in _LOADERS or bool(name.startswith("tensorflow.") and _TENSORFLOW.search(name))


def _of_keras(module: str, name: str) -> Opinion | None:
    if name in _GADGETS:
        reason = f"Keras' own `{name}` {_GADGETS[name]}"
        verdict = "review" if name == "TFSMLayer" else "malicious"
        return Opinion("keras-function", reason, verdict)
    if module and name[:1].islower() and not _FUNCTIONS.search(module + "."):
        reason = "rebuilding the model calls this function of Keras, which no layer needs"
        return Opinion("keras-function", reason, "review")
    return None
