"""What a command line fills, and what only hangs on an object that it fills."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization, DynamicImport, OriginKind

OPTIONS = {
    "an option": """
import click, pickle
@click.command()
@click.argument("path")
def main(path):
    pickle.load(open(path, "rb"))
""",
    "an attribute of what an option opens": """
import click, pickle
@click.command()
@click.argument("source")
def main(source):
    pickle.load(open(source.name, "rb"))
""",
}


@pytest.mark.parametrize("code", OPTIONS.values(), ids=OPTIONS)
def test_what_an_option_names_comes_from_the_command_line(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)
    assert {origin.kind for origin in use.origins} == {OriginKind.COMMAND_LINE}


def test_a_private_attribute_comes_from_nobody_who_starts_the_program() -> None:
    code = OPTIONS["an attribute of what an option opens"].replace("source.name", "source._fs")
    (use,) = concluded({"a.py": code}, Deserialization)
    assert {origin.kind for origin in use.origins} == {OriginKind.UNKNOWN}


def test_the_target_of_a_composed_configuration_is_no_private_attribute() -> None:
    code = """
import hydra
from hydra.utils import get_class
@hydra.main(config_path="conf", config_name="train")
def main(cfg):
    get_class(cfg.model._target_)()
"""
    files: dict[str, str | bytes] = {
        "a.py": code, "conf/train.yaml": "model:\n  _target_: acme.Model\n"
    }  # fmt: skip
    (use,) = concluded(files, DynamicImport)
    assert OriginKind.CONFIG in {origin.kind for origin in use.origins}
