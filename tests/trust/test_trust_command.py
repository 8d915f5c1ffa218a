"""`whence trust` as a user meets it: exit codes, outputs, wrong input."""

from __future__ import annotations

import json
from pathlib import Path

import click.testing
import pytest

from whence.cli.trust_command import trust
from whence.vocabulary.example_bytes import assemble

MALICIOUS = "PROTO 2\nGLOBAL os system\nUNICODE echo\nTUPLE1\nREDUCE\nSTOP"
CUSTOM = "PROTO 2\nGLOBAL acme.nets Encoder\nEMPTY_TUPLE\nREDUCE\nSTOP"
TENSORS = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}\nzeros 8'


def made(language: str, body: str) -> bytes:
    content = assemble(language, body)
    assert content is not None
    return content


def run(*arguments: object) -> click.testing.Result:
    return click.testing.CliRunner().invoke(trust, ["--no-cache", *map(str, arguments)])


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def test_exit_codes_follow_the_gravest_verdict(models: Path) -> None:
    (models / "a.safetensors").write_bytes(made("safetensors", TENSORS))
    assert run(models).exit_code == 0
    (models / "b.pkl").write_bytes(made("pickle", CUSTOM))
    assert run(models).exit_code == 1
    assert run(models, "--fail-on", "malicious").exit_code == 0
    (models / "c.safetensors").write_bytes(made("safetensors", TENSORS)[:-4])
    assert run(models).exit_code == 3
    assert run(models, "--fail-on", "malicious").exit_code == 3
    (models / "d.pkl").write_bytes(made("pickle", MALICIOUS))
    assert run(models, "--fail-on", "malicious").exit_code == 1


def test_the_terminal_shows_verdict_proof_and_what_to_do(models: Path) -> None:
    (models / "d.pkl").write_bytes(made("pickle", MALICIOUS))

    told = run(models).output

    assert "MALICIOUS" in told
    assert "call os.system ('echo',)" in told
    assert "do not load it" in told
    assert "1 model: 1 malicious" in told


def test_json_holds_everything_and_nothing_else(models: Path) -> None:
    (models / "d.pkl").write_bytes(made("pickle", MALICIOUS))

    told = json.loads(run(models, "--format", "json").stdout)

    assert told["schema"] == "whence-trust-1"
    assert told["verdict"] == "malicious"
    assert told["models"][0]["reasons"][0]["proof"]
    assert len(told["models"][0]["sha256"]) == 64


def test_names_that_steer_a_terminal_are_written_out(models: Path) -> None:
    (models / "a\x1b[2Jb.pkl").write_bytes(made("pickle", MALICIOUS))

    told = run(models).output

    assert "\x1b" not in told
    assert "\\x1b" in told


def test_the_report_goes_to_a_file(models: Path, tmp_path: Path) -> None:
    (models / "a.safetensors").write_bytes(made("safetensors", TENSORS))

    done = run(models, "--format", "json", "--output", tmp_path / "trust.json")

    assert done.output == ""
    assert json.loads((tmp_path / "trust.json").read_text())["verdict"] == "clean"


def test_many_clean_models_are_counted_rather_than_listed(models: Path) -> None:
    for number in range(30):
        (models / f"m{number:02}.safetensors").write_bytes(made("safetensors", TENSORS))

    assert "and 10 more clean models" in run(models).output
    assert "m29.safetensors" in run(models, "-v").output


@pytest.mark.parametrize(
    ("make", "said"),
    [
        ("missing", "does not exist"),
        ("empty", "is empty"),
        ("text", "no model found here"),
        ("long", "does not exist"),
    ],
)
def test_wrong_input_is_told_how_to_be_right(tmp_path: Path, make: str, said: str) -> None:
    place = tmp_path / make
    if make == "empty":
        place.mkdir()
    elif make == "text":
        place.mkdir()
        (place / "README.md").write_text("# Nothing\n")
    elif make == "long":
        place = tmp_path / ("x" * 5000)

    done = run(place)

    assert done.exit_code == 2
    assert said in done.output


def test_a_name_of_the_hub_without_its_mark_is_recognised() -> None:
    done = run("acme/encoder")

    assert done.exit_code == 2
    assert "hf:acme/encoder" in done.output


def test_an_output_that_cannot_be_written_stops_before_the_work(models: Path) -> None:
    done = run(models, "--output", models / "no" / "such.json")

    assert done.exit_code == 2
    assert "does not exist" in done.output


def test_help_teaches_verdicts_addresses_and_exit_codes() -> None:
    told = run("--help").output

    for word in ("malicious", "needs review", "could not be read in full", "hf:owner/name", "3 a"):
        assert word in told
