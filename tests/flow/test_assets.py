"""Assets are named by their place in the tree, and files checked by path are read once."""

from __future__ import annotations

import pytest
from projects_of_code import concluded, stated

from whence.flow.solve import solve
from whence.graph.linkers.code import link
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.code import CheckThenUse, ModelExport
from whence.vocabulary.graph import Asset, SupplyGraph


@pytest.mark.parametrize(
    "path", ["../models/w.bin", "../../models/w.bin", "./models/w.bin", "models/../models/w.bin"]
)
def test_an_asset_is_named_by_its_path_in_the_tree(path: str) -> None:
    code = f'import torch\nstate = torch.load("{path}")\n'
    facts = [f for f in stated({"training/load.py": code}) if not isinstance(f, Unread)]
    solved = [f for f in solve(SupplyGraph(facts=facts)) if not isinstance(f, Unread)]
    assets = [a for a in link(SupplyGraph(facts=solved)) if isinstance(a, Asset)]
    assert "model:models/w.bin" in {asset.id for asset in assets}


READ_AGAIN = """
import hashlib
def verified(path):
    if hashlib.sha256(open(path, "rb").read()).hexdigest() != "{sha}":
        raise ValueError(path)
def rows():
    path = "{folder}/rows.csv"
    verified(path)
    return open(path).read()
"""


@pytest.mark.parametrize(("folder", "found"), [("/tmp", True), ("/mnt/x", True), ("data", False)])
def test_a_shared_file_that_is_checked_and_read_again_is_a_race(folder: str, found: bool) -> None:
    code = READ_AGAIN.replace("{sha}", "9" * 64).replace("{folder}", folder)
    assert bool(concluded({"rows.py": code}, CheckThenUse)) is found


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ('torch.save(layer.grad, "out.pt")', False),
        ('torch.save(state, "out/grads.pt")', False),
        ('torch.save(batch_logits, "out.pt")', False),
        ('torch.save(model.state_dict(), "upgrade.pt")', True),
        ('torch.save(model.state_dict(), "gradient_boosting.pt")', True),
    ],
)
def test_gradients_and_outputs_are_no_model(call: str, found: bool) -> None:
    code = f"import torch\ndef kept(model, layer, state, batch_logits):\n    {call}\n"
    assert bool(concluded({"train.py": code}, ModelExport)) is found
