"""Names that are known but for a part: files of a folder that is listed, names with a number in them.

A part that nothing decides is a gap. A name with gaps stands for a pattern (`runs/*/best.pt`) only
where the folder that it begins with is known, and its last part says more than any name would.
Facts: the reference of `glob`, `os`, `pathlib` and `string` in the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.code import Place
from whence.vocabulary.fact.program import Attribute, Call, Each

if TYPE_CHECKING:
    from whence.flow.values.places import Places

GAP = "\x00"
_BY_PATTERN = frozenset({"glob.glob", "glob.iglob", "tensorflow.io.gfile.glob", "tensorflow.gfile.Glob",
                         "tensorflow.data.Dataset.list_files"})  # fmt: skip
_NAMES = frozenset({"os.listdir", "tensorflow.io.gfile.listdir"})
_WALKS = frozenset({"os.walk", "os.fwalk", "tensorflow.io.gfile.walk"})
_METHODS = {"glob": "", "rglob": "**", "iterdir": ""}
_CHOOSES = frozenset(
    {"sorted", "list", "tuple", "set", "reversed", "iter", "next", "max", "min", "tqdm", "trange",
     "choice", "sample", "natsorted", "islice", "track", "progress_bar", "shuffle", "array", "chain"}
)  # fmt: skip
_FIELD = re.compile(r"\{[^{}]*\}")
_PERCENT = re.compile(r"%[-+ #]*+\d*+(?:\.\d++)?[sdrifgeu]")
_SCHEME = re.compile(r"[a-z][a-z0-9+]*://[^/\x00*]+/")
_TELLING = re.compile(r"\.[A-Za-z]\w*$|[A-Za-z]{3}")


def pattern(name: str) -> str:
    """A name as it may be told: whole, with `*` for its gaps, or empty where too much is open."""
    if "://" in name and name.startswith("http") and (GAP in name or "*" in name):
        return ""
    if GAP not in name and "*" not in name:
        return name
    if re.search(r"\s", name):
        return ""
    scheme = _SCHEME.match(name)
    rest = name[scheme.end() if scheme else 0 :]
    known = re.split(r"[\x00*]", rest, maxsplit=1)[0]
    folder, _, begun = known.rpartition("/")
    last = rest.rpartition("/")[2].replace(GAP, "*")
    if "://" in name and scheme is None:
        return ""
    if scheme is None and not folder.strip("./") and not (len(begun) > 3 and "." in last):
        return ""
    if GAP in name and not _TELLING.search(last.replace("*", "")):
        return ""
    return re.sub(r"(?<=[^/])\*{2,}|\*{2,}(?=[^/])", "*", name.replace(GAP, "*"))


def listed(
    places: Places, scope: Scope, index: int, value: Call, depth: int
) -> Iterator[Place] | None:
    """The files that a call lists, as patterns; None where it lists nothing."""
    plain = value.positional
    dotted = set(places.callees.dotted(scope, index))
    callee = scope.values[value.callee]
    if dotted & _BY_PATTERN and plain:
        return (_open(place) for place in places.held(scope, plain[0], depth))
    if dotted & _NAMES:
        return iter([Place("*", scope.place(index), False)])
    if dotted & {"os.scandir"} and plain:
        return (_under(place, "*") for place in places.held(scope, plain[0], depth))
    if isinstance(callee, Attribute) and callee.name in _METHODS:
        if not (dotted and all(name.startswith(("pathlib.", "?.")) for name in dotted)):
            return None
        asked = places.held(scope, plain[0], depth) if plain else []
        wanted = [place.name for place in asked] or ["*"]
        inside = [f"{_METHODS[callee.name]}/{each}".lstrip("/") for each in wanted[:2]]
        held = places.held(scope, callee.base, depth)
        return (_under(place, each) for place in held for each in inside)
    if (
        last_name(scope.values, value.callee) in _CHOOSES
        and plain
        and not _is_own(places, scope, index)
    ):
        return iter(places.held(scope, plain[0], depth))
    return None


def walked(places: Places, scope: Scope, base: int, key: object, depth: int) -> list[Place]:
    """The folders (key 0) and file names (key 2) that `os.walk` goes through."""
    value = scope.values[base]
    call = scope.values[value.base] if isinstance(value, Each) else value
    if not isinstance(value, Each) or not isinstance(call, Call) or not call.positional:
        return []
    first = call.positional[0]
    if _WALKS & set(places.callees.dotted(scope, value.base)):
        if key == 0:
            return [_under(place, "**") for place in places.held(scope, first, depth)]
        return [Place("*", scope.place(base), False)] if key == 2 else []
    if last_name(scope.values, call.callee) == "enumerate" and key == 1:
        return places.held(scope, first, depth)
    return []


def formatted(text: str, fields: tuple[str, ...]) -> str:
    """A text with its fields filled in as far as they are known, else with gaps."""
    given = iter(fields)
    filled = _PERCENT.sub(lambda _: next(given, GAP), text)
    return filled if filled != text else _FIELD.sub(lambda _: next(given, GAP), text)


def templated(name: str) -> str:
    """A file name that a library fills in later (`{epoch:02d}`, `%05d`), as a pattern."""
    return pattern(_PERCENT.sub(GAP, _FIELD.sub(GAP, name)))


def _is_own(places: Places, scope: Scope, index: int) -> bool:
    return any(target.kind == "function" for target in places.callees.of_call(scope, index))


def _open(place: Place) -> Place:
    return Place(place.name, place.decision, False)


def _under(place: Place, rest: str) -> Place:
    return Place(f"{place.name.rstrip('/') or '.'}/{rest}", place.decision, False)
