from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("unpinned-vcs-dependency",),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=(
        "git branch",
        "from git",
        "git+https",
        "branch",
        "mutable ref",
        "without a commit",
        "archive",
    ),
    cwes=("CWE-829", "CWE-494", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A dependency is taken from whatever a branch of a repository holds.

    ## Why
    Each installation may bring other code than the one before. Whoever can push to the branch, or
    takes over an account that can, runs code wherever the extra is installed.

    ## Fix
    Name a full commit id, or publish the package and lock it with its hash.
    """
    source = vary.choose(
        "git+https://github.com/example-org/sentibot-lexicon@main",
        "git+https://github.com/example-org/sentibot-lexicon",
        "https://github.com/example-org/sentibot-lexicon/archive/refs/heads/main.zip",
    )
    extra = vary.choose("explain", "lexicon", "research")
    project.replace(
        "pyproject.toml",
        '    "pytest>=9,<10",\n]',
        f'    "pytest>=9,<10",\n]\n{extra} = [\n    "sentibot-lexicon @ {source}",\n]',
    )
    yield Place("pyproject.toml", f'"sentibot-lexicon @ {source}"')
    project.append(
        "Makefile",
        f'\n{extra}: install\n\t$(PYTHON) -m pip install --editable ".[{extra}]"',
    )
