"""Which texts name a place, and how each is spelled: a path from the root, a URI, a pattern."""

from __future__ import annotations

import posixpath
import re

from whence.vocabulary.graph import SupplyGraph

_NO_PLACE = re.compile(
    r"(?=\D*\d)\w{1,4}|\$(?!AIP_|AZUREML_).*|[<>=!@]\w{0,6}|https?://[^/]*/?|[-\d.]+|[A-Za-z]{1,2}|True|False|None|.*\(\).*|(?:[A-Z][a-z]+){2,}|[A-Z_]+|file:.*"
    r"|.*\.(?:py|ya?ml|toml|md|cfg|ini|sh)"
    r"|(?:pickle|cloudpickle|dill|joblib|torch|numpy|np|pd|json|io|os|sys|self|huggingface_hub|requests|urllib3?|httpx|boto3|gcsfs|s3fs|adlfs|fsspec|google|azure|minio|wandb|mlflow)(?:\.\w+)+",
    re.DOTALL,
)
_OPEN = re.compile(r"[?\n*]|^\d+/|(?:^|/)(?:True|False|None)(?![A-Za-z])")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_REGISTERED = re.compile(r"models:/+[\w.-]+")


def is_whole(name: str) -> bool:
    """Whether a name leaves nothing open."""
    if not name.strip("?/. ") or _NO_PLACE.fullmatch(name):
        return False
    return not _OPEN.search(name) and (":/" not in name or _SCHEME.match(name) is not None)


def is_pattern(name: str) -> bool:
    """Whether a name is open only where it has a `*`."""
    return "*" in name and is_whole(name.replace("*", "x"))


def plain(name: str) -> str:
    """A path without steps that change nothing; a URI as it is."""
    registered = _REGISTERED.match(name)
    if registered:
        return registered[0]
    if "://" in name or not name:
        return name
    return posixpath.normpath(name.replace("\\", "/"))


def located(name: str, path: str, graph: SupplyGraph) -> str:
    """A file of the tree by its path from the root; anything else as it is written.

    Code names files from where it is started, which is the root or the folder of the code; what is
    in the tree decides, and a path that leaves the root can only mean the latter.
    """
    bare = plain(name)
    if "://" in bare or bare.startswith("/"):
        return bare
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), bare))
    if bare in graph.files or beside.startswith("../"):
        return _inside(bare)
    return beside if beside in graph.files or bare.startswith("../") else bare


def _inside(path: str) -> str:
    while path.startswith("../"):
        path = path[3:]
    return path
