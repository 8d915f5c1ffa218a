"""Archives from outside: which tests of their members hold them inside, and which only look so."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import ArchiveExtraction

HEAD = """
import os
import tarfile
from pathlib import Path
import requests
def fetched():
    with open("data.tar", "wb") as out:
        out.write(requests.get("https://files.example.com/data.tar", timeout=9).content)
fetched()
ROOT = os.path.realpath("out")
archive = tarfile.open("data.tar")
"""
HELD = {
    "the filter for data": """
archive.extractall("out", filter="data")
""",
    "names and links are refused": """
for member in archive.getmembers():
    target = os.path.realpath(os.path.join(ROOT, member.name))
    if os.path.commonpath([ROOT, target]) != ROOT or member.issym() or member.islnk():
        raise ValueError(member.name)
archive.extractall(ROOT)
""",
    "one by one, only files": """
for member in archive:
    if not member.isfile():
        continue
    target = os.path.realpath(os.path.join(ROOT, member.name))
    if os.path.commonpath([ROOT, target]) != ROOT:
        continue
    archive.extract(member, ROOT)
""",
    "a helper that names what may pass": """
def inside(archive, root):
    for member in archive:
        target = (Path(root) / member.name).resolve()
        if target.is_relative_to(root) and member.isreg():
            yield member
archive.extractall(ROOT, members=inside(archive, ROOT))
""",
    "a helper that looks first": """
def unpack(archive, root):
    for member in archive.getmembers():
        if member.issym() or member.islnk():
            raise ValueError(member.name)
        if not is_below(root, os.path.join(root, member.name)):
            raise ValueError(member.name)
    archive.extractall(root)
def is_below(root, path):
    root = os.path.abspath(root)
    return os.path.commonpath([root, os.path.abspath(path)]) == root
unpack(archive, "out")
""",
}
HELD |= {
    "a list of those that pass": """
def is_safe(member, root):
    if not is_below(root, os.path.join(root, member.name)):
        return False
    return not member.issym() and not member.islnk()
def is_below(root, path):
    root = os.path.abspath(root)
    return os.path.commonpath([root, os.path.abspath(path)]) == root
kept = []
for member in archive.getmembers():
    if is_safe(member, ROOT):
        kept.append(member)
archive.extractall(ROOT, members=kept)
""",
    "a function that looks into the file first": """
def refuse_strays(path):
    with tarfile.open(path) as held:
        for member in held.getmembers():
            name = os.path.normpath(member.name)
            if member.issym() or name.startswith("/") or name.split("/")[0] == "..":
                raise ValueError(name)
refuse_strays("data.tar")
archive.extractall("out")
""",
}
OPEN = {
    "a list of those of one kind": """
kept = []
for member in archive.getmembers():
    if member.name.endswith(".txt"):
        kept.append(member)
archive.extractall("out", members=kept)
""",
    "a list of those whose names pass": """
def is_below(root, path):
    root = os.path.abspath(root)
    return os.path.commonpath([root, os.path.abspath(path)]) == root
kept = []
for member in archive.getmembers():
    if is_below(ROOT, os.path.join(ROOT, member.name)):
        kept.append(member)
archive.extractall(ROOT, members=kept)
""",
    "a function that looks into the file and is forgotten": """
def refuse_strays(path):
    with tarfile.open(path) as held:
        for member in held.getmembers():
            if member.issym() or ".." in member.name or member.name.startswith("/"):
                raise ValueError(member.name)
try:
    refuse_strays("data.tar")
except ValueError:
    print("odd archive")
archive.extractall("out")
""",
    "nothing": """
archive.extractall("out")
""",
    "names are tested, links are not": """
def unpack(archive, root):
    for member in archive.getmembers():
        if not is_below(root, os.path.join(root, member.name)):
            raise ValueError(member.name)
    archive.extractall(root)
def is_below(root, path):
    root = os.path.abspath(root)
    return os.path.commonpath([root, os.path.abspath(path)]) == root
unpack(archive, "out")
""",
    "names without dots and slashes, links pass": """
for member in archive.getmembers():
    if member.name.startswith("/") or ".." in member.name:
        raise ValueError(member.name)
archive.extractall("out")
""",
    "letters are compared": """
def is_below(root, path):
    root = os.path.abspath(root)
    return os.path.commonprefix([root, os.path.abspath(path)]) == root
for member in archive.getmembers():
    if not is_below("out", os.path.join("out", member.name)):
        raise ValueError(member.name)
    if member.issym() or member.islnk():
        raise ValueError(member.name)
archive.extractall("out")
""",
    "members of one kind": """
archive.extractall("out", members=[m for m in archive if m.name.endswith(".txt")])
""",
    "looked at after it was unpacked": """
archive.extractall("out")
for member in archive.getmembers():
    if ".." in member.name or member.name.startswith("/") or member.issym():
        raise ValueError(member.name)
""",
    "a filter that trusts": """
archive.extractall("out", filter="fully_trusted")
""",
    "the members are only told": """
for member in archive.getmembers():
    if member.name.startswith("/") or ".." in member.name or member.issym():
        print("odd member", member.name)
archive.extractall("out")
""",
}


@pytest.mark.parametrize("code", HELD.values(), ids=HELD)
def test_members_that_are_tested_stay_inside(code: str) -> None:
    found = concluded({"unpack.py": HEAD + code}, ArchiveExtraction)

    assert found
    assert all(each.safe or not each.unguarded for each in found)


@pytest.mark.parametrize("code", OPEN.values(), ids=OPEN)
def test_members_that_may_lead_out_are_not_held(code: str) -> None:
    found = concluded({"unpack.py": HEAD + code}, ArchiveExtraction)

    assert any(not each.safe and each.unguarded for each in found)
