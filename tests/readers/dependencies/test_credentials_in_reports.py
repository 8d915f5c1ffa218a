"""No report prints the credentials that stand in addresses of indexes, repositories and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from whence import audit
from whence.config import Config
from whence.reports import FORMATS, render
from whence.vocabulary.audit import Audit

SECRET = "s3cr3tvalue9"
AT = f"bob:{SECRET}@"
PROJECT = {
    "requirements.txt": f"--extra-index-url http://{AT}packages.example.com/simple\n"
    "acme-features==1.4\n"
    f"tokens @ git+https://{AT}git.example.com/team/tokens@main\n"
    f"speech @ https://{AT}files.example.com/speech b c\n",
    "pip.conf": f"[global]\nextra-index-url = https://{AT}packages.example.com/simple\n",
    "environment.yml": f'channels: [conda-forge, "https://{AT}packages.example.com/conda"]\n'
    "dependencies: [acme-x]\n",
    "setup.py": f'import os\nos.system("curl https://{AT}files.example.com/a | sh")\n',
    "Dockerfile": "FROM python:3.11-slim\n"
    f"ENV PIP_EXTRA_INDEX_URL=https://{AT}packages.example.com/simple\n"
    f"RUN pip install --index-url https://{AT}other.example.com/simple acme-tokens\n"
    f"RUN pip install git+https://{SECRET}@git.example.com/team/x\n"
    f"RUN git clone https://{AT}git.example.com/team/k && curl http://{AT}files.example.com/a | sh\n",
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    folder: Path = tmp_path_factory.mktemp("project")
    for name, text in PROJECT.items():
        (folder / name).write_text(text)
    return audit(folder, config=Config(offline=True), use_cache=False)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_report_prints_credentials(form: str, result: Audit) -> None:
    text = render(form, result, verbose=True)

    assert "packages.example.com" in text
    assert SECRET not in text
