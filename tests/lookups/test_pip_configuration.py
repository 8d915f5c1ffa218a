"""The index is the one that pip would ask, found without running pip."""

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

from whence.lookups.pip_configuration import PipSettings, configuration_files, pip_settings

HERE = "https://packages.example.com/simple"


def configured(path: Path, url: str, option: str = "index-url", section: str = "global") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[{section}]\n{option} = {url}\n")


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return tmp_path / "venv"


def settings(tmp_path: Path, prefix: Path, **environment: str) -> PipSettings:
    named = tmp_path / "named.conf"
    quiet = {"XDG_CONFIG_DIRS": str(tmp_path / "system"), "PIP_CONFIG_FILE": str(named)}
    if "PIP_CONFIG_FILE" not in environment and not named.exists():
        configured(named, "1", option="timeout")
    return pip_settings(quiet | environment, tmp_path / "home", prefix)


def found(tmp_path: Path, prefix: Path, **environment: str) -> str:
    return settings(tmp_path, prefix, **environment).indexes[0]


def test_the_environment_stands_before_every_file(tmp_path: Path, prefix: Path) -> None:
    configured(prefix / "pip.conf", f"{HERE}/file")
    assert found(tmp_path, prefix, PIP_INDEX_URL=f"{HERE}/env") == f"{HERE}/env"


if sys.platform == "linux":

    def test_a_later_file_overrides_an_earlier_one(tmp_path: Path, prefix: Path) -> None:
        places = [
            tmp_path / "system" / "pip" / "pip.conf",
            tmp_path / "home" / ".pip" / "pip.conf",
            tmp_path / "home" / ".config" / "pip" / "pip.conf",
            prefix / "pip.conf",
        ]
        for number, place in enumerate(places):
            configured(place, f"{HERE}/{number}")
            assert found(tmp_path, prefix, PIP_CONFIG_FILE="") == f"{HERE}/{number}"

    def test_a_file_named_in_the_environment_overrides_all_and_stands_in_for_the_users_own(
        tmp_path: Path, prefix: Path
    ) -> None:
        configured(tmp_path / "home" / ".config" / "pip" / "pip.conf", f"{HERE}/user")
        configured(tmp_path / "named.conf", "", option="timeout")
        configured(prefix / "pip.conf", f"{HERE}/site")
        assert found(tmp_path, prefix) == f"{HERE}/site"
        configured(tmp_path / "named.conf", f"{HERE}/named")
        assert found(tmp_path, prefix) == f"{HERE}/named"
        (prefix / "pip.conf").unlink()
        configured(tmp_path / "named.conf", "", option="timeout")
        assert f"{HERE}/user" not in settings(tmp_path, prefix).indexes


def test_files_are_left_aside_when_pip_is_told_so(tmp_path: Path, prefix: Path) -> None:
    configured(prefix / "pip.conf", HERE)
    environment = {"PIP_CONFIG_FILE": "/dev/null"}
    assert list(configuration_files(environment, tmp_path, prefix)) == []


@pytest.mark.parametrize("content", [b"\xff\xfe", b"no section\n", b"[global]\nindex-url\n", b""])
def test_an_unreadable_file_is_passed_over(content: bytes, tmp_path: Path, prefix: Path) -> None:
    configured(tmp_path / "system" / "pip" / "pip.conf", HERE, option="index_url")
    prefix.mkdir()
    (prefix / "pip.conf").write_bytes(content)
    environment = {"PIP_CONFIG_FILE": "", "XDG_CONFIG_DIRS": str(tmp_path / "system")}
    assert found(tmp_path, prefix, **environment) == HERE


def test_what_is_said_for_installs_stands_before_what_is_said_for_all(
    tmp_path: Path, prefix: Path
) -> None:
    configured(prefix / "pip.conf", f"{HERE}/install", section="install")
    configured(tmp_path / "named.conf", f"{HERE}/global")
    assert found(tmp_path, prefix) == f"{HERE}/install"


def test_further_indexes_come_after_the_primary_one(tmp_path: Path, prefix: Path) -> None:
    prefix.mkdir()
    (prefix / "pip.conf").write_text(
        f"[global]\nindex-url = {HERE}/a\nextra-index-url =\n    {HERE}/b\n    {HERE}/c\n"
    )
    assert settings(tmp_path, prefix).indexes == (f"{HERE}/a", f"{HERE}/b", f"{HERE}/c")
    only = settings(tmp_path, prefix, PIP_EXTRA_INDEX_URL=f"{HERE}/d {HERE}/a")
    assert only.indexes == (f"{HERE}/a", f"{HERE}/d")


def test_proxy_and_certificates_are_pips(tmp_path: Path, prefix: Path) -> None:
    prefix.mkdir()
    (prefix / "pip.conf").write_text(
        f"[global]\nindex-url = {HERE}\nproxy = http://proxy.example.com\ncert = /ca.pem\n"
    )
    seen = settings(tmp_path, prefix, PIP_CLIENT_CERT="/me.pem")
    assert (seen.proxy, seen.certificates) == ("http://proxy.example.com", "/ca.pem")
    assert seen.client_certificate == "/me.pem"


def test_no_index_means_that_none_is_asked(tmp_path: Path, prefix: Path) -> None:
    configured(prefix / "pip.conf", HERE)
    assert settings(tmp_path, prefix, PIP_NO_INDEX="0").indexes == (HERE,)
    none = settings(tmp_path, prefix, PIP_NO_INDEX="1", PIP_EXTRA_INDEX_URL=HERE)
    assert none.indexes == ()
    assert "no index" in none.reason


if importlib.util.find_spec("pip") is not None:

    def test_without_configuration_the_default_is_the_installed_pips_own(
        tmp_path: Path, prefix: Path
    ) -> None:
        default = importlib.import_module("pip._internal.models.index").PyPI.simple_url
        assert found(tmp_path, prefix) == default
