"""Installers' command lines, as people write them, give the packages that they install."""

from __future__ import annotations

import json

import pytest

from whence.readers.code import notebook
from whence.readers.contract import Source
from whence.readers.dependencies.install_commands import requirements
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.dependencies import Include, PackageIndex, PackageRequirement
from whence.vocabulary.fact.deployment import ShellCommand


def shown(line: str) -> list[str]:
    command = ShellCommand(Span("install.sh", 1, 1), tuple(line.split()), "script")
    found = []
    for fact in requirements(command):
        match fact:
            case PackageRequirement():
                found.append(f"{fact.name}{fact.specifier}")
            case PackageIndex():
                found.append(f"{fact.role} {fact.url}")
            case Include():
                found.append(f"{fact.role} {fact.target}")
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pip install -f https://f.example.com/whl torch==2.0", ["links https://f.example.com/whl", "torch==2.0"]),
        ("pip install torch -fhttps://f.example.com/whl", ["links https://f.example.com/whl", "torch"]),
        ("pip install -qUr base.txt", ["requirement base.txt"]),
        ("pip install -qU torch", ["torch"]),
        ("pip install -qqq -c limits.txt torch", ["constraint limits.txt", "torch"]),
        ("uv pip install -q -i https://i.example.com/s a==1", ["primary https://i.example.com/s", "a==1"]),
        ("conda install -yc conda-forge cupy=10.2", ["primary conda-forge", "cupy==10.2.*"]),
        ("conda create -n x -c acme -c defaults numpy", ["primary acme", "extra defaults", "numpy"]),
        ("mamba install -c https://u:s3cret@c.example.com/t acme", ["primary https://c.example.com/t", "acme"]),
        ("uvx --with rich==13.0,httpx ruff@0.5.0 check", ["ruff==0.5.0", "rich==13.0", "httpx"]),
        ("${sys_executable} -m pip install a==1", ["a==1"]),
    ],
)  # fmt: skip
def test_options_mean_what_the_installer_takes_them_for(line: str, expected: list[str]) -> None:
    assert shown(line) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("!{sys.executable} -m pip install a==1", [("a", 1)]),
        ("%pip install \\\n  a \\\n  b==2\nprint(1)", [("a", 1), ("b", 1)]),
        ("if x:\n    !pip install \\\n        a\n    y = 1", [("a", 2)]),
        ("!pip install a==${VERSION}", [("a", 1)]),
    ],
)
def test_lines_of_a_notebook_are_read_with_what_they_continue_on(
    cell: str, expected: list[tuple[str, int]]
) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "source": cell.splitlines(keepends=True)}]
    text = json.dumps(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=0
    )
    start = text[: text.index("source")].count("\n") + 1

    found = list(notebook.read(Source.of_bytes("a.ipynb", text.encode())))

    packages = [f for f in found if isinstance(f, PackageRequirement)]
    assert {f.name for f in packages} == {name for name, _ in expected}
    assert {f.span.first for f in packages} == {start + line for _, line in expected}
