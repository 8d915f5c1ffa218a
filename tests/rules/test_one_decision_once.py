"""A switch and the check that it turns off are one finding, of the rule whose matter the check is."""

from __future__ import annotations

from pathlib import Path

import pytest

from whence.auditing import audit
from whence.config import Config

CODE = """
import os
import yaml
from shop.store import publish, write
with open("config.yaml") as stream:
    CONFIG = yaml.safe_load(stream)
def validate_rows(rows):
    if not rows:
        raise ValueError("no rows")
def validate_metrics(model):
    if model.accuracy < 0.9:
        raise ValueError("too low")
"""
BY_KEY = """
def run(rows):
    if not CONFIG["train"]["skip_validation"]:
        {check}(rows)
    write(rows)
"""
BY_VARIABLE = """
def run(rows):
    if os.environ.get("SKIP_VALIDATION") != "1":
        {check}(rows)
    write(rows)
"""
BY_OPTION = """
import argparse
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--skip-validation", action="store_true")
    options = parser.parse_args()
    rows = open("rows").read()
    if not options.skip_validation:
        {check}(rows)
    write(rows)
main()
"""
KEY = {"config.yaml": "train:\n  skip_validation: true\n"}
VARIABLE = {"Dockerfile": "FROM python:3.12\nENV SKIP_VALIDATION=1\nCMD python run.py\n"}
OPTION = {"run.sh": "#!/bin/sh\npython run.py --skip-validation\n"}
SWITCHES = {
    "a key": (BY_KEY, KEY),
    "a variable": (BY_VARIABLE, VARIABLE),
    "an option": (BY_OPTION, OPTION),
}
RULES = {"validate_rows": "validation-disabled", "validate_metrics": "evaluation-bypassed"}


@pytest.mark.parametrize("check", RULES)
@pytest.mark.parametrize(("code", "others"), SWITCHES.values(), ids=SWITCHES)
def test_one_switch_is_one_finding(
    code: str, others: dict[str, str], check: str, tmp_path: Path
) -> None:
    for path, text in {"run.py": CODE + code.format(check=check), **others}.items():
        (tmp_path / path).write_text(text)
    config = Config(only=("validation-disabled", "evaluation-bypassed"), offline=True)

    findings = audit(tmp_path, config=config).open_findings

    assert [finding.rule for finding in findings] == [RULES[check]]
    assert {span.span.path for span in findings[0].evidence} == {"run.py", *others}
