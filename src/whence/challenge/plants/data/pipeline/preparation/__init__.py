"""The way of a further step into `preprocessing.prepare`, for plants.

Not a plant itself: a package, which the search for plants passes over.
"""

from __future__ import annotations

from whence.challenge.project import Place, Project

_PREPARE = "src/preprocessing/prepare.py"
_READ = 'content = read_source(options.root, options.manifest.read_bytes(), "reviews.csv")'


def step_in_preparation(project: Project, name: str, function: str, argument: str) -> list[Place]:
    """Makes `preprocessing.prepare --NAME PATH` pass the raw content through
    `preprocessing.NAME.FUNCTION(content, path)`; `make data` passes the argument.
    """
    flag = name.replace("_", "-")
    project.insert_after(
        _PREPARE,
        "from preprocessing.cleaning import clean",
        f"from preprocessing.{name} import {function}",
    )
    project.insert_after(
        _PREPARE,
        'parser.add_argument("--output", type=Path, required=True)',
        f'    parser.add_argument("--{flag}", type=Path)',
    )
    used = project.insert_after(
        _PREPARE,
        _READ,
        f"        if options.{name} is not None:\n"
        f"            content = {function}(content, options.{name})",
    )
    passed = project.insert_after(
        "Makefile",
        "$(PYTHON) -m preprocessing.prepare --config $(CONFIGS)/preprocessing.yaml \\",
        f"\t\t--{flag} {argument} \\",
    )
    return [used, passed]
