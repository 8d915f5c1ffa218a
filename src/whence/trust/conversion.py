"""How to get from a format that runs code to one that holds nothing but data."""

from __future__ import annotations

from whence.rules.models.torch_conversion import is_torch_pickle, restricted_conversion
from whence.vocabulary.fact.models import ModelFile

_PICKLES = frozenset(("pickle", "npy-object", "npz", "zip"))


def conversion(models: list[ModelFile], needed: tuple[str, ...]) -> str:
    """The plan as Markdown; empty where the format carries no code."""
    carrying = [model for model in models if model.executable]
    if not carrying:
        return ""
    model = carrying[0]
    if is_torch_pickle(model):
        return restricted_conversion(model.span.path, needed)
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
