"""Whether a call that reads objects can run code, by its arguments and the library's version."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

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
    "saved-model": "operations of a SavedModel's graph can read and write files",
}
_SAFE_LOADERS = ("SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader")
_UNSAFE_LOADERS = ("UnsafeLoader", "CUnsafeLoader", "yaml.Loader", "CLoader")


def judged(
    form: str,
    arguments: dict[str, str],
    versions: tuple[str, ...],
    callee: str,
) -> tuple[bool, str]:
    """Whether the call is safe by itself, and the reason.

    `arguments` are rendered constants; `versions` those that the project pins, none where unknown.
    Sources: torch 2.6 release notes and CVE-2025-32434, NumPy 1.16.3 release notes, PyYAML's
    loader documentation, Keras `safe_mode` and its advisories up to CVE-2025-12058, deepdiff CVE-2025-58367.
    """
    if form == "torch":
        return _torch(arguments, versions, callee)
    if form == "numpy":
        return _numpy(arguments, versions)
    if form == "yaml":
        return _yaml(arguments, versions)
    if form == "yaml-full":
        old = _all(versions, "<5.4")
        return not old, "FullLoader of PyYAML before 5.4 can be led to run code" if old else ""
    if form == "ruamel":
        return arguments.get("typ", "") not in ("'unsafe'",), "typ='unsafe' builds any object"
    if form == "deepdiff":
        if _all(versions, ">=8.6.1"):
            return True, "deepdiff from 8.6.1 on leaves classes alone"
        return False, "a delta sets any attribute that it names, of classes and modules too"
    if form == "keras":
        return _keras(arguments, versions if callee.startswith("keras.") else ())
    if form in ("yaml-safe", "skops", "keras-config", "safetensors", "onnx", "plain"):
        return True, "the loader builds plain data only"
    return False, _ALWAYS.get(form, "the format can carry code")


def _torch(arguments: dict[str, str], versions: tuple[str, ...], callee: str) -> tuple[bool, str]:
    flag = arguments.get("weights_only", "")
    if flag == "True":
        if _any(versions, "<2.6"):
            return False, "weights_only=True is bypassed in torch before 2.6 (CVE-2025-32434)"
        return True, "weights_only=True"
    if flag == "False":
        return False, "weights_only=False"
    if flag:
        return False, "weights_only is decided elsewhere"
    if callee != "torch.load":
        return False, "weights_only is not given"
    if versions and _all(versions, ">=2.6"):
        return True, "torch from 2.6 on loads weights only"
    if versions:
        old = next(one for one in versions if not _within(one, ">=2.6"))
        return False, f"torch {old}, which the project admits, unpickles unless told otherwise"
    return False, "weights_only is not given and no version of torch is pinned"


def _keras(arguments: dict[str, str], versions: tuple[str, ...]) -> tuple[bool, str]:
    flag = arguments.get("safe_mode", "")
    if flag == "False":
        return False, "safe_mode=False lets Lambda layers run"
    if flag not in ("", "True"):
        return False, "safe_mode is decided elsewhere"
    if _any(versions, "<2.13"):
        return False, f"keras {versions[0]} has no safe_mode yet"
    if _any(versions, "<3.12"):
        return False, f"safe_mode is got around in keras {versions[0]}"
    if versions:
        return True, "safe_mode is on"
    return False, "the format can carry Lambda layers, and no version of keras is pinned"


def _numpy(arguments: dict[str, str], versions: tuple[str, ...]) -> tuple[bool, str]:
    flag = arguments.get("allow_pickle", "")
    if flag == "True":
        return False, "allow_pickle=True"
    if not flag and _any(versions, "<1.16.3"):
        return False, f"numpy {versions[0]} unpickles by default"
    if flag and flag != "False":
        return False, "allow_pickle is decided elsewhere"
    return True, "allow_pickle is off"


def _yaml(arguments: dict[str, str], versions: tuple[str, ...]) -> tuple[bool, str]:
    loader = arguments.get("Loader", arguments.get("1", ""))
    if any(loader.endswith(name) for name in _SAFE_LOADERS):
        return True, "a safe loader"
    if loader.endswith("FullLoader"):
        if _any(versions, "<5.4"):
            return False, "FullLoader of PyYAML before 5.4 can be led to run code"
        return True, "FullLoader builds plain data"
    if not loader:
        if versions and _all(versions, ">=6"):
            return True, "PyYAML 6 refuses to load without a loader"
        return False, "no loader is given, which before PyYAML 5.1 meant the unsafe one"
    if any(loader.endswith(name) for name in _UNSAFE_LOADERS):
        return False, f"{loader} builds any Python object"
    return False, f"{loader} is not known to be safe"


def _any(versions: tuple[str, ...], specifier: str) -> bool:
    return any(_within(version, specifier) for version in versions)


def _all(versions: tuple[str, ...], specifier: str) -> bool:
    return bool(versions) and all(_within(version, specifier) for version in versions)


def _within(version: str, specifier: str) -> bool:
    try:
        return SpecifierSet(specifier, prereleases=True).contains(Version(version))
    except InvalidVersion:
        return False
