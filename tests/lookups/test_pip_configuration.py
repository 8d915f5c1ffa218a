"""The index is the one that pip would ask, found without running pip."""

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

from whence.lookups.pip_configuration import configuration_files, index_url

HERE = "https://packages.example.com/simple"


def configured(path: Path, url: str, option: str = "index-url", section: str = "global") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[{section}]\n{option} = {url}\n")


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return tmp_path / "venv"


def found(tmp_path: Path, prefix: Path, **environment: str) -> str:
    quiet = {"XDG_CONFIG_DIRS": str(tmp_path / "system")}
    return index_url(quiet | environment, tmp_path / "home", prefix)


def test_the_environment_stands_before_every_file(tmp_path: Path, prefix: Path) -> None:
    configured(prefix / "pip.conf", f"{HERE}/file")
    assert found(tmp_path, prefix, PIP_INDEX_URL=f"{HERE}/env") == f"{HERE}/env"


if sys.platform == "linux":

    def test_a_later_file_overrides_an_earlier_one(tmp_path: Path, prefix: Path) -> None:
        named = tmp_path / "named.conf"
        places = [
            named,
            tmp_path / "system" / "pip" / "pip.conf",
            tmp_path / "home" / ".pip" / "pip.conf",
            tmp_path / "home" / ".config" / "pip" / "pip.conf",
            prefix / "pip.conf",
        ]
        for number, place in enumerate(places):
            configured(place, f"{HERE}/{number}")
            assert found(tmp_path, prefix, PIP_CONFIG_FILE=str(named)) == f"{HERE}/{number}"


def test_files_are_left_aside_when_pip_is_told_so(tmp_path: Path, prefix: Path) -> None:
    configured(prefix / "pip.conf", HERE)
    environment = {"PIP_CONFIG_FILE": "/dev/null"}
    assert list(configuration_files(environment, tmp_path, prefix)) == []


@pytest.mark.parametrize("content", [b"\xff\xfe", b"no section\n", b"[global]\nindex-url\n", b""])
def test_an_unreadable_file_is_passed_over(content: bytes, tmp_path: Path, prefix: Path) -> None:
    configured(tmp_path / "named.conf", HERE, option="index_url", section="install")
    prefix.mkdir()
    (prefix / "pip.conf").write_bytes(content)
    environment = {"PIP_CONFIG_FILE": str(tmp_path / "named.conf")}
    assert found(tmp_path, prefix, **environment) == HERE


if importlib.util.find_spec("pip") is not None:

    def test_without_configuration_the_default_is_the_installed_pips_own(
        tmp_path: Path, prefix: Path
    ) -> None:
        default = importlib.import_module("pip._internal.models.index").PyPI.simple_url
        assert found(tmp_path, prefix) == default
