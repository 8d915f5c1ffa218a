"""The walk lists what is there, follows nothing, and says what it passed over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence.vocabulary.evidence import Span
from whence.walk import excerpts, walk
from whence.walk.ignore_rules import is_ignored, parse_ignore_rules


def test_files_are_listed_with_size_and_digest(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.txt").write_bytes(b"two")
    (tmp_path / "one.txt").write_bytes(b"")

    tree = walk(tmp_path)

    assert [(file.path, file.size) for file in tree.files] == [("b/two.txt", 3), ("one.txt", 0)]
    assert tree.files[0].digest.startswith("3fc4ccfe745870e2")


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    project = tmp_path / "project"
    project.mkdir()
    (project / "link").symlink_to(outside)
    (project / "loop").symlink_to(project)

    tree = walk(project)

    assert tree.files == ()
    assert tree.links == {"link": str(outside), "loop": str(project)}
    assert [skipped.span.path for skipped in tree.skipped] == ["link", "loop"]


def test_pipes_and_unlistable_names_are_passed_over_with_a_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / os.fsdecode(b"bad\xff.py")).write_text("")

    reasons = {skipped.span.path: skipped.reason for skipped in walk(tmp_path).skipped}

    assert reasons == {"pipe": "not a regular file", "bad\\udcff.py": "its name is not UTF-8"}


def test_environments_and_caches_are_passed_over(tmp_path: Path) -> None:
    for folder in ("env", "node_modules", "__pycache__", "src"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.py").write_text("")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")

    tree = walk(tmp_path)

    assert [file.path for file in tree.files] == ["src/x.py"]
    assert len(tree.skipped) == 3


def test_excluded_paths_are_passed_over(tmp_path: Path) -> None:
    for path in ("keep/a.py", "drop/a.py", "keep/b.log"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("")

    tree = walk(tmp_path, exclude=("drop", "*.log"))

    assert [file.path for file in tree.files] == ["keep/a.py"]


@pytest.mark.parametrize(
    ("pattern", "path", "is_folder", "ignored"),
    [
        ("*.log", "a/b.log", False, True),
        ("/a.txt", "a.txt", False, True),
        ("/a.txt", "b/a.txt", False, False),
        ("data/", "x/data", True, True),
        ("data/", "x/data", False, False),
        ("a/**/z", "a/b/c/z", False, True),
        ("a/**", "a/b", False, True),
        ("[ab].py", "a.py", False, True),
        ("[!ab].py", "a.py", False, False),
        ("\\#x", "#x", False, True),
        ("doc/*.txt", "doc/a/b.txt", False, False),
    ],
)
def test_ignore_patterns_mean_what_git_means(
    pattern: str, path: str, is_folder: bool, ignored: bool
) -> None:
    assert is_ignored(path, is_folder, parse_ignore_rules(pattern, "")) is ignored


def test_a_later_negation_brings_a_file_back() -> None:
    rules = parse_ignore_rules("*.bin\n!keep.bin\n", "")

    assert is_ignored("x.bin", False, rules)
    assert not is_ignored("keep.bin", False, rules)


def test_files_below_an_ignored_folder_are_marked_and_still_listed(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("models/\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "w.bin").write_bytes(b"x")

    ignored = {file.path: file.ignored for file in walk(tmp_path).files}

    assert ignored == {".gitignore": False, "models/w.bin": True}


@given(st.text(max_size=40), st.text(alphabet="ab/*?[]!.", max_size=20))
def test_any_ignore_pattern_can_be_asked(pattern: str, path: str) -> None:
    is_ignored(path, False, parse_ignore_rules(pattern, ""))


def test_excerpts_hold_the_lines_of_the_span(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\nthree\n")
    (tmp_path / "b.bin").write_bytes(b"\0\0\n\0")
    spans = [Span("a.py", 2, 3), Span("a.py", 99, 99), Span("b.bin", 1, 1), Span("gone.py", 1, 1)]

    assert excerpts(walk(tmp_path), spans) == {Span("a.py", 2, 3): "two\nthree"}
