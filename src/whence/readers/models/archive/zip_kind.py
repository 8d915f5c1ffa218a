"""Which model format a ZIP file is, by the names of its members."""

from __future__ import annotations

import re
from collections.abc import Collection

EXECUTABLE = frozenset(
    ("torch-zip", "torchscript", "torchserve", "torch-export", "torch-package")
)  # fmt: skip
TORCHSCRIPT_BUILDERS = frozenset(
    (
        "build_intlist", "build_doublelist", "build_boollist", "build_tensorlist",
        "build_tensor_from_id", "restore_type_tag",
    )
)  # fmt: skip
_TENSORS = re.compile(
    r"^(?:[^/]+/)?(?:data|tensors|constants|weights|xl_model_weights|data/constants|data/weights)"
    r"/(?:\d+|tensor_\d+|weight_\d+|[0-9a-f]{32,64})$|^(?:[^/]+/)?\.data/\d+\.storage$"
)
_TORCH_NOTES = re.compile(
    r"^(?:[^/]+/)?(?:version|byteorder|\.format_version|\.storage_alignment|archive_format"
    r"|archive_version|\.data/(?:extern_modules|python_version|serialization_id|version))$"
)


def kind_of(names: Collection[str]) -> str:
    """`torch-zip`, `torchscript`, `npz`, `keras`, `skops` …; `zip` for any other archive."""
    last = {name.rsplit("/", 1)[-1] for name in names}
    if "data.pkl" in last and any(_inside_torch(name) for name in names):
        return "torchscript" if "constants.pkl" in last else "torch-zip"
    if {"extern_modules", "python_version"} <= last and any("/.data/" in name for name in names):
        return "torch-package"
    if "MANIFEST.json" in last and any(name.startswith("MAR-INF/") for name in names):
        return "torchserve"
    if "archive_format" in last or "serialized_exported_program.json" in last:
        return "torch-export"
    if "config.json" in names and ("metadata.json" in names or "model.weights.h5" in names):
        return "keras"
    if "schema.json" in names:
        return "skops"
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    return "zip"


def sources_of(kind: str, names: Collection[str]) -> list[str]:
    """Python files that `torch.package` compiles and runs when its importer comes to them."""
    if kind != "torch-package":
        return []
    return sorted(name for name in names if name.endswith(".py"))


def _inside_torch(name: str) -> bool:
    return name.endswith(("/data.pkl", "/version", "/byteorder")) or name == "data.pkl"


def is_tensor(kind: str, name: str) -> bool:
    """Whether a member is a tensor's raw bytes: copied into memory and never interpreted."""
    return kind.startswith("torch") and kind != "torchserve" and bool(_TENSORS.match(name))


def is_note(kind: str, name: str) -> bool:
    """Whether a member is one of the small texts by which torch describes the archive."""
    return kind.startswith("torch") and kind != "torchserve" and bool(_TORCH_NOTES.match(name))
