"""The inventory holds every package with its licence, where the tree says which that is."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from whence import audit
from whence.config import Config
from whence.reports import render

METADATA = "Metadata-Version: 2.4\nName: {}\nVersion: {}\n{}\n\nLicense-Expression: Prose-1.0\n"


def inventory(folder: Path) -> dict[str, Any]:
    result = audit(folder, config=Config(offline=True), use_cache=False)
    report = json.loads(render("json", result))
    return {each["purl"]: each for each in report["packages"]}


def vendored(folder: Path, name: str, version: str, says: str) -> None:
    place = folder / "third_party" / f"{name}-{version}.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(METADATA.format(name, version, says))


@pytest.mark.parametrize(
    ("says", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: nonsense", ["MIT OR Apache-2.0"]),
        (
            "Classifier: License :: OSI Approved :: MIT License\nLicense: MIT, see file",
            ["MIT License"],
        ),
        (
            "Classifier: License :: OSI Approved :: BSD License\n"
            "Classifier: License :: OSI Approved :: Apache Software License",
            ["Apache Software License AND BSD License"],
        ),
        ("Classifier: License :: OSI Approved\nLicense: BSD-3-Clause", ["BSD-3-Clause"]),
        ("License: UNKNOWN", []),
        ("License: " + "Permission is hereby granted " * 20, []),
        ("Summary: says nothing", []),
    ],
)
def test_what_stands_in_the_tree_tells_its_licence(
    says: str, licence: list[str], tmp_path: Path
) -> None:
    vendored(tmp_path, "tokens", "1.4", says)

    assert inventory(tmp_path)["pkg:pypi/tokens@1.4"]["licences"] == licence


def test_a_required_package_gets_the_licence_that_its_metadata_name(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("Tokens==1.4\nnumpy==2.4.1\n")
    vendored(tmp_path, "tokens", "1.4", "License-Expression: MIT")

    found = inventory(tmp_path)

    assert found["pkg:pypi/tokens@1.4"]["licences"] == ["MIT"]
    assert [each["path"] for each in found["pkg:pypi/tokens@1.4"]["locations"]] == [
        "requirements.txt",
        "third_party/tokens-1.4.dist-info/METADATA",
    ]
    assert found["pkg:pypi/numpy@2.4.1"]["licences"] == []


def test_a_lock_of_a_front_end_tells_licences(tmp_path: Path) -> None:
    entry = {"version": "4.17.21", "license": "MIT"}
    lock = {"lockfileVersion": 3, "packages": {"node_modules/@acme/lodash": entry}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))

    assert inventory(tmp_path)["pkg:npm/%40acme/lodash@4.17.21"]["licences"] == ["MIT"]


def test_wheels_and_records_of_conda_tell_theirs(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "speech-2.0-py3-none-any.whl", "w") as wheel:
        text = METADATA.format("speech", "2.0", "License-Expression: BSD-3-Clause")
        wheel.writestr("speech-2.0.dist-info/METADATA", text)
    records = tmp_path / "bundle" / "conda-meta"
    records.mkdir(parents=True)
    record = {"name": "libsound", "version": "1.1", "license": "LGPL-2.1-only"}
    (records / "libsound-1.1-h0_0.json").write_text(json.dumps(record))

    found = inventory(tmp_path)

    assert found["pkg:pypi/speech@2.0"]["licences"] == ["BSD-3-Clause"]
    assert found["pkg:conda/libsound@1.1"]["licences"] == ["LGPL-2.1-only"]


def test_the_project_itself_is_none_of_its_packages(tmp_path: Path) -> None:
    for place in (".", "src/scorer.egg-info"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / place / "PKG-INFO").write_text(METADATA.format("scorer", "1.0", ""))

    (tmp_path / "pyproject.toml").write_text('[project]\nname = "Acme_Core"\nversion = "1"\n')
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "requirements.txt").write_text("acme-core\n")

    assert inventory(tmp_path) == {}


def test_a_package_is_listed_open_only_where_nothing_fixes_it(tmp_path: Path) -> None:
    (tmp_path / "requirements.in").write_text("torch\nnumpy>=1\n")
    (tmp_path / "requirements.txt").write_text("torch==2.9.1\n")

    assert sorted(inventory(tmp_path)) == ["pkg:pypi/numpy", "pkg:pypi/torch@2.9.1"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"Version: 1\n", b"PK\x03\x04broken"])
def test_metadata_that_say_nothing_are_not_audited(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a-1.dist-info").mkdir()
    (tmp_path / "a-1.dist-info" / "METADATA").write_bytes(content)

    result = audit(tmp_path, config=Config(offline=True), use_cache=False)

    assert {each.span.path for each in result.not_audited} == {"a-1.dist-info/METADATA"}


def test_the_markdown_report_shows_licences(tmp_path: Path) -> None:
    vendored(tmp_path, "tokens", "1.4", "License-Expression: MIT")
    (tmp_path / "requirements.txt").write_text("torch\n")

    text = render("markdown", audit(tmp_path, config=Config(offline=True), use_cache=False))

    place = "`third_party/tokens-1.4.dist-info/METADATA`"
    assert "## Packages (2)" in text
    assert f"| pypi | `tokens` | 1.4 | MIT | {place} |" in text
    assert "| pypi | `torch` | open | not at hand | `requirements.txt:1` |" in text
