"""Attacks told as opcodes in attacks.txt are malicious, each without the others."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from whence.readers.models.pickle import Verdict, scan
from whence.readers.models.pickle.opcodes import NUMBER, OPCODES, Argument

LINES = Path(__file__).with_name("attacks.txt").read_text(encoding="utf-8").splitlines()
TECHNIQUES = [line[3:] for line in LINES if line.startswith("== ")]


def attacks() -> list[tuple[str, str, str]]:
    """Technique, what is done, and the opcodes."""
    found = []
    technique = ""
    for line in LINES:
        if line.startswith("== "):
            technique = line[3:]
        elif " = " in line and not line.startswith("#"):
            title, _, opcodes = line.partition(" = ")
            found.append((technique, title, opcodes))
    return found


def assembled(opcodes: str) -> bytes:
    """The bytes of opcodes written as `NAME argument`, with bars between them."""
    parts = []
    for written in opcodes.split(" | "):
        name, _, argument = written.lstrip(" ").partition(" ")
        opcode = OPCODES[NUMBER[name]]
        parts.append(bytes([opcode.number]))
        if opcode.argument is Argument.FIXED:
            parts.append(int(argument).to_bytes(opcode.width, "little"))
        elif opcode.argument is Argument.LINE:
            parts.append(argument.encode() + b"\n")
        elif opcode.argument is Argument.TWO_LINES:
            module, attribute = argument.split(" ")
            parts.append(f"{module}\n{attribute}\n".encode())
        elif opcode.argument is Argument.COUNTED:
            value = ast.literal_eval(argument)
            raw = value.encode() if isinstance(value, str) else value
            parts.append(len(raw).to_bytes(opcode.width, "little") + raw)
    return b"".join(parts)


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_every_attack_of_a_technique_is_malicious(technique):
    missed = []
    for title, opcodes in [(t, o) for of, t, o in attacks() if of == technique]:
        _, judgement = scan(assembled(opcodes))
        if judgement.verdict is not Verdict.MALICIOUS:
            missed.append((title, judgement.verdict.value, judgement.reasons))
    assert missed == []


def test_there_are_many_attacks_and_each_is_told_once():
    told = [opcodes for _, _, opcodes in attacks()]
    assert len(told) >= 60
    assert len(set(told)) == len(told)
