"""`whence trust hf:owner/name@revision` against a hub on the loopback."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import click.testing
import pytest

from whence.cli.trust_command import trust
from whence.trust import hub as hub_client
from whence.trust import ranges
from whence.trust.hub import HubFailed, parse_address
from whence.trust.hub_audit import trust_hub
from whence.trust.local import trust_path
from whence.trust.model_verdict import ModelVerdict, TrustReport, Verdict
from whence.vocabulary.example_bytes import assemble

if TYPE_CHECKING:
    from conftest import Hub

pytest.importorskip("huggingface_hub", reason="the extra whence[hub] is not installed")

MALICIOUS = "PROTO 2\nGLOBAL os system\nUNICODE echo\nTUPLE1\nREDUCE\nSTOP"
HARMLESS = "PROTO 2\nGLOBAL collections OrderedDict\nEMPTY_TUPLE\nREDUCE\nSTOP"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TENSORS = 10
TENSOR_BYTES = 500_000
PINNED = f"hf:acme/encoder@{COMMIT}"


def made(language: str, body: str) -> bytes:
    content = assemble(language, body)
    assert content is not None
    return content


def checkpoint(pickle: str, *, tensors: int = TENSORS) -> bytes:
    """A torch checkpoint of about 5 MB; the tensors hold bytes that no reader may stumble on."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("archive/data.pkl"), made("pickle", pickle))
        for number in range(tensors):
            noise = hashlib.sha256(str(number).encode()).digest() * (TENSOR_BYTES // 32)
            archive.writestr(zipfile.ZipInfo(f"archive/data/{number}"), noise)
        archive.writestr(zipfile.ZipInfo("archive/version"), b"3\n")
    return stream.getvalue()


def safetensors(room: int) -> bytes:
    header = f'{{"w":{{"dtype":"U8","shape":[{room}],"data_offsets":[0,{room}]}}}}'
    return made("safetensors", f"{header}\nzeros {room}")


def asked(address: str = PINNED) -> TrustReport:
    return trust_hub(address, lambda step, count: None)


def only(report: TrustReport) -> ModelVerdict:
    (model,) = report.models
    return model


def test_a_malicious_checkpoint_is_proven_from_a_few_ranges(hub: Hub) -> None:
    hub.files["pytorch_model.bin"] = checkpoint(MALICIOUS)
    size = len(hub.files["pytorch_model.bin"])
    assert size > 5_000_000

    model = only(asked())

    assert model.verdict is Verdict.MALICIOUS
    assert "os.system" in model.reasons[0].proof
    assert hub.served["pytorch_model.bin"] < size / 10
    assert model.parts[0].fetched == hub.served["pytorch_model.bin"]
    assert any("were not fetched" in note for note in model.notes)


def test_a_harmless_checkpoint_is_clean_and_says_what_was_not_fetched(hub: Hub) -> None:
    hub.files["model.pt"] = checkpoint(HARMLESS)

    model = only(asked())

    assert model.verdict is Verdict.CLEAN
    assert any("tensor bytes" in note and "not fetched" in note for note in model.notes)
    assert model.parts[0].stated_by == "the hub"
    assert model.sha256 == hashlib.sha256(hub.files["model.pt"]).hexdigest()


def test_safetensors_are_judged_by_their_header(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(3_000_000)

    model = only(asked())

    assert model.verdict is Verdict.CLEAN
    assert hub.served["model.safetensors"] < 200_000


def test_a_safetensors_header_that_promises_more_is_never_clean(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(3_000_000)[:-1000]

    model = only(asked())

    assert model.verdict is Verdict.INCOMPLETE
    assert model.covered < 1.0


def test_code_named_by_the_configuration_makes_tensors_need_review(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(2_000)
    hub.files["config.json"] = b'{"model_type":"x","auto_map":{"AutoModel":"net.Net"}}'
    hub.files["net.py"] = b"class Net: pass\n"

    model = only(asked())

    assert model.verdict is Verdict.REVIEW
    assert "net.Net" in model.reasons[0].text
    assert model.metadata == ("config.json",)


def test_settings_that_the_hub_does_not_give_are_never_passed_over(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(2_000)
    hub.files["config.json"] = b'{"model_type":"x"}'
    hub.instead["config.json"] = b"{}"

    model = only(asked())

    assert model.verdict is Verdict.INCOMPLETE
    assert model.metadata == ("config.json",)


def test_a_name_is_resolved_to_its_commit_and_called_unpinned(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(100)

    for address, named in (("hf:acme/encoder", "no revision"), ("hf:acme/encoder@v1", "name v1")):
        report = asked(address)
        assert report.commit == COMMIT
        assert not report.pinned
        assert any(named in note and COMMIT in note for note in report.notes)


def test_a_commit_is_called_pinned(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(100)

    report = asked()

    assert report.pinned
    assert report.notes == ()


def test_a_server_that_ignores_ranges_is_read_whole_within_bounds(hub: Hub) -> None:
    hub.ranges = False
    hub.files["model.pt"] = checkpoint(MALICIOUS, tensors=3)

    model = only(asked())

    assert model.verdict is Verdict.MALICIOUS
    assert hub.served["model.pt"] == len(hub.files["model.pt"])
    assert any("ignores range requests" in note for note in model.notes)


def test_a_server_that_ignores_ranges_is_not_followed_beyond_the_limit(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "FILE_LIMIT", 1_000_000)
    hub.ranges = False
    hub.files["model.pt"] = checkpoint(MALICIOUS, tensors=3)

    model = only(asked())

    assert model.verdict is Verdict.INCOMPLETE
    assert "would have to be fetched" in model.reasons[0].text


def test_a_pointer_that_the_hub_gives_in_place_of_weights_is_said(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(5_000)
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 5067\n"
    hub.instead["model.safetensors"] = pointer.encode()

    model = only(asked())

    assert model.verdict is Verdict.INCOMPLETE
    assert "Git LFS pointer" in model.reasons[0].text


def test_a_committed_pointer_is_said(hub: Hub) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 5067\n"
    hub.files["model.safetensors"] = pointer.encode()

    model = only(asked())

    assert model.verdict is Verdict.INCOMPLETE
    assert "git lfs pull" in model.reasons[0].text


def test_another_size_than_the_listing_states_is_never_clean(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(5_000)
    hub.instead["model.safetensors"] = safetensors(9_000)

    model = only(asked())

    assert model.verdict is Verdict.INCOMPLETE
    assert "where the listing says" in model.reasons[0].text


def test_an_answer_that_breaks_off_is_never_clean(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(5_000)
    hub.cut = True

    model = only(asked())

    assert model.verdict is Verdict.INCOMPLETE
    assert "broke off" in model.reasons[0].text


def test_a_listed_file_that_is_gone_is_never_clean(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(5_000)
    hub.instead["model.safetensors"] = b""

    assert only(asked()).verdict is Verdict.INCOMPLETE


def test_a_redirect_is_followed_once_and_takes_no_token_along(
    hub: Hub, store: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_example")
    hub.files["model.pt"] = store.files["model.pt"] = checkpoint(MALICIOUS)
    hub.redirect = store.address

    model = only(asked())

    assert model.verdict is Verdict.MALICIOUS
    assert hub.asked == 1
    assert store.asked > 2
    assert hub.tokens == {"Bearer hf_example"}
    assert store.tokens == set()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("hf:", "no address of the hub"),
        ("hf:a/b/c", "no address of the hub"),
        ("hf:acme/en coder", "no address of the hub"),
        ("hf:../../etc", "no address of the hub"),
        ("hf:acme/encoder@", "no address of the hub"),
        ("hf:acme/unknown", "is not on the hub, or is private"),
        ("hf:acme/encoder@nowhere", "has no revision nowhere"),
    ],
)
def test_a_wrong_address_is_told_how_to_be_right(hub: Hub, address: str, words: str) -> None:
    with pytest.raises(HubFailed, match=words):
        asked(address)


def test_a_gated_repository_says_how_to_get_in(hub: Hub) -> None:
    hub.gated = True
    with pytest.raises(HubFailed, match="gated: accept its terms"):
        asked()


def test_a_hub_that_does_not_answer_is_given_up(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_client, "CONNECT_SECONDS", 0.2)
    hub.silent = True
    with pytest.raises(HubFailed, match="cannot be asked"):
        asked()


def test_a_file_that_does_not_come_is_not_read_in_full(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_client, "CONNECT_SECONDS", 0.2)
    hub.files["model.safetensors"] = safetensors(5_000)
    hub.silent_files = True

    model = only(asked())

    assert model.verdict is Verdict.INCOMPLETE
    assert "broke off" in model.reasons[0].text


def test_a_missing_client_says_what_to_install(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(HubFailed, match=r"pip install 'whence\[hub\]'"):
        asked()


def test_the_token_goes_to_the_hub_and_is_printed_nowhere(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_example")
    hub.files["model.safetensors"] = safetensors(100)

    done = click.testing.CliRunner().invoke(trust, [PINNED, "--format", "json"])

    assert hub.tokens == {"Bearer hf_example"}
    assert done.exit_code == 0
    assert "hf_example" not in done.output


def test_the_command_reports_a_repository(hub: Hub) -> None:
    hub.files["pytorch_model.bin"] = checkpoint(MALICIOUS, tensors=2)

    done = click.testing.CliRunner().invoke(trust, [PINNED, "--format", "json"])

    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["verdict"] == "malicious"
    assert told["commit"] == COMMIT
    assert told["models"][0]["parts"][0]["stated_by"] == "the hub"


def test_a_repository_without_models_says_so(hub: Hub) -> None:
    hub.files["README.md"] = b"# Nothing here\n"

    done = click.testing.CliRunner().invoke(trust, [PINNED])

    assert done.exit_code == 2
    assert "no model found here" in done.output


def project() -> dict[str, bytes]:
    """A repository with a checkpoint, the code that loads it, settings and records of digests."""
    weights = checkpoint(MALICIOUS, tensors=1)
    plain = safetensors(100)
    sums = f"{hashlib.sha256(weights).hexdigest()}  model.pt\n{'0' * 64}  model.safetensors\n"
    return {
        "model.pt": weights,
        "model.safetensors": plain,
        "config.json": b'{"model_type":"x","auto_map":{"AutoModel":"net.Net"}}',
        "net.py": b"import torch\n\nstate = torch.load('model.pt', weights_only=False)\n",
        "requirements.txt": b"torch==2.5.1\n",
        "SHA256SUMS": sums.encode(),
        "README.md": b"---\nbase_model: facebookAl/roberta-base\n---\n",
        "broken.gguf": b"GGUF\x03\x00\x00\x00",
    }


def test_a_repository_is_judged_like_its_folder(hub: Hub, tmp_path: Path) -> None:
    for path, content in project().items():
        hub.files[path] = content
        (tmp_path / path).write_bytes(content)

    remote, local = asked().models, trust_path(tmp_path, use_cache=False).models

    assert [(m.path, m.verdict) for m in remote] == [(m.path, m.verdict) for m in local]
    for here, there in zip(local, remote, strict=True):
        assert there.reasons == here.reasons
        assert there.loaded_by == here.loaded_by
        assert there.records == here.records
        assert there.findings == here.findings
    assert remote[0].loaded_by
    assert "malicious-model-file" in remote[0].findings


def test_a_hub_that_asks_for_patience_gets_it(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(100)
    hub.busy = 2

    assert only(asked()).verdict is Verdict.CLEAN


def test_a_hub_that_asks_for_too_much_patience_is_not_waited_for(hub: Hub) -> None:
    hub.files["model.safetensors"] = safetensors(100)
    hub.busy, hub.retry_after = 9, "3600"

    model = only(asked())

    assert model.verdict is Verdict.INCOMPLETE
    assert "fewer requests" in model.reasons[0].text


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "hf auth login"), (429, "too many requests"), (418, "answers 418"), (404, "check the name")],
)  # fmt: skip
def test_a_refusal_says_what_to_do(hub: Hub, status: int, words: str) -> None:
    hub.status = status
    with pytest.raises(HubFailed, match=words):
        asked()


def test_a_machine_without_a_network_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(HubFailed, match="check the network"):
        asked()


def test_progress_is_told_for_every_file(hub: Hub) -> None:
    hub.files.update({f"m{number}.safetensors": safetensors(100) for number in range(9)})
    steps: list[tuple[str, int]] = []

    trust_hub(PINNED, lambda step, count: steps.append((step, count)))

    assert [count for _, count in steps] == list(range(1, 10))


def test_an_address_is_taken_apart() -> None:
    assert parse_address("hf:acme/encoder@v1.0").revision == "v1.0"
    assert parse_address("hf:gpt2").name == "gpt2"
    assert parse_address(PINNED).pinned
