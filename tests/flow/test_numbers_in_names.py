"""Numbers that stand in the name of a file do not decide what is in it."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization

NUMBERED = {
    "the rank of a group": """
import os
import torch
def load(folder, group):
    return torch.load(os.path.join(folder, f"part_{group.get_rank()}.pt"))
""",
    "a parameter that is a number": """
import torch
def load(folder, step: int):
    return torch.load(f"{folder}/step_{step:05d}.pt")
""",
    "the world's size": """
import torch
import torch.distributed as dist
from pathlib import Path
def load(folder):
    return torch.load(Path(folder) / str(dist.get_world_size()) / "model.pt")
""",
}


@pytest.mark.parametrize("code", NUMBERED.values(), ids=NUMBERED)
def test_a_number_in_a_name_is_no_origin(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)
    assert {origin.detail for origin in use.origins} == {"parameter folder of load"}


def test_a_text_in_a_name_is_one() -> None:
    code = NUMBERED["a parameter that is a number"].replace("step: int", "step: str")
    code = code.replace(":05d", "")
    (use,) = concluded({"a.py": code}, Deserialization)
    assert "parameter step of load" in {origin.detail for origin in use.origins}
