"""Names that stand one slip from a popular one and are not established themselves.

How far a slip reaches scales with how popular the target is: a doubled letter is an accident
whatever the package, while another letter in a short name is most often another project.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

import msgspec
from packaging.utils import canonicalize_name

from whence.lookups.slips import (
    LONGEST,
    Slip,
    edits,
    halves,
    reordered,
    two_edits_apart,
    unmasked,
    without_affix,
    without_separators,
)

SHORTEST = 4

# Length of the meant name from which a slip counts, and how many of the most popular names it
# protects from there on. Set on names of ranks 8,000-15,000 as the harmless ones; measured in
# tests/lookups/test_names.py.
_REACH: dict[Slip, tuple[tuple[int, int], ...]] = {
    Slip.TRANSPOSED: ((5, 1000), (8, 15000)),
    Slip.DOUBLED: ((4, 100), (5, 1000), (8, 5000)),
    Slip.LOOKALIKE: ((4, 300), (6, 15000)),
    Slip.MISSING: ((5, 100), (6, 1000), (9, 3000), (10, 5000)),
    Slip.EXTRA: ((5, 100), (7, 1000), (9, 3000), (12, 5000)),
    Slip.NEIGHBOUR_KEY: ((5, 100), (6, 1000), (9, 3000), (12, 5000)),
    Slip.VOWEL: ((6, 100), (8, 300), (10, 3000)),
    Slip.LETTER: ((6, 100), (8, 300), (10, 1000)),
    Slip.CLIPPED: ((6, 40), (7, 800), (9, 1200)),
    Slip.EDGE: ((6, 60), (7, 200), (10, 300), (12, 600)),
    Slip.DIGIT: ((5, 100), (9, 200)),
    Slip.SEPARATOR: ((6, 700),),
    Slip.SWAPPED_WORDS: ((7, 3000),),
    Slip.AFFIX: ((4, 100), (6, 300)),
    Slip.COMBINED: ((4, 40),),
    Slip.GARBLED: ((8, 500), (10, 1000)),
    Slip.IMPORT_NAME: ((1, 15000),),
}


_NO_DIGIT = re.compile(r"[^0-9]+")
_HOSTS = frozenset(("pytest", "django", "flask", "sphinx", "mkdocs", "tox"))


class Lookalike(msgspec.Struct, frozen=True):
    """A name that may have been meant for another.

    `target` is what the name resembles, `distribution` what to install for it; they differ where
    the target is an import or brand name. `rank` is the distribution's place in the list of
    popular names, from 0.
    """

    name: str
    target: str
    distribution: str
    slip: Slip
    rank: int


@cache
def distributions_by_import() -> Mapping[str, str]:
    """Import and brand names that differ from the distribution's name, with the distribution."""
    text = (resources.files(__package__) / "import_names.toml").read_text("utf-8")
    return {str(k): str(v) for k, v in tomllib.loads(text)["distribution"].items()}


class Lookalikes:
    """Judges names against a list of popular ones.

    `ranks` gives every established distribution, normalised, its place in the list.
    """

    def __init__(self, ranks: Mapping[str, int]) -> None:
        self._ranks = ranks
        self._imports = distributions_by_import()
        self._known = {*ranks, *self._imports}
        self._long_names = [
            name
            for name, rank in ranks.items()
            if rank < _reach(Slip.GARBLED, len(name)) and "-" not in name
        ]
        self._run_together = {
            without_separators(name): name for name in reversed((*ranks, *self._imports))
        }

    def near(self, name: str) -> Lookalike | None:
        """The most popular name that this one may have been meant for, if it is not itself known.

        Takes the name as written, so that letters of other scripts are seen.
        """
        normal = canonicalize_name(name)
        if normal in self._ranks or len(normal) > LONGEST or len(normal) < 2:
            return None
        if normal in self._imports:
            return self._judged(normal, normal, Slip.IMPORT_NAME)
        found = [
            look
            for target, slip in self._proposals(normal)
            if (look := self._judged(normal, target, slip)) is not None
        ]
        return min(found, key=_preference, default=None)

    def _proposals(self, name: str) -> Iterator[tuple[str, Slip]]:
        for target in unmasked(name):
            yield target, Slip.LOOKALIKE
        if not name.isascii():
            return
        yield from edits(name, self._known)
        for target in self._long_names if "-" not in name else ():
            if _framed_alike(name, target) and two_edits_apart(name, target):
                yield target, Slip.GARBLED
        if same := self._run_together.get(without_separators(name)):
            yield same, Slip.SEPARATOR
        for target in reordered(name):
            yield target, Slip.SWAPPED_WORDS
        for target in without_affix(name):
            yield target, Slip.AFFIX
        for first, second in halves(name):
            ranks = (self._ranks.get(first), self._ranks.get(second))
            # A plugin carries the names of its host and of what it connects it to.
            if None not in ranks and first not in _HOSTS:
                yield max(first, second, key=lambda half: self._ranks[half]), Slip.COMBINED

    def _judged(self, name: str, target: str, slip: Slip) -> Lookalike | None:
        distribution = self._imports.get(target, target)
        rank = self._ranks.get(distribution, self._ranks.get(target))
        if rank is None:
            return None
        foreign = slip is Slip.LOOKALIKE and not name.isascii()
        if not foreign and rank >= _reach(slip, len(target)):
            return None
        return Lookalike(name, target, distribution, slip, rank)


def _framed_alike(name: str, target: str) -> bool:
    """Whether two slips may lie between: the first letter is the one that is typed right.

    In shorter names the last one is too. What names that begin with `py` share is the prefix, and
    not much is left to go by. A number of its own is a version, or short for a word.
    """
    if name[0] != target[0] or target.startswith("py"):
        return False
    numbers = _NO_DIGIT.sub("", name)
    if numbers and numbers != _NO_DIGIT.sub("", target):
        return False
    return len(target) >= 10 or name[-1] == target[-1]


def _reach(slip: Slip, length: int) -> int:
    """How many of the most popular names a slip protects at that length."""
    reach = 0
    for shortest, names in _REACH[slip]:
        if length >= shortest:
            reach = names
    return reach


def _preference(look: Lookalike) -> tuple[int, bool, str, Slip]:
    return (look.rank, look.target != look.distribution, look.target, look.slip)
