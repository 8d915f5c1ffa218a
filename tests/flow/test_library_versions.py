"""What a project's manifests say of the version that a loader has."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import Deserialization
from whence.vocabulary.fact.dependencies import PackageRequirement

CODE = """
import torch


def load(path):
    return torch.load(path, weights_only=True)
"""


def torch(path: str, specifier: str, group: str = "") -> PackageRequirement:
    version = specifier.removeprefix("==") if specifier.startswith("==") else ""
    return PackageRequirement(
        Span(path, 1, 1), "pypi", "torch", specifier=specifier, version=version, group=group
    )


UNKNOWN = {
    "a range": [torch("requirements.txt", ">=2.0.0")],
    "a pin of a copied project": [torch("src/thirdparty/depth/requirements.txt", "==1.12.1")],
    "a pin in one extra among others": [
        torch("pyproject.toml", "==2.1.0", "xpu"),
        torch("pyproject.toml", "", "all"),
    ],
}
KNOWN = {
    "a pin": [torch("requirements.txt", "==2.5.1")],
    "a pin beside a range": [torch("requirements.txt", "==2.5.1"), torch("dev.txt", ">=2.0")],
    "the only extra that asks for it": [torch("pyproject.toml", "==2.4.1", "gpu")],
}


@pytest.mark.parametrize("asked", UNKNOWN.values(), ids=UNKNOWN)
def test_takes_no_version_for_installed_that_nothing_fixes(asked: list[PackageRequirement]) -> None:
    (load,) = concluded({"load.py": CODE}, Deserialization, *asked)
    assert load.safe


@pytest.mark.parametrize("asked", KNOWN.values(), ids=KNOWN)
def test_knows_the_releases_in_which_the_restriction_does_not_hold(
    asked: list[PackageRequirement],
) -> None:
    (load,) = concluded({"load.py": CODE}, Deserialization, *asked)
    assert not load.safe
