"""The files that decide what is installed and what runs."""

import re
import shutil
from pathlib import Path

import pin_release
import pytest
import yaml
from conftest import ROOT

LOCKS = (
    "requirements.txt",
    "requirements-test.txt",
    "deploy/docker/requirements-build.txt",
    "deploy/ci/requirements-ci.txt",
)
DIGEST = "sha256:" + "ab" * 32
PIN = [
    *("pin", "--digest", DIGEST, "--uri", "s3://example-bucket/releases/sentibot-2.tar"),
    *("--version-id", "abc.DEF_1", "--sha256", "cd" * 32),
]


def manifests(folder: Path) -> list[dict[str, object]]:
    paths = sorted(folder.rglob("*.yaml"))
    return [doc for path in paths for doc in yaml.safe_load_all(path.read_text())]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_test_and_production_locks_agree() -> None:
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==\S+", (ROOT / lock).read_text(), re.MULTILINE))

    assert pins("requirements.txt") < pins("requirements-test.txt")


def test_a_release_is_pinned_everywhere(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy" / "k8s", tmp_path / "k8s")
    assert pin_release.main([*PIN, "--manifests", str(tmp_path / "k8s")]) == 0
    text = "".join(path.read_text() for path in (tmp_path / "k8s").rglob("*.yaml"))
    assert set(re.findall(r"sha256:[0-9a-f]{64}", text)) == {DIGEST}
    settings = (tmp_path / "k8s" / "overlays" / "production" / "release.env").read_text()
    assert "SENTIBOT_RELEASE_SHA256=" + "cd" * 32 in settings


@pytest.mark.parametrize("place", [2, 4, 6, 8])
def test_values_of_another_form_are_not_pinned(place: int, tmp_path: Path) -> None:
    arguments = [*PIN, "--manifests", str(tmp_path)]
    arguments[place] = "x\nSENTIBOT_HOST=0.0.0.0"
    with pytest.raises(SystemExit):
        pin_release.main(arguments)


def test_every_image_of_the_cluster_is_named_by_digest() -> None:
    text = "".join(path.read_text() for path in (ROOT / "deploy" / "k8s").rglob("*.yaml"))
    images = re.findall(r"^\s*(?:- )?image: (\S+)$", text, re.MULTILINE)
    assert len(images) == 3
    assert all(re.fullmatch(r".+@sha256:[0-9a-f]{64}", image) for image in images)


def test_the_manifests_of_the_cluster_parse() -> None:
    kinds = {str(document["kind"]) for document in manifests(ROOT / "deploy" / "k8s")}
    assert {"Deployment", "CronJob", "NetworkPolicy", "ClusterPolicy", "Role"} <= kinds


def test_every_action_is_named_by_commit() -> None:
    for path in (ROOT / "deploy" / "ci").glob("*.yml"):
        for action in re.findall(r"uses: (\S+)", path.read_text()):
            assert action.startswith("./") or re.fullmatch(r".+@[0-9a-f]{40}", action), action
