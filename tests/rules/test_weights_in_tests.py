"""What stands among a project's tests weighs less, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import audit_project

from whence.vocabulary.finding import Severity
from whence.vocabulary.page import parse_example

FOLDERS = ("tests", "scorer_tests", "integration-tests")


@pytest.mark.parametrize("folder", FOLDERS)
def test_code_of_a_hub_that_only_tests_run_is_low(folder: str, tmp_path: Path) -> None:
    example = parse_example(
        f"""# A test
```python {folder}/zoo.py
from transformers import AutoConfig

CONFIG = AutoConfig.from_pretrained("acme/long-encoder", trust_remote_code=True)
```
"""
    )
    (found,) = audit_project(example, tmp_path, "remote-code-trusted").open_findings
    assert found.severity is Severity.LOW


@pytest.mark.parametrize("folder", FOLDERS)
def test_rows_that_tests_read_need_no_licence(folder: str, tmp_path: Path) -> None:
    rows = "\n".join(f"{number},name{number},city{number}" for number in range(60))
    example = parse_example(
        f"""# Rows of a test
```text {folder}/data/customers.csv
id,name,city
{rows}
```
"""
    )
    assert not audit_project(example, tmp_path, "missing-data-licence").open_findings
