"""How to get the tensors out of a torch pickle without running what else it says."""

from __future__ import annotations

from collections.abc import Iterable

from whence.rules.models.torch_globals import ALLOWED_BY_TORCH
from whence.vocabulary.fact.models import ModelFile

_TORCH_PICKLES = frozenset(("torch-zip", "torch-legacy", "torch-tar"))
_LISTED = 40
_SCRIPT = "__main__."


def is_torch_pickle(model: ModelFile) -> bool:
    """Whether torch's restricted unpickler reads it."""
    return model.format in _TORCH_PICKLES


def needed_safe_globals(models: Iterable[ModelFile]) -> tuple[str, ...]:
    """What `torch.serialization.add_safe_globals` has to be given for a restricted load.

    From the names that the torch pickles import, without those that torch allows by itself.
    """
    return tuple(
        sorted(
            {
                name
                for model in models
                if is_torch_pickle(model)
                for name in model.globals_needed
                if not ALLOWED_BY_TORCH.match(name)
            }
        )
    )


def restricted_conversion(path: str, needed: tuple[str, ...]) -> str:
    """The steps as Markdown, for a file that needs these names beyond what torch allows."""
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
