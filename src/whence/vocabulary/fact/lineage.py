"""Facts of lineage alone: what passes through stores, mounts and trainers, and says nothing of danger."""

from __future__ import annotations

from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import Use


class ArtefactUse(Use, frozen=True):
    """Data or a model that a library reads or writes by itself, or that a store hands out by name.

    `does` is `reads` or `writes`, `model` whether it is a model. `by` says what joins it to what
    others read and write: `path`, or `name` where only a name in a store does.
    """

    does: str = "reads"
    model: bool = False
    by: str = "path"


class MountedPlace(Fact, frozen=True):
    """A folder or file that a program sees at one path and that lies, or is called, elsewhere.

    `span` is what runs the program. `inside` is the path that the program uses, `outside` the path
    in the tree, the URI, or the volume (`pvc://claim/path`, `volume://name`). `programs` are the files of the project
    that run there. `by` says what puts it there.
    """

    inside: str
    outside: str
    by: str
    programs: tuple[str, ...] = ()
    certain: bool = True
