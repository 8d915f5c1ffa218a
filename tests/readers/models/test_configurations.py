"""Repository files that loaders act upon: code that they name is told, plain settings are not."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from types import ModuleType

import pytest

from whence.readers.contract import Source
from whence.readers.models import artefact, model_card
from whence.readers.models.configuration import (
    adapter,
    archived_settings,
    diffusers,
    hub_config,
    mlmodel,
    sentence_transformers,
)
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData, ModelOrigin

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def read(reader: ModuleType, path: str, content: object) -> list[Fact | Unread]:
    text = content if isinstance(content, str) else json.dumps(content, indent=2)
    assert reader.claims(path, text.encode()[:4096])
    found: Iterator[Fact | Unread] = reader.read(Source.of_bytes(path, text.encode()))
    return list(found)


def code(facts: list[Fact | Unread]) -> list[tuple[str, str, str]]:
    return [(f.mechanism, f.target, f.verdict) for f in facts if isinstance(f, ConfiguredCode)]


def origins(facts: list[Fact | Unread]) -> list[tuple[str, str, str]]:
    return [(f.subject, f.origin, f.relation) for f in facts if isinstance(f, ModelOrigin)]


def test_reads_auto_map_of_this_and_of_another_repository() -> None:
    config = {
        "model_type": "custom",
        "auto_map": {"AutoModel": "modeling_x.Model", "AutoTokenizer": ["acme/code--tok.T", None]},
    }
    facts = read(hub_config, "m/config.json", config)

    assert code(facts) == [
        ("auto_map", "modeling_x.Model", "review"),
        ("auto_map", "acme/code--tok.T", "review"),
    ]
    assert [f.repository for f in facts if isinstance(f, ConfiguredCode)] == ["", "acme/code"]
    assert [f.span.first for f in facts if isinstance(f, ConfiguredCode)] == [4, 6]


def test_reads_custom_pipelines_and_kernels() -> None:
    config = {"custom_pipelines": {"x": {"impl": "pipe.P"}}, "attn_implementation": "acme/kernel"}

    assert code(read(hub_config, "m/config.json", config)) == [
        ("custom-pipeline", "pipe.P", "review"),
        ("hub-kernel", "acme/kernel", "review"),
    ]


@pytest.mark.parametrize("implementation", ["eager", "sdpa", "flash_attention_2", None])
def test_stays_quiet_on_a_plain_configuration(implementation: str | None) -> None:
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": 768,
        "_name_or_path": "./local",
        "attn_implementation": implementation,
    }

    assert read(hub_config, "m/config.json", config) == []


def test_knows_what_a_model_was_made_from() -> None:
    config = {"model_type": "bert", "_name_or_path": "acme/base", "_commit_hash": COMMIT}
    facts = read(hub_config, "m/config.json", config)

    assert origins(facts) == [("m", "acme/base", "base")]
    assert [f.revision for f in facts if isinstance(f, ModelOrigin)] == [COMMIT]


def test_tells_shards_outside_the_folder() -> None:
    index = {
        "metadata": {},
        "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "../x.bin"},
    }
    facts = read(hub_config, "m/model.safetensors.index.json", index)

    assert [f.location for f in facts if isinstance(f, ExternalData)] == ["../x.bin"]


@pytest.mark.parametrize(
    ("library", "verdict"),
    [
        ("transformers.models.llama.modeling_llama", "expected"), ("os", "malicious"),
        ("subprocess", "malicious"), ("transformers_modules.acme.modeling", "review"),
    ],
)  # fmt: skip
def test_judges_the_library_that_an_adapter_imports(library: str, verdict: str) -> None:
    config = {
        "base_model_name_or_path": "acme/base",
        "auto_mapping": {"base_model_class": "C", "parent_library": library},
    }
    facts = read(adapter, "a/adapter_config.json", config)

    assert code(facts) == [("adapter-mapping", f"{library}.C", verdict)]
    assert origins(facts) == [("a", "acme/base", "base")]


def test_judges_the_modules_of_a_sentence_encoder() -> None:
    modules = [
        {"name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"name": "1", "path": "../x", "type": "acme_modules.Pool"},
        {"name": "2", "path": "2", "type": "builtins.eval"},
    ]
    facts = read(sentence_transformers, "e/modules.json", modules)

    assert [verdict for _, _, verdict in code(facts)] == ["expected", "review", "malicious"]
    assert [f.escapes for f in facts if isinstance(f, ExternalData)] == ["parent directory"]


@pytest.mark.parametrize(
    ("activation", "verdict"),
    [("torch.nn.modules.activation.Tanh", "expected"), ("os.system", "malicious")],
)
def test_judges_the_activation_of_a_dense_module(activation: str, verdict: str) -> None:
    facts = read(
        sentence_transformers, "e/2_Dense/config.json", {"activation_function": activation}
    )

    assert [each for _, _, each in code(facts)] == [verdict]


def test_tells_pipeline_components_that_are_python_files() -> None:
    index = {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["my_unet", "Net"],
        "vae": ["diffusers", "AutoencoderKL"],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "feature_extractor": [None, None],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "scheduler": ["acme/code--sched", "S"],
    }

    assert code(read(diffusers, "d/model_index.json", index)) == [
        ("custom-pipeline", "my_unet.Net", "review"),
        ("custom-pipeline", "acme/code--sched.S", "review"),
    ]


def test_judges_the_loader_of_an_mlflow_model() -> None:
    text = (
        "flavors:\n  python_function:\n    loader_module: {}\n    code: code\n"
        "  sklearn:\n    pickled_model: model.pkl\nrun_id: 0f3c\n"
    )
    ordinary = read(mlmodel, "m/MLmodel", text.format("mlflow.sklearn"))
    odd = read(mlmodel, "m/MLmodel", text.format("acme_loader"))
    bad = read(mlmodel, "m/MLmodel", text.format("subprocess"))

    assert [verdict for _, _, verdict in code(ordinary)] == ["expected", "review"]
    assert code(odd)[0] == ("mlflow-loader", "acme_loader", "review")
    assert code(bad)[0] == ("mlflow-loader", "subprocess", "malicious")
    assert origins(ordinary) == [("m", "run 0f3c", "self")]


def test_reads_settings_inside_an_archive() -> None:
    text = (
        b"model:\n  _target_: nemo.collections.asr.models.EncDec\n  aug:\n    _target_: os.system\n"
    )
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo("./model_config.yaml")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))

    facts = list(artefact.read(Source.of_bytes("m.nemo", stream.getvalue())))

    assert code(facts) == [
        ("nemo-target", "nemo.collections.asr.models.EncDec", "expected"),
        ("nemo-target", "os.system", "malicious"),
    ]
    assert [f.span.place for f in facts if isinstance(f, ConfiguredCode)][1] == (
        "gzip > ./model_config.yaml:4"
    )


def test_judges_the_types_of_skops() -> None:
    schema = {
        "__class__": "Pipeline", "__module__": "sklearn.pipeline", "__loader__": "ObjectNode",
        "content": {"x": {"__class__": "Own", "__module__": "acme.steps", "__loader__": "ObjectNode"},
                    "y": {"__class__": "eval", "__module__": "builtins", "__loader__": "FunctionNode"}},
    }  # fmt: skip
    facts = read(archived_settings, "schema.json", schema)

    found = {target: verdict for _, target, verdict in code(facts)}
    assert found == {
        "sklearn.pipeline.Pipeline": "expected", "acme.steps.Own": "review", "builtins.eval": "malicious",
    }  # fmt: skip


def test_reads_origins_and_digests_of_a_card() -> None:
    digest = "ab" * 32
    card = (
        "---\nbase_model:\n- acme/base\nlicense: mit\n---\n# Model\n"
        "Downloaded from https://models.example.com/x.bin on a day.\n"
        f"| file | sha256 |\n|---|---|\n| `model.bin` | {digest} |\n"
    )
    facts = read(model_card, "m/README.md", card)

    assert origins(facts) == [
        ("m", "acme/base", "base"),
        ("m", "https://models.example.com/x.bin", "self"),
    ]
    assert [(f.target, f.digest) for f in facts if isinstance(f, RecordedDigest)] == [
        ("m/model.bin", digest)
    ]


def test_finds_no_origin_in_an_ordinary_readme() -> None:
    text = "# Service\n\nInstall with `pip install -e .`, see https://docs.example.com/ for more.\n"

    assert read(model_card, "README.md", text) == []


def test_white_space_in_front_hides_no_setting() -> None:
    head = b" " * 5000

    assert hub_config.claims("m/config.json", head)
    assert hub_config.claims("m/model.safetensors.index.json", head)
