"""Values that settings, commands and loaders decide, followed to where they matter."""

from __future__ import annotations

import pytest
from projects_of_code import concluded, stated

from whence.flow.solve import solve
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact.code import (
    Deserialization,
    DisabledCheck,
    ModelExport,
    ModelLoad,
    OriginKind,
    PathUse,
    ServerStart,
    Transform,
    XmlParse,
)
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.graph import SupplyGraph

COMMANDS = {
    "curl, its output": 'subprocess.run(["curl", "-sSf", URL], capture_output=True).stdout',
    "wget to standard output": 'subprocess.check_output(["wget", "-qO-", URL])',
    "a shell line": 'subprocess.check_output(f"curl -L {URL}", shell=True)',
}


@pytest.mark.parametrize("call", COMMANDS.values(), ids=COMMANDS.keys())
def test_the_output_of_a_command_that_fetches_comes_from_the_network(call: str) -> None:
    code = f"""
import subprocess
from safetensors.torch import load
URL = "https://weights.example.com/encoder.safetensors"
state = load({call})
"""
    (use,) = concluded({"load.py": code}, Deserialization)
    assert [(o.kind, o.detail) for o in use.origins] == [
        (OriginKind.NETWORK, "https://weights.example.com/encoder.safetensors")
    ]


def test_the_output_of_another_command_is_no_download() -> None:
    code = """
import subprocess
from safetensors.torch import load
state = load(subprocess.check_output(["git", "show", "HEAD:model.safetensors"]))
"""
    (use,) = concluded({"load.py": code}, Deserialization)
    assert [o.kind for o in use.origins] == [OriginKind.PROCESS]


FILLED = {
    "a table of variables": """
import os
from dataclasses import dataclass
TABLE = {"SHOP_DEBUG": "debug", "SHOP_PORT": "port"}
@dataclass
class Settings:
    debug: bool = False
    port: int = 80
""",
    "settings of pydantic with a prefix": """
from pydantic_settings import BaseSettings, SettingsConfigDict
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")
    debug: bool = False
""",
    "settings of older pydantic": """
from pydantic import BaseSettings
class Settings(BaseSettings):
    debug: bool = False
    class Config:
        env_prefix = "SHOP_"
""",
}
SERVER = """
from fastapi import FastAPI
def make(settings: Settings):
    app = FastAPI()
    app.debug = settings.debug
    return app
"""


@pytest.mark.parametrize("value", ["1", "0"])
@pytest.mark.parametrize("code", FILLED.values(), ids=FILLED.keys())
def test_a_variable_that_fills_a_field_decides_what_the_field_decides(
    code: str, value: str
) -> None:
    image = ImageInstruction(
        span=Span("Dockerfile", 3, 3),
        keyword="ENV",
        value=f"SHOP_DEBUG={value}",
        stage=0,
        final=True,
    )
    starts = concluded({"serve.py": code + SERVER}, ServerStart, image)
    switched = [use for use in starts if use.decision.path == "Dockerfile"]
    assert [use.debug for use in switched] == [str(value == "1")]


SWITCHED_OFF = {
    "a comparison": 'if os.environ.get("CHECKS", "on") == "off":\n        return',
    "a list": 'if os.environ.get("CHECKS", "on").lower() in ("off", "no"):\n        return',
    "the other way round": 'if os.getenv("CHECKS") != "on":\n        return',
}


@pytest.mark.parametrize("value", ["off", "on"])
@pytest.mark.parametrize("test", SWITCHED_OFF.values(), ids=SWITCHED_OFF.keys())
def test_a_check_is_off_where_a_variable_is_set_so(test: str, value: str) -> None:
    code = f"""
import os
def require_labels(rows):
    if not rows:
        raise ValueError("no rows")
def prepare(rows):
    {test}
    require_labels(rows)
"""
    command = ShellCommand(
        span=Span("ci.sh", 1, 1), argv=(f"CHECKS={value}", "python", "x.py"), context="ci"
    )
    found = concluded({"prepare.py": code}, DisabledCheck, command)
    assert [(use.how, use.setting) for use in found] == (
        [("flag", "CHECKS")] if value == "off" else []
    )


@pytest.mark.parametrize(
    ("flags", "lost"), [("-O", True), ("-OO", True), ("-EsO", True), ("-E", False), ("", False)]
)
def test_assertions_about_data_are_lost_under_optimisation_only(flags: str, lost: bool) -> None:
    code = """
def lengths(rows, most):
    assert all(len(row) <= most for row in rows) == True
    assert rows is not None
"""
    words = tuple(word for word in ("python", flags, "-m", "data.screening") if word)
    command = ShellCommand(span=Span("run.sh", 1, 1), argv=words, context="script")
    found = concluded({"data/screening.py": code}, DisabledCheck, command)
    assert [use.how for use in found] == (["assert"] if lost else [])


@pytest.mark.parametrize("said", ["true", "false"])
def test_a_mapping_spread_into_a_helper_decides_its_parameters(said: str) -> None:
    files: dict[str, str | bytes] = {
        "conf/model.yaml": f"name: example/encoder\ntrust_remote_code: {said}\n",
        "load.py": """
import yaml
from transformers import AutoModel
def encoder(name, **options):
    return AutoModel.from_pretrained(name, **options)
def main():
    with open("conf/model.yaml") as stream:
        return encoder(**yaml.safe_load(stream))
""",
    }
    (use,) = concluded(files, ModelLoad)
    assert use.remote_code == said.capitalize()


FEATURES = {
    "the name": ("parser.setFeature(handler.feature_external_ges, True)", True),
    "the address": (
        'parser.setFeature("http://xml.org/sax/features/external-general-entities", 1)',
        True,
    ),
    "switched off": ("parser.setFeature(handler.feature_external_ges, False)", False),
    "another feature": ("parser.setFeature(handler.feature_namespaces, True)", False),
    "in a factory": ("parser = made()", True),
}


@pytest.mark.parametrize(("line", "fetches"), FEATURES.values(), ids=FEATURES.keys())
def test_a_sax_parser_fetches_entities_where_it_is_told_to(line: str, fetches: bool) -> None:
    code = f"""
import xml.sax
from xml.sax import handler
def made():
    parser = xml.sax.make_parser()
    parser.setFeature(handler.feature_external_pes, True)
    return parser
def read(path):
    parser = xml.sax.make_parser()
    {line}
    parser.parse(path)
"""
    (use,) = concluded({"read.py": code}, XmlParse)
    assert use.entities is fetches


@pytest.mark.parametrize(
    "line",
    [
        'files["model.bin"] = pickle.dumps(model)',
        'files = {"model.bin": pickle.dumps({"weights": model})}',
        '(folder / "model.pkl").write_bytes(pickle.dumps(model))',
    ],
)
def test_a_model_pickled_to_the_bytes_of_a_file_is_exported(line: str) -> None:
    code = (
        f"import pickle\ndef ship(model, folder):\n    files = {{}}\n    {line}\n    return files\n"
    )
    (use,) = concluded({"ship.py": code}, ModelExport)
    assert use.executable


def test_pickled_bytes_that_become_no_model_file_are_no_export() -> None:
    code = "import pickle\ndef key(rows):\n    return hash(pickle.dumps(rows))\n"
    assert concluded({"cache.py": code}, ModelExport) == []


@pytest.mark.parametrize(
    ("narrowing", "found"),
    [("astype(np.float16)", True), ('astype("int8")', True), ("astype(np.float32)", False)],
)
def test_loaded_weights_cut_to_fewer_bits_and_saved_are_transformed(
    narrowing: str, found: bool
) -> None:
    code = f"""
import numpy as np
from safetensors.numpy import load_file, save_file
def small(array):
    return array.{narrowing}
def main(path):
    tensors = {{name: small(array) for name, array in load_file(path).items()}}
    save_file(tensors, path)
"""
    assert bool(concluded({"shrink.py": code}, Transform)) is found


@pytest.mark.parametrize("reading", ["json.loads(line)", "json.loads(line.strip())"])
def test_a_line_of_json_is_a_row_whose_names_others_chose(reading: str) -> None:
    code = f"""
import json, sys
from pathlib import Path
with open(sys.argv[1]) as stream:
    for line in stream:
        row = {reading}
        Path("out/" + row["name"]).write_bytes(b"")
"""
    uses = [u for u in concluded({"unpack.py": code}, PathUse) if u.action == "write"]
    assert [o.kind for use in uses for o in use.origins] == [OriginKind.DATA_ROW]


def test_what_is_not_followed_is_told_once_for_a_file() -> None:
    code = "import pickle\n" + "".join(
        f"def f{n}_0(x):\n    return pickle.load(x)\n"
        + "".join(f"def f{n}_{m}(x):\n    return f{n}_{m - 1}(x)\n" for m in range(1, 9))
        for n in range(3)
    )
    facts = [fact for fact in stated({"deep.py": code}) if not isinstance(fact, Unread)]
    told = [item for item in solve(SupplyGraph(facts=facts)) if isinstance(item, Unread)]
    assert [item.reason for item in told] == ["3 values not followed: more than 5 callers deep"]
