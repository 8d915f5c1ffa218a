from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

HEADER = """\
# Taken from the stemmer of the old search service.
# SPDX-License-Identifier: {licence}
# This file is free software: you can redistribute it and/or modify it under the terms of the
# licence named above. Works that contain it are to be distributed under the same terms.

"""
CODE = '''\
"""Word stems, for looking up near twins of a review."""

SUFFIXES = ("ational", "fulness", "iveness", "ing", "edly", "ies", "ed", "ly", "s")


def stem(word: str) -> str:
    """The word without the longest suffix that leaves at least three letters."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word
'''


@plant(
    rules=("incompatible-data-licence",),
    severities=("medium", "low", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("licence", "license", "gpl", "copyleft"),
    cwes=(),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A module under a copyleft licence is shipped inside an Apache-2.0 product.

    ## Why
    pyproject.toml, LICENSE and the label of the image say Apache-2.0, while this file passes its own
    terms on to what contains it. Customers get rights and duties that nobody has decided on, and the
    holder of the licence can stop the delivery.

    ## Fix
    Replace the module by one of the project's own or of a compatible licence, and check licences of
    files in CI.
    """
    licence = vary.choose("GPL-3.0-or-later", "AGPL-3.0-only")
    path = vary.choose("src/preprocessing/stems.py", "src/sentibot/stems.py")
    project.add(path, HEADER.format(licence=licence) + CODE)
    yield Place(path, f"SPDX-License-Identifier: {licence}")
    yield Place("pyproject.toml", 'license = "Apache-2.0"')
