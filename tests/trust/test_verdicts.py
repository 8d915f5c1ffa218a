"""Verdicts on models of this disk: a folder goes in, one verdict for each model comes out."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
from pathlib import Path

import pytest

from whence.trust.local import trust_path
from whence.trust.model_verdict import ModelVerdict, TrustReport, Verdict
from whence.vocabulary.example_bytes import assemble

MALICIOUS = "PROTO 2\nGLOBAL os system\nUNICODE echo\nTUPLE1\nREDUCE\nSTOP"
HARMLESS = "PROTO 2\nGLOBAL collections OrderedDict\nEMPTY_TUPLE\nREDUCE\nSTOP"
CUSTOM = "PROTO 2\nGLOBAL acme.nets Encoder\nEMPTY_TUPLE\nREDUCE\nSTOP"
TENSORS = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}\nzeros 8'
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 5\n"


def made(language: str, body: str) -> bytes:
    content = assemble(language, body)
    assert content is not None
    return content


def torch_zip(body: str) -> bytes:
    return made("zip", f"member archive/data.pkl pickle\n{body}\nmember archive/version text\n3")


def report(folder: Path, files: dict[str, bytes | str]) -> TrustReport:
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return trust_path(folder, use_cache=False)


def judged(folder: Path, files: dict[str, bytes | str]) -> dict[str, ModelVerdict]:
    return {model.path: model for model in report(folder, files).models}


def only(folder: Path, files: dict[str, bytes | str]) -> ModelVerdict:
    (model,) = judged(folder, files).values()
    return model


def test_a_call_of_the_system_is_malicious_and_shows_its_opcodes(tmp_path: Path) -> None:
    model = only(tmp_path, {"model.pkl": made("pickle", MALICIOUS)})

    assert model.verdict is Verdict.MALICIOUS
    assert "import os.system" in model.reasons[0].proof
    assert "call os.system" in model.reasons[0].proof
    assert model.conversion == ""
    assert model.needed_safe_globals == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", made("safetensors", TENSORS)),
        ("model.pt", torch_zip(HARMLESS)),
        ("model.pkl", pickle.dumps({"weights": [0.5] * 100})),
        ("model.gguf", made("gguf", "general.architecture = llama")),
    ],
)
def test_what_runs_nothing_is_clean_and_accounted_for(
    tmp_path: Path, name: str, content: bytes
) -> None:
    model = only(tmp_path, {name: content})

    assert model.verdict is Verdict.CLEAN
    assert model.covered == 1.0
    assert model.reasons == ()


def test_an_unknown_class_needs_review_and_names_what_torch_must_be_told(tmp_path: Path) -> None:
    model = only(tmp_path, {"model.pt": torch_zip(CUSTOM)})

    assert model.verdict is Verdict.REVIEW
    assert model.needed_safe_globals == ("acme.nets.Encoder",)
    assert "add_safe_globals([acme.nets.Encoder])" in model.conversion
    assert "weights_only=True" in model.conversion


def test_every_name_to_allow_has_its_line_and_the_script_its_own_classes(tmp_path: Path) -> None:
    names = ["__main__ Net", "acme.nets Encoder"]
    built = "".join(f"GLOBAL {name}\nEMPTY_TUPLE\nREDUCE\n" for name in names)
    model = only(tmp_path, {"model.pt": torch_zip(f"PROTO 2\n{built}TUPLE2\nSTOP")})

    assert model.needed_safe_globals == ("__main__.Net", "acme.nets.Encoder")
    assert "add_safe_globals([\n    Net,\n    acme.nets.Encoder,\n])" in model.conversion
    assert "Define Net in the script itself" in model.conversion
    assert "import __main__" not in model.conversion


def test_names_that_torch_allows_by_itself_are_not_asked_for(tmp_path: Path) -> None:
    model = only(tmp_path, {"model.pt": torch_zip(HARMLESS)})

    assert model.needed_safe_globals == ()
    assert "add_safe_globals" not in model.conversion


@pytest.mark.parametrize(
    ("name", "asked_for"),
    [
        ("torch bfloat16", False), ("torch.cuda FloatStorage", False),
        ("torch per_channel_affine", False), ("torch._utils _rebuild_qtensor", False),
        ("builtins setattr", True), ("torch._utils _rebuild_anything", True),
        ("collections defaultdict", True), ("torch.nn.modules.linear Linear", True),
    ],
)  # fmt: skip
def test_only_names_that_torch_does_not_allow_are_asked_for(
    tmp_path: Path, name: str, asked_for: bool
) -> None:
    body = f"PROTO 2\nEMPTY_LIST\nGLOBAL {name}\nAPPEND\nSTOP"
    models = judged(tmp_path, {"model.pt": torch_zip(body)})

    assert models["model.pt"].needed_safe_globals == (
        (name.replace(" ", "."),) if asked_for else ()
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.safetensors", made("safetensors", TENSORS)[:-4], "missing"),
        ("cut.pkl", made("pickle", HARMLESS)[:-3], "not read to its end"),
        ("cut.pt", torch_zip(HARMLESS)[:-40], "cut short"),
        ("empty.pt", b"", "empty"),
        ("pointer.bin", POINTER.encode(), "git lfs pull"),
        ("noise.bin", bytes(range(200, 256)) * 50, "no format that whence knows"),
    ],
)
def test_what_cannot_be_read_in_full_is_never_clean(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    model = only(tmp_path, {name: content})

    assert model.verdict is Verdict.INCOMPLETE
    assert model.covered < 1.0
    assert any(said in reason.text for reason in model.reasons)


def test_every_cut_of_a_model_is_something_else_than_clean(tmp_path: Path) -> None:
    whole = torch_zip(CUSTOM.replace("acme.nets Encoder", "collections OrderedDict"))
    cuts = {f"{at:04}.pt": whole[:at] for at in range(0, len(whole), 7)}

    verdicts = judged(tmp_path, dict(cuts))

    assert len(verdicts) == len(cuts)
    assert all(model.verdict is not Verdict.CLEAN for model in verdicts.values())


def test_malicious_goes_before_unread_and_both_are_said(tmp_path: Path) -> None:
    model = only(tmp_path, {"model.pkl": made("pickle", MALICIOUS)[:-1] + b"\x8c\xffshort"})

    assert model.levels[:2] == (Verdict.MALICIOUS, Verdict.INCOMPLETE)


def test_unread_goes_before_review_and_both_are_said(tmp_path: Path) -> None:
    model = only(
        tmp_path,
        {
            "model.safetensors": made("safetensors", TENSORS)[:-4],
            "config.json": '{"model_type":"x","auto_map":{"AutoModel":"net.Net"}}',
        },
    )

    assert model.verdict is Verdict.INCOMPLETE
    assert Verdict.REVIEW in model.levels


def test_the_metadata_of_a_folder_counts_for_its_models_and_no_others(tmp_path: Path) -> None:
    tensors = made("safetensors", TENSORS)
    verdicts = judged(
        tmp_path,
        {
            "a/model.safetensors": tensors,
            "a/config.json": '{"model_type":"x","auto_map":{"AutoModel":"net.Net"}}',
            "b/model.safetensors": tensors,
        },
    )

    assert verdicts["a/model.safetensors"].verdict is Verdict.REVIEW
    assert verdicts["b/model.safetensors"].verdict is Verdict.CLEAN


def test_a_module_list_below_the_weights_counts_for_them(tmp_path: Path) -> None:
    modules = [{"idx": 0, "name": "0", "path": "", "type": "subprocess.Popen"}]
    model = only(
        tmp_path,
        {
            "model.safetensors": made("safetensors", TENSORS),
            "inner/modules.json": json.dumps(modules),
        },
    )

    assert model.verdict is Verdict.MALICIOUS
    assert model.metadata == ("inner/modules.json",)


def test_a_template_that_leaves_the_sandbox_is_malicious(tmp_path: Path) -> None:
    template = "{{ messages.__class__.__init__.__globals__ }}"
    model = only(
        tmp_path,
        {
            "model.safetensors": made("safetensors", TENSORS),
            "tokenizer_config.json": json.dumps({"chat_template": template}),
        },
    )

    assert model.verdict is Verdict.MALICIOUS
    assert "__globals__" in model.reasons[0].text


def test_an_ordinary_template_and_configuration_stay_clean(tmp_path: Path) -> None:
    template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] | trim }}{% endfor %}"
    model = only(
        tmp_path,
        {
            "model.safetensors": made("safetensors", TENSORS),
            "config.json": '{"model_type":"bert","architectures":["BertModel"]}',
            "tokenizer_config.json": json.dumps({"chat_template": template}),
        },
    )

    assert model.verdict is Verdict.CLEAN
    assert model.metadata == ("tokenizer_config.json",)


def test_a_broken_configuration_beside_the_weights_is_never_clean(tmp_path: Path) -> None:
    model = only(
        tmp_path,
        {"model.safetensors": made("safetensors", TENSORS), "config.json": '{"auto_map": '},
    )

    assert model.verdict is Verdict.INCOMPLETE


def test_a_configuration_without_weights_is_judged_itself(tmp_path: Path) -> None:
    modules = [{"idx": 0, "name": "0", "path": "", "type": "subprocess.Popen"}]
    model = only(tmp_path, {"modules.json": json.dumps(modules)})

    assert model.verdict is Verdict.MALICIOUS
    assert model.format == "configuration"


def test_shards_are_one_model_and_one_bad_shard_decides(tmp_path: Path) -> None:
    tensors = made("safetensors", TENSORS)
    model = only(
        tmp_path,
        {
            "model-00001-of-00002.safetensors": tensors,
            "model-00002-of-00002.safetensors": tensors[:-4],
        },
    )

    assert model.path == "model.safetensors"
    assert len(model.parts) == 2
    assert model.verdict is Verdict.INCOMPLETE
    assert 0.5 < model.covered < 1.0


@pytest.mark.parametrize(
    ("code", "requirement", "effect"),
    [
        ("torch.load('model.pt', weights_only=False)", "torch==2.6.0", "runs what the file says"),
        ("torch.load('model.pt')", "torch==2.5.1", "runs what the file says"),
        ("torch.load('model.pt')", "torch==2.7.0", "restricted to data"),
        ("torch.load('model.pt', weights_only=True)", "torch==2.5.1", "CVE-2025-32434"),
    ],
)
def test_the_code_that_loads_it_says_what_would_happen(
    tmp_path: Path, code: str, requirement: str, effect: str
) -> None:
    model = only(
        tmp_path,
        {
            "model.pt": torch_zip(CUSTOM),
            "serve.py": f"import torch\n\nmodel = {code}\n",
            "requirements.txt": requirement + "\n",
        },
    )

    (load,) = model.loaded_by
    assert str(load.span) == "serve.py:3"
    assert effect in load.effect
    assert load.versions == (requirement.removeprefix("torch=="),)


LAMBDA = (
    'member config.json text\n{"class_name": "Sequential", "module": "keras", "config": {"layers":'
    ' [{"class_name": "Lambda", "module": "keras.layers", "config": {"function": {"class_name":'
    ' "__lambda__", "config": {"code": "4wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}}}]}}\n'
    'member metadata.json text\n{"keras_version": "3.8.0"}'
)


@pytest.mark.parametrize(
    ("setting", "effect"),
    [("safe_mode=False", "runs what the file says"), ("safe_mode=True", "restricted")],
)
def test_a_layer_of_code_runs_where_the_loader_lets_it(
    tmp_path: Path, setting: str, effect: str
) -> None:
    model = only(
        tmp_path,
        {
            "net.keras": made("zip", LAMBDA),
            "score.py": f"import keras\n\nnet = keras.models.load_model('net.keras', {setting})\n",
            "requirements.txt": "keras==3.12.0\n",
        },
    )

    assert [load.effect.startswith(effect) for load in model.loaded_by] == [True]


def test_the_default_of_a_setting_is_a_place_that_is_loaded(tmp_path: Path) -> None:
    code = (
        "import os\nimport pickle\n\nwhere = os.environ.get('MODEL', '/models/model.pkl')\n"
        "with open(where, 'rb') as stream:\n    model = pickle.load(stream)\n"
    )
    model = only(tmp_path, {"models/model.pkl": made("pickle", CUSTOM), "serve/main.py": code})

    assert [str(load.span) for load in model.loaded_by] == ["serve/main.py:6"]


def test_a_recorded_digest_is_compared_and_its_place_is_told(tmp_path: Path) -> None:
    tensors = made("safetensors", TENSORS)
    other = "0" * 64
    right = only(tmp_path, {"model.safetensors": tensors}).sha256
    beside = only(tmp_path, {"SHA256SUMS": f"{right}  model.safetensors\n"})
    wrong = only(tmp_path, {"SHA256SUMS": f"{other}  model.safetensors\n"})

    assert [record.outcome for record in beside.records] == ["matches"]
    assert "whoever can swap one can change both" in beside.records[0].kept
    assert beside.verdict is Verdict.CLEAN
    assert [record.outcome for record in wrong.records] == ["differs"]
    assert wrong.verdict is Verdict.REVIEW


def test_a_project_cannot_talk_its_way_out(tmp_path: Path) -> None:
    """Settings and comments of the audited tree dismiss findings, never a verdict."""
    model = only(
        tmp_path,
        {
            "model.pkl": made("pickle", MALICIOUS),
            "whence.toml": 'exclude = ["*.pkl"]\nskip = ["malicious-model-file"]\n',
        },
    )

    assert model.verdict is Verdict.MALICIOUS


def test_bytes_that_nothing_explains_are_never_clean(tmp_path: Path) -> None:
    model = only(tmp_path, {"model.safetensors": made("safetensors", TENSORS) + b"surplus"})

    assert model.verdict is Verdict.INCOMPLETE
    assert Verdict.REVIEW in model.levels
    assert any("of the bytes were understood" in reason.text for reason in model.reasons)


def file_graph(operator: str, place: str) -> bytes:
    tensor = f'5 {{\n1: "value"\n2 {{\n8 {{\n8: "{place}"\n}}\n}}\n}}'
    node = f'1 {{\n1: "n"\n2: "Const"\n{tensor}\n}}\n1 {{\n1: "w"\n2: "{operator}"\n3: "n"\n}}'
    return made("protobuf", f'1: 1\n2 {{\n1 {{\n1: "v1"\n}}\n2 {{\n{node}\n}}\n}}')


@pytest.mark.parametrize(
    ("operator", "place", "verdict"),
    [
        ("WriteFile", "/home/app/.profile", Verdict.MALICIOUS),
        ("WriteFile", "metrics.txt", Verdict.REVIEW),
        ("ReadFile", "/data/vocabulary.txt", Verdict.REVIEW),
    ],
)
def test_a_graph_that_writes_outside_its_folder_is_malicious(
    tmp_path: Path, operator: str, place: str, verdict: Verdict
) -> None:
    model = only(tmp_path, {"saved_model.pb": file_graph(operator, place)})

    assert model.verdict is verdict
    assert operator in model.reasons[0].text


def test_a_member_of_an_archive_is_judged(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        content = made("pickle", MALICIOUS)
        info = tarfile.TarInfo("inner/model.joblib")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))

    assert only(tmp_path, {"release.tar.gz": stream.getvalue()}).verdict is Verdict.MALICIOUS


def test_a_single_file_is_judged_alone_and_says_so(tmp_path: Path) -> None:
    report(tmp_path, {"model.safetensors": made("safetensors", TENSORS), "config.json": "{}"})

    alone = trust_path(tmp_path / "model.safetensors", use_cache=False)

    assert [model.verdict for model in alone.models] == [Verdict.CLEAN]
    assert any("judged alone" in note for note in alone.notes)


def test_links_are_not_followed_and_are_counted(tmp_path: Path) -> None:
    outside = tmp_path / "blob"
    outside.write_bytes(made("pickle", MALICIOUS))
    folder = tmp_path / "snapshot"
    folder.mkdir()
    (folder / "model.pkl").symlink_to(outside)

    told = trust_path(folder, use_cache=False)

    assert told.models == ()
    assert any("symbolic link" in note for note in told.notes)


def test_a_configuration_that_is_a_link_is_never_passed_over(tmp_path: Path) -> None:
    settings = '{"model_type":"x","auto_map":{"AutoModel":"net.Net"}}'
    linked = {"model.safetensors": made("safetensors", TENSORS), ".hidden/settings": settings}
    report(tmp_path / "linked", dict(linked))
    (tmp_path / "linked" / "config.json").symlink_to(".hidden/settings")

    (model,) = trust_path(tmp_path / "linked", use_cache=False).models

    assert model.verdict is Verdict.INCOMPLETE
    assert "symbolic link" in model.reasons[0].text


def test_a_blob_of_the_hub_cache_is_never_clean_since_its_settings_have_no_name(
    tmp_path: Path,
) -> None:
    blob = f"models--acme--encoder/blobs/{'c' * 64}"
    model = only(tmp_path, {blob: made("safetensors", TENSORS)})

    assert model.verdict is Verdict.INCOMPLETE
    assert any("cp -rL" in reason.text for reason in model.reasons)


def test_the_gravest_comes_first(tmp_path: Path) -> None:
    told = report(
        tmp_path,
        {
            "a.safetensors": made("safetensors", TENSORS),
            "b.pt": torch_zip(CUSTOM),
            "c.safetensors": made("safetensors", TENSORS)[:-4],
            "d.pkl": made("pickle", MALICIOUS),
        },
    )

    assert [model.verdict for model in told.models] == list(Verdict)
    assert told.worst is Verdict.MALICIOUS
