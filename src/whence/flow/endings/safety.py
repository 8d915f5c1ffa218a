"""Whether a call that reads objects can run code, by its arguments and the library's version."""

from __future__ import annotations

from collections.abc import Callable

from whence.flow.inputs.versions import Installed

_ALWAYS = {
    "pickle": "unpickling runs what the bytes say",
    "cloudpickle": "unpickling runs what the bytes say",
    "dill": "unpickling runs what the bytes say",
    "joblib": "joblib files are pickles",
    "shelve": "shelf values are pickles",
    "marshal": "marshal is not safe against made-up bytes and carries code objects",
    "pandas-pickle": "the file is a pickle",
    "jsonpickle": "jsonpickle builds any class that the text names",
    "fastai": "an exported learner is a pickle",
    "gensim": "gensim's files are pickles",
    "torchscript": "TorchScript archives carry code",
    "yaml-unsafe": "the loader builds any Python object",
    "sklearn-pickle": "the file is a pickle",
    "langchain": "the text names the classes of LangChain that are made, and their settings",
    "torch-package": "the package carries pickles and modules of Python",
    "torch-shards": "what describes the shards is a pickle",
    "native": "a native library runs its own code when it is loaded",
    "saved-model": "operations of a SavedModel's graph can read and write files",
}
_SAFE_LOADERS = ("SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader")
_UNSAFE_LOADERS = ("UnsafeLoader", "CUnsafeLoader", "yaml.Loader", "CLoader")


def judged(
    form: str, arguments: dict[str, str], installed: Installed, callee: str
) -> tuple[bool, str]:
    """Whether the call is safe by itself, and the reason.

    `arguments` are rendered constants; `installed` says which versions of the library run.
    Sources: torch 2.6 release notes and CVE-2025-32434, NumPy 1.16.3 release notes, PyYAML's
    loader documentation and CVE-2020-14343, Keras `safe_mode` and its advisories up to
    CVE-2026-1462, skops' advisories up to CVE-2025-54412, deepdiff CVE-2025-58367.
    """
    if form == "torch":
        return _torch(arguments, installed, callee)
    if form in _JUDGES:
        return _JUDGES[form](arguments, installed)
    if form in ("yaml-safe", "keras-config", "safetensors", "onnx", "plain"):
        return True, "the loader builds plain data only"
    return False, _ALWAYS.get(form, "the format can carry code")


def _torch(arguments: dict[str, str], installed: Installed, callee: str) -> tuple[bool, str]:
    flag = arguments.get("weights_only", "")
    if flag == "True":
        old = installed.below("2.6")
        if old:
            return False, f"weights_only=True is bypassed in torch {old} (CVE-2025-32434)"
        return True, "weights_only=True"
    if flag == "False":
        return False, "weights_only=False"
    if flag and flag != "None":
        return False, "weights_only is decided elsewhere"
    if not callee.startswith(("torch.load", "timm.")):
        return False, "weights_only is not given"
    if installed.since("2.6"):
        return True, "torch from 2.6 on loads weights only"
    old = installed.admits("2.6")
    if old:
        return False, f"torch {old}, which the project admits, unpickles unless told otherwise"
    return False, "weights_only is not given and no version of torch is pinned"


def _keras(arguments: dict[str, str], installed: Installed) -> tuple[bool, str]:
    flag = arguments.get("safe_mode", "")
    if flag == "False":
        return False, "safe_mode=False lets Lambda layers run"
    if flag not in ("", "True", "None"):
        return False, "safe_mode is decided elsewhere"
    old = installed.admits("2.13")
    if old and installed.exact:
        return False, f"keras {old} has no safe_mode yet"
    old = installed.admits("3.13.2")
    if old:
        return False, f"safe_mode is got around in keras {old}"
    if installed.versions:
        return True, "safe_mode is on"
    return False, "the format can carry Lambda layers, and no version of keras is pinned"


def _skops(arguments: dict[str, str], installed: Installed) -> tuple[bool, str]:
    trusted = arguments.get("trusted", "")
    if trusted == "get_untrusted_types":
        return False, "every type that the file names is trusted for being named"
    if trusted == "True" and not installed.since("0.10"):
        return False, "trusted=True asks about no type at all"
    old = installed.below("0.12")
    if old:
        return False, f"another function runs than the one asked about in skops {old}"
    return True, "skops builds only types that are known or listed"


def _numpy(arguments: dict[str, str], installed: Installed) -> tuple[bool, str]:
    flag = arguments.get("allow_pickle", "")
    if flag == "True":
        return False, "allow_pickle=True"
    old = installed.below("1.16.3")
    if not flag and old:
        return False, f"numpy {old} unpickles by default"
    if flag and flag != "False":
        return False, "allow_pickle is decided elsewhere"
    return True, "allow_pickle is off"


def _yaml(arguments: dict[str, str], installed: Installed) -> tuple[bool, str]:
    loader = arguments.get("Loader", arguments.get("1", ""))
    if any(loader.endswith(name) for name in _SAFE_LOADERS):
        return True, "a safe loader"
    if loader.endswith("FullLoader"):
        return _yaml_full(arguments, installed)
    if not loader:
        if installed.since("6"):
            return True, "PyYAML 6 refuses to load without a loader"
        if installed.exact and installed.since("5.4"):
            return True, f"PyYAML {installed.versions[0]} takes FullLoader where none is given"
        return False, "no loader is given, which before PyYAML 5.1 meant the unsafe one"
    if any(loader.endswith(name) for name in _UNSAFE_LOADERS):
        return False, f"{loader} builds any Python object"
    return False, f"{loader} is not known to be safe"


def _yaml_full(arguments: dict[str, str], installed: Installed) -> tuple[bool, str]:
    del arguments
    old = installed.admits("5.4")
    if old:
        return (
            False,
            f"FullLoader of PyYAML before 5.4 can be led to run code, and {old} is admitted",
        )
    return True, "FullLoader builds plain data"


def _ruamel(arguments: dict[str, str], installed: Installed) -> tuple[bool, str]:
    del installed
    return arguments.get("typ", "") != "'unsafe'", "typ='unsafe' builds any object"


def _hdf(arguments: dict[str, str], installed: Installed) -> tuple[bool, str]:
    del installed
    mode = arguments.get("mode", arguments.get("1", ""))
    return mode == "'w'", "columns of objects in an HDF5 store are pickles"


def _deepdiff(arguments: dict[str, str], installed: Installed) -> tuple[bool, str]:
    del arguments
    if installed.since("8.6.1"):
        return True, "deepdiff from 8.6.1 on leaves classes alone"
    return False, "a delta sets any attribute that it names, of classes and modules too"


def _index(arguments: dict[str, str], installed: Installed) -> tuple[bool, str]:
    """LangChain unpickles what lies beside a vector index, from 0.0.27 on only where told to."""
    del installed
    flag = arguments.get("allow_dangerous_deserialization", "")
    if flag in ("", "False", "None"):
        return True, "the index is not read without leave to unpickle"
    if flag == "True":
        return False, "allow_dangerous_deserialization=True unpickles what lies beside the index"
    return False, "allow_dangerous_deserialization is decided elsewhere"


_JUDGES: dict[str, Callable[[dict[str, str], Installed], tuple[bool, str]]] = {
    "index": _index,
    "numpy": _numpy,
    "yaml": _yaml,
    "yaml-full": _yaml_full,
    "ruamel": _ruamel,
    "deepdiff": _deepdiff,
    "hdf": _hdf,
    "keras": _keras,
    "skops": _skops,
}
