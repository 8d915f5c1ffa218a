"""How to get from a format that runs code to one that holds nothing but data."""

from __future__ import annotations

from collections.abc import Iterable

from whence.rules.models.torch_globals import ALLOWED_BY_TORCH
from whence.vocabulary.fact.models import ModelFile

_PICKLES = frozenset(("pickle", "npy-object", "npz", "zip"))
_TORCH_PICKLES = frozenset(("torch-zip", "torch-legacy", "torch-tar"))
_LISTED = 40
_SCRIPT = "__main__."


def needed_safe_globals(models: Iterable[ModelFile]) -> tuple[str, ...]:
    """What `torch.serialization.add_safe_globals` has to be given for a restricted load.

    From the names that the torch pickles import, without those that torch allows by itself.
    """
    return tuple(
        sorted(
            {
                name
                for model in models
                if _is_torch(model)
                for name in model.globals_needed
                if not ALLOWED_BY_TORCH.match(name)
            }
        )
    )


def conversion(models: list[ModelFile], needed: tuple[str, ...]) -> str:
    """The plan as Markdown; empty where the format carries no code."""
    carrying = [model for model in models if model.executable]
    if not carrying:
        return ""
    model = carrying[0]
    if _is_torch(model):
        return _torch(model.span.path, needed)
    if model.format == "torch-export":
        return (
            "Load it once with `torch.export.load`, in a container without network or credentials,"
            " and keep `program.state_dict` as safetensors; build the module from code that you keep."
        )
    if model.format == "torchscript":
        return (
            "TorchScript is a program. Export the original model with `torch.export`, or save its"
            " `state_dict()` as safetensors and build the module from code that you keep."
        )
    if model.format in _PICKLES:
        return (
            "Do not unpickle it to look inside. Train or export it again from its sources into a"
            " format without code: safetensors for tensors, skops or ONNX for estimators. Until"
            " then compare its digest with one kept elsewhere before every load."
        )
    return (
        f"{model.format} can carry code. Export the weights alone, as safetensors or ONNX, from the"
        " original model, and build the rest from code that you keep."
    )


def _is_torch(model: ModelFile) -> bool:
    return model.format in _TORCH_PICKLES


def _torch(path: str, needed: tuple[str, ...]) -> str:
    nameable = [name for name in needed if all(part.isidentifier() for part in name.split("."))]
    lines = ["import safetensors.torch", "import torch"]
    own = [name.removeprefix(_SCRIPT) for name in nameable if name.startswith(_SCRIPT)]
    nameable = [name.removeprefix(_SCRIPT) for name in nameable]
    modules = {name.rpartition(".")[0] for name in nameable[:_LISTED]} - {"torch", ""}
    lines += [f"import {module}" for module in sorted(modules)]
    lines.append("")
    if nameable:
        lines += _allowed(nameable[:_LISTED])
    lines.append(f"state = torch.load({path!r}, map_location='cpu', weights_only=True)")
    lines.append("safetensors.torch.save_file(state, 'model.safetensors')")
    code = "\n".join(lines)
    caution = "Look at every name below before you allow it. " if nameable else ""
    if own:
        caution += f"Define {', '.join(own[:_LISTED])} in the script itself, as training did. "
    return (
        f"{caution}With torch 2.6 or newer, in a container without network or credentials, load it"
        f" once, restricted, and keep the tensors only:\n```python\n{code}\n```\n"
        "What is saved has to be one dictionary of tensors: of a whole module take `state_dict()`,"
        " of a training checkpoint the entry that holds the weights."
    )


def _allowed(names: list[str]) -> list[str]:
    """The call that allows the names, a line for each, since a report may cut long lines."""
    if len(names) == 1:
        return [f"torch.serialization.add_safe_globals([{names[0]}])"]
    listed = [f"    {name}," for name in names]
    return ["torch.serialization.add_safe_globals([", *listed, "])"]
