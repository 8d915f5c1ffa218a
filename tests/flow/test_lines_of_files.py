"""The lines of a text file are rows of data; what a program keeps for itself is not."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import CodeEvaluation, OriginKind, ProcessLaunch

ROWS = {
    "a loop": """
for line in open("data/clips.txt"):
    os.system("ffmpeg -i " + line.strip())
""",
    "a list of lines": """
with open("data/clips.lst") as stream:
    names = [line.strip() for line in stream.readlines()]
os.system(f"ffmpeg -i {names[0]}")
""",
    "a set of lines, one taken": """
with open(f"{ROOT}/clips.txt") as stream:
    names = {line.strip() for line in stream if line.strip()}
os.system(" ".join(["ffmpeg", "-i", names.pop()]))
""",
    "a text that is split": """
for name in Path("data/clips.txt").read_text().splitlines():
    os.system("ffmpeg -i " + name)
""",
}
OWN = {
    "a script of the project": """
os.system(open("tools/convert.sh").read())
""",
    "a version": """
for line in open("VERSION.txt"):
    os.system("git tag " + line)
""",
    "what the machine says": """
for line in open("/etc/hosts.txt"):
    os.system("ping " + line)
""",
}
HEAD = """
import os
from pathlib import Path
ROOT = os.path.expanduser("~/clips")
"""


@pytest.mark.parametrize("code", ROWS.values(), ids=ROWS)
def test_lines_of_data_files_are_rows(code: str) -> None:
    [use] = concluded({"prepare.py": HEAD + code}, ProcessLaunch)

    assert use.comes_from(OriginKind.DATA_ROW)


@pytest.mark.parametrize("code", OWN.values(), ids=OWN)
def test_files_of_the_program_are_no_rows(code: str) -> None:
    uses = concluded({"prepare.py": HEAD + code}, ProcessLaunch)

    assert not [use for use in uses if use.comes_from(OriginKind.DATA_ROW)]


FOLDERS = {"plugins of the project": ("plugins", False), "uploads": ("uploads", True)}


@pytest.mark.parametrize(("folder", "others"), FOLDERS.values(), ids=FOLDERS)
def test_names_of_modules_are_the_projects(folder: str, others: bool) -> None:
    code = f"""
import os
for name in os.listdir(os.path.join(os.path.dirname(__file__), "{folder}")):
    eval(name)
"""
    files: dict[str, str | bytes] = {"shop/start.py": code, "shop/plugins/first.py": "NAME = 1\n"}

    [use] = concluded(files, CodeEvaluation)

    assert bool(use.comes_from(OriginKind.FILE_NAME)) is others
