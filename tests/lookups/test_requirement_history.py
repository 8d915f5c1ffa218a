"""When a requirement came into the repository is read from Git's objects, whatever they hold."""

import os
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from repositories import Repository

from whence.lookups.requirement_history import History, Wanted, asked_before, requires

DAY = 86400
JANUARY, MARCH, JUNE = (int(datetime(2024, m, 1, tzinfo=UTC).timestamp()) for m in (1, 3, 6))


def wanted(month: int, name: str = "invented-name", path: str = "requirements.txt") -> Wanted:
    return Wanted(path, name, datetime(2024, month, 15, tzinfo=UTC))


def repository(root: Path, write: Callable[[Repository], None] = Repository.write_loose) -> Path:
    made = Repository(root)
    made.commit(JANUARY, requirements_txt="numpy==1.26\n")
    made.commit(MARCH, requirements_txt="numpy==1.26\nInvented_Name>=1\n")
    made.commit(JUNE, requirements_txt="numpy==2.0\nInvented_Name>=1\n")
    write(made)
    return root


@pytest.mark.parametrize("write", [Repository.write_loose, Repository.write_packed])
def test_a_requirement_older_than_the_package_is_told_with_its_commit(
    write: Callable[[Repository], None], tmp_path: Path
) -> None:
    repository(tmp_path, write)
    found = asked_before(tmp_path, [wanted(4), wanted(7), wanted(2)])
    assert found.undecided == ()
    assert {one.first_upload.month: asked.time.month for one, asked in found.asked.items()} == {
        4: 3,
        7: 6,
    }


def test_a_package_that_was_there_first_is_not_accused(tmp_path: Path) -> None:
    assert asked_before(repository(tmp_path), [wanted(2)]) == History({})
    assert asked_before(tmp_path, [wanted(7, "other-name"), wanted(7, path="gone.txt")]).asked == {}


def test_one_wrong_clock_decides_nothing(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.commit(MARCH, requirements_txt="numpy\n")
    made.commit(0, requirements_txt="invented-name\n")
    made.commit(JUNE, requirements_txt="invented-name\n")
    made.write_loose()
    assert asked_before(tmp_path, [wanted(2)]).asked == {}


def test_what_stood_on_a_branch_that_was_merged_later_is_found(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    base = made.commit(JANUARY, requirements_txt="numpy\n")
    branch = made.commit(MARCH, requirements_txt="numpy\ninvented-name\n")
    made.last = base
    made.commit(MARCH + DAY, requirements_txt="numpy\n", readme_md="text\n")
    made.commit(JUNE, also=branch, requirements_txt="numpy\ninvented-name\n")
    made.write_loose()

    found = asked_before(tmp_path, [wanted(4), wanted(2)])

    assert {one.first_upload.month: each.commit for one, each in found.asked.items()} == {4: branch}
    assert found.undecided == ()


def test_a_line_that_is_cut_leaves_undecided_only_what_no_other_line_shows(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    shown = made.commit(JANUARY, requirements_txt="invented-name\n")
    made.last = "1" * 40
    cut = made.commit(MARCH, requirements_txt="invented-name\nother-name\n")
    made.commit(JUNE, also=shown, requirements_txt="invented-name\nother-name\n")
    made.write_loose()
    (tmp_path / ".git" / "shallow").write_text(cut + "\n")

    found = asked_before(tmp_path, [wanted(2), wanted(2, "other-name")])

    assert {one.name: each.commit for one, each in found.asked.items()} == {"invented-name": shown}
    assert [one.name for one in found.undecided] == ["other-name"]


def test_many_merges_are_walked_once(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.commit(MARCH, requirements_txt="numpy\n")
    for number in range(60):
        base = made.last
        branch = made.commit(MARCH + 100 * number + 50, requirements_txt="numpy\n", a_b=str(number))
        made.last = base
        made.commit(MARCH + 100 * number + 60, requirements_txt="numpy\n")
        made.commit(MARCH + 100 * number + 70, also=branch, requirements_txt="numpy\n")
    made.write_loose()

    assert asked_before(tmp_path, [wanted(2)]) == History({})


def test_a_folder_of_a_repository_is_found_in_it(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    blob = made.add(b"blob", b"invented-name==1\n")
    inner = made.add(b"tree", b"100644 requirements.txt\0" + bytes.fromhex(blob))
    tree = made.add(b"tree", b"40000 app\0" + bytes.fromhex(inner))
    who = f"A <a@example.com> {MARCH} +0000"
    made.last = made.add(b"commit", f"tree {tree}\nauthor {who}\ncommitter {who}\n\nx".encode())
    made.write_loose()
    (tmp_path / "app").mkdir()
    assert list(asked_before(tmp_path / "app", [wanted(4)]).asked) == [wanted(4)]


def undecided(root: Path) -> str:
    found = asked_before(root, [wanted(2)])
    assert found.asked == {}
    assert found.undecided == (wanted(2),)
    return found.reason


def test_what_a_shallow_clone_left_behind_is_undecided(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.last = "1" * 40
    cut = made.commit(JUNE, requirements_txt="invented-name\n")
    made.write_loose()
    (tmp_path / ".git" / "shallow").write_text(cut + "\n")
    assert "shallow, its history begins on 2024-06-01" in undecided(tmp_path)


def test_a_tree_without_a_history_is_undecided(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /elsewhere\n")
    assert "leads elsewhere" in undecided(tmp_path)
    assert asked_before(tmp_path, []) == History({})


BYTES = {
    "bomb": zlib.compress(b"commit 900\0" + bytes(50_000_000)),
    "claims": zlib.compress(b"commit 99999999999\0"),
    "damaged": b"not compressed",
    "short": zlib.compress(b"commit 900\0tree"),
    "headless": zlib.compress(b"commit 4\0tree"),
    "of another kind": zlib.compress(b"blob 4\0tree"),
}


@pytest.mark.parametrize("how", BYTES)
def test_a_hostile_object_is_undecided_and_no_more(how: str, tmp_path: Path) -> None:
    tip_of(repository(tmp_path)).write_bytes(BYTES[how])
    assert undecided(tmp_path)


def tip_of(root: Path) -> Path:
    git = root / ".git"
    tip = (git / "refs" / "heads" / "main").read_text().strip()
    return git / "objects" / tip[:2] / tip[2:]


def test_a_pipe_or_a_link_in_place_of_an_object_is_not_opened(tmp_path: Path) -> None:
    place = tip_of(repository(tmp_path))
    place.unlink()
    place.symlink_to("/dev/zero")
    assert "cannot be opened" in undecided(tmp_path)
    place.unlink()
    os.mkfifo(place)
    assert "no regular file" in undecided(tmp_path)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("HEAD", b"ref: refs/../../../etc/passwd\n"),
        ("HEAD", b"ref: refs/heads/unborn\n"),
        ("HEAD", b"\0" * 2000),
        ("refs/heads/main", b"ref: refs/heads/main\n"),
        ("refs/heads/main", b"0" * 40),
        ("objects/pack/a.idx", b"\xfftOc\0\0\0\2" + b"\xff" * 1024),
        ("objects/pack/a.idx", b""),
    ],
)
def test_a_hostile_layout_is_undecided_and_no_more(
    file: str, content: bytes, tmp_path: Path
) -> None:
    repository(tmp_path)
    (tmp_path / ".git" / "objects" / "pack" / "a.pack").write_bytes(b"PACK")
    (tmp_path / ".git" / file).write_bytes(content)
    assert undecided(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "acme_ml\n",
        "Acme.ML >= 1.0 ; python_version > '3.8'\n",
        "  - acme-ml\n",
        'dependencies = ["numpy", "acme-ml[extra]>=2"]\n',
        'name = "acme-ml"\n',
        "RUN pip install numpy acme-ml pandas\n",
        "acme-ml = { version = '1' }\n",
        "acme-ml @ https://packages.example.com/a.whl\n",
    ],
)
def test_a_line_that_requires_is_recognised(text: str) -> None:
    assert requires("numpy\n" + text, "acme-ml")


@pytest.mark.parametrize(
    "text",
    [
        "# acme-ml==1.0\n",
        "numpy  # not acme-ml, as that is ours\n",
        "acme-ml-extra==1\n",
        "my-acme-ml==1\n",
        "we once had acme-ml here\n",
        "",
    ],
)
def test_a_line_that_only_mentions_is_not(text: str) -> None:
    assert not requires(text, "acme-ml")
