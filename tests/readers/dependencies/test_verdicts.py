"""Every file of the corpus ends in a verdict on each of its packages, or is listed as not audited."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import cases, facts

from whence import audit
from whence.config import Config
from whence.lookups.package_facts import answer
from whence.lookups.package_knowledge import Knowledge
from whence.vocabulary.fact import sorted_out
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.fact.lookups import CheckedPackage, CheckedVersion
from whence.vocabulary.graph import SupplyGraph

FILES = [pytest.param(*case[1:], id=case[0]) for case in cases()]
_BESIDE_PYTHON = frozenset(
    ("python", "cuda", "cudatoolkit", "cudnn", "nodejs", "openssl", "r", "git")
)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.embedded()


@pytest.mark.parametrize(("path", "content", "expected"), FILES)
def test_every_package_of_every_file_gets_a_verdict(
    path: str, content: bytes, expected: str, knowledge: Knowledge
) -> None:
    known, unread = sorted_out(facts(path, content))
    graph = SupplyGraph((), known)
    verdicts, _ = sorted_out(answer(graph, knowledge))
    own = {found.name for found in graph.facts_of(PackageManifest)}

    assert bool(known or unread) == bool(expected)
    for required in graph.facts_of(PackageRequirement):
        if required.ecosystem == "npm" or not required.name or required.name in _BESIDE_PYTHON:
            continue
        kinds = {
            type(each)
            for each in verdicts
            if isinstance(each, CheckedVersion | CheckedPackage) and each.requirement == required
        }
        from_index = not required.url and "$" not in required.specifier
        assert not from_index or CheckedVersion in kinds
        assert required.url or required.name in own or CheckedPackage in kinds


def result(folder: Path, files: dict[str, bytes]) -> tuple[list[tuple[str, str]], list[str]]:
    """The versions found vulnerable, and what was not audited, of a project of these files."""
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    done = audit(folder, config=Config(offline=True), use_cache=False)
    flaws = [each for each in done.findings if each.rule == "known-vulnerability"]
    unread = [f"{each.span}: {each.reason}" for each in done.not_audited]
    return sorted({(str(e.evidence[0].span), e.subject) for e in flaws}), unread


def test_bytes_that_are_no_text_cost_their_line(tmp_path: Path) -> None:
    content = b"pyyaml==5.3\n\xff\xfe\xfd==1\n\x00\x01\njinja2==2.11.2\n"

    flaws, unread = result(tmp_path, {"requirements.txt": content})

    assert flaws == [("requirements.txt:1", "pyyaml"), ("requirements.txt:4", "jinja2")]
    assert [each.split(":")[1] for each in unread] == ["2", "3"]


def test_files_that_include_each_other_are_read_once(tmp_path: Path) -> None:
    files = {
        "requirements.txt": b"-r more/base.txt\npyyaml==5.3\n",
        "more/base.txt": b"-r ../requirements.txt\n-r base.txt\njinja2==2.11.2\n",
    }

    flaws, unread = result(tmp_path, files)

    assert flaws == [("more/base.txt:3", "jinja2 in more"), ("requirements.txt:2", "pyyaml")]
    assert sum("includes itself by way of" in each for each in unread) == len(unread) == 3


def test_a_missing_include_costs_itself(tmp_path: Path) -> None:
    files = {
        "requirements.txt": b"-r gone.txt\n-c https://u:s3cret@c.example.com/c.txt\npyyaml==5.3\n"
    }

    flaws, unread = result(tmp_path, files)

    assert flaws == [("requirements.txt:3", "pyyaml")]
    assert [each.split(": ")[0] for each in unread] == ["requirements.txt:1", "requirements.txt:2"]
    assert "gone.txt, which is not in the tree" in unread[0]
    assert "s3cret" not in "".join(unread)


def test_pins_that_conflict_are_both_judged_and_told(tmp_path: Path) -> None:
    files = {
        "requirements.txt": b"-r base.txt\npyyaml==6.0.1\n",
        "base.txt": b"pyyaml==5.3\nnumpy==1\n",
    }

    flaws, _ = result(tmp_path, files)
    done = audit(tmp_path, config=Config(offline=True), use_cache=False)

    assert flaws == [("base.txt:1", "pyyaml"), ("base.txt:2", "numpy")]
    assert [each.subject for each in done.findings if each.rule == "stale-lock"] == [
        "base.txt and requirements.txt"
    ]


def test_a_file_of_any_name_is_read_where_another_installs_from_it(tmp_path: Path) -> None:
    files = {
        "requirements.txt": b"-r deps/base\n",
        "deps/base": b"pyyaml\n-r more.list\n",
        "deps/more.list": b"jinja2==2.11.2\n\xff\n",
        "deps/limits": b"pyyaml==5.3\n",
        "Dockerfile": b"FROM python:3.12\nCOPY . .\nRUN pip install -r requirements.txt -c deps/limits\n",
        "deps/blob": b"\x00\x01" * 500,
        "install.sh": b"pip install -r deps/blob\n",
    }

    flaws, unread = result(tmp_path, files)

    assert flaws == [("deps/limits:1", "pyyaml in deps"), ("deps/more.list:1", "jinja2 in deps")]
    assert sorted(each.split(": ")[0] for each in unread if "deps/" in each) == [
        "deps/blob",
        "deps/more.list:2",
    ]


def test_a_file_that_nothing_installs_from_is_not_taken_for_requirements(tmp_path: Path) -> None:
    flaws, unread = result(tmp_path, {"deps/more.list": b"jinja2==2.11.2\n"})

    assert (flaws, unread) == ([], [])
