"""Code that settings name in less usual ways: each loader's own, and its harmless twin."""

from __future__ import annotations

import json
from types import ModuleType

import pytest

from whence.readers.contract import Source, Unreadable
from whence.readers.models.configuration import (
    archived_settings,
    custom_generate,
    hub_config,
    mlmodel,
)
from whence.vocabulary.fact.models import ConfiguredCode


def told(reader: ModuleType, path: str, content: object) -> list[tuple[str, str]]:
    text = content if isinstance(content, str) else json.dumps(content)
    assert reader.claims(path, text.encode()[:4096])
    found: list[tuple[str, str]] = []
    try:
        for fact in reader.read(Source.of_bytes(path, text.encode())):
            if isinstance(fact, ConfiguredCode):
                found.append((fact.target, fact.verdict))
    except Unreadable:
        found.append(("", "unread"))
    return found


def node(module: str, kind: str, loader: str, **more: object) -> dict[str, object]:
    return {"__class__": kind, "__module__": module, "__loader__": loader, **more}


OWNER = node("sklearn.preprocessing._data", "StandardScaler", "ObjectNode", content={})
METHOD = {"func": "transform", "obj": OWNER}


@pytest.mark.parametrize(
    ("content", "verdicts"),
    [
        (node("builtins", "function", "FunctionNode",
              content={"module_path": "subprocess", "function": "Popen"}), ["malicious"]),
        (node("numpy", "log1p", "FunctionNode"), ["expected"]),
        (node("acme.features", "scale", "FunctionNode"), ["review"]),
        (node("operator", "itemgetter", "OperatorFuncNode"), ["review"]),
        (node("operator", "call", "OperatorFuncNode"), ["malicious"]),
        (node("sklearn.base", "methodcaller", "OperatorFuncNode"), ["malicious"]),
        (node("sklearn.preprocessing._data", "StandardScaler", "MethodNode", content=METHOD),
         ["expected"]),
        (node("sklearn.base", "clone", "MethodNode", content=METHOD), ["malicious", "expected"]),
        (node("sklearn.preprocessing._data", "StandardScaler", "MethodNode",
              content={"func": "__reduce__", "obj": OWNER}), ["malicious"]),
    ],
)  # fmt: skip
def test_skops_nodes_are_judged_by_what_they_really_call(
    content: dict[str, object], verdicts: list[str]
) -> None:
    assert [verdict for _, verdict in told(archived_settings, "schema.json", content)] == verdicts


@pytest.mark.parametrize(
    ("line", "target", "verdict"),
    [
        ("a: !!python/object/apply:os.system [echo]", "os.system", "malicious"),
        ("a: !!python/object/new:subprocess.Popen {}", "subprocess.Popen", "malicious"),
        ("a: !!python/name:acme.nets.Encoder", "acme.nets.Encoder", "review"),
    ],
)
def test_tags_of_yaml_that_build_objects_are_told(line: str, target: str, verdict: str) -> None:
    text = f"target: nemo.collections.asr.Model\n{line}\n"
    found = told(archived_settings, "model_config.yaml", text)

    assert found[0] == (target, verdict)
    assert found[-1] == ("", "unread")


def test_tags_in_an_mlflow_model_are_told() -> None:
    text = "flavors: !!python/object/apply:os.system [echo]\n"

    assert told(mlmodel, "m/MLmodel", text)[0] == ("os.system", "malicious")


def test_a_part_of_a_configuration_may_map_classes_of_its_own() -> None:
    config = {"model_type": "joint", "text_config": {"auto_map": {"AutoModel": "text.Text"}}}

    assert told(hub_config, "m/config.json", config) == [("text.Text", "review")]


def test_a_model_that_brings_its_own_way_to_generate_is_told() -> None:
    found = told(custom_generate, "m/custom_generate/generate.py", "def generate(model): ...")

    assert found == [("custom_generate/generate.py", "review")]
    assert not custom_generate.claims("src/generate.py", b"")


def test_a_settings_file_of_an_archive_may_name_a_class_by_any_of_three_keys() -> None:
    text = "encoder:\n  cls: acme.evil.Loader\n"

    assert archived_settings.claims("m.nemo/model_config.yaml", text.encode())
    assert told(archived_settings, "model_config.yaml", text) == [("acme.evil.Loader", "review")]
