"""What is malicious is proved by its opcodes, and what they do is said in words."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from whence.trust.local import trust_path
from whence.trust.model_verdict import Reason, Verdict
from whence.trust.report import as_json, as_text
from whence.vocabulary.example_bytes import assemble

ACTS = "PROTO 2\nEMPTY_LIST\nPOP\nGLOBAL os system\nBINPUT 1\nUNICODE echo\nTUPLE1\nREDUCE\nSTOP"


def made(language: str, body: str) -> bytes:
    content = assemble(language, body)
    assert content is not None
    return content


def first_reason(path: Path) -> Reason:
    (model,) = trust_path(path, use_cache=False).models
    assert model.verdict is Verdict.MALICIOUS
    return model.reasons[0]


@pytest.mark.parametrize("wrap", [lambda data: data, gzip.compress])
def test_every_opcode_that_reaches_the_call_is_shown_and_no_other(tmp_path: Path, wrap) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "m.pkl").write_bytes(wrap(made("pickle", ACTS)))
    lines = [line.split(maxsplit=1)[1] for line in first_reason(tmp_path).proof.split("\n")]

    assert [line.split(";")[0].strip() for line in lines] == [
        "GLOBAL os system", "UNICODE echo", "TUPLE1", "REDUCE",
    ]  # fmt: skip
    assert lines[0].endswith("; import os.system")
    assert "; call os.system ('echo',)" in lines[-1]


def test_a_long_proof_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    many = "".join(f"UNICODE word{number}\n" for number in range(30))
    body = f"PROTO 2\nGLOBAL os execv\nMARK\n{many}TUPLE\nREDUCE\nSTOP"
    (tmp_path / "m.pkl").write_bytes(made("pickle", body))
    report = trust_path(tmp_path, use_cache=False)
    shown = as_text(report)

    assert "import os.execv" in shown
    assert "call os.execv" in shown
    assert "more, in the JSON report" in shown
    assert len(json.loads(as_json(report))["models"][0]["reasons"][0]["proof"].split("\n")) > 20


def test_the_danger_is_said_once_and_in_words(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(made("pickle", ACTS))

    text = first_reason(tmp_path).text
    assert text == "loading it calls `os.system` with ('echo',), which runs commands or code"


def test_a_proof_writes_nothing_to_the_terminal_but_text(tmp_path: Path) -> None:
    body = b"\x80\x02cos\nsystem\nX\x08\x00\x00\x00\x1b[31mred\x85R."
    (tmp_path / "m.pkl").write_bytes(body)

    assert "\x1b" not in as_text(trust_path(tmp_path, use_cache=False))
