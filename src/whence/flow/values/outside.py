"""What calls of libraries do to values: let them in, carry them, take their danger away."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

import msgspec

from whence.flow.checks.cleanings import Cleanings
from whence.flow.inputs.fetch_commands import fetched_by
from whence.flow.program.leaf import (
    ANY,
    EACH,
    Keys,
    Leaf,
    argument_of,
    as_file,
    as_part_of_path,
    continued,
    joined_keys,
)
from whence.flow.program.project import Scope
from whence.flow.program.spelling import spelled
from whence.flow.program.written_tables import is_table
from whence.flow.tables import carriers
from whence.flow.tables.requests import is_of_the_server
from whence.flow.tables.sources import (
    ANSWERING,
    BY_PATH,
    CONFIG_READERS,
    SOURCES,
    Source,
    source_of,
)
from whence.flow.values.elements import VIEWS, iterated, viewed
from whence.flow.values.handles import is_temporary
from whence.flow.values.said_by_arguments import says_its_arguments
from whence.flow.values.stored_columns import stored_in_column
from whence.flow.values.stored_rows import chooses_rows
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.program import Attribute, Call, Const, Each, Sequence

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer

_NUMBER = re.compile(r"[\d.eE+-]+|True|False")
_WHOLLY_UNKNOWN = re.compile(r"\{[^{}]*\}")
_NAMED = (OriginKind.COMMAND_LINE, OriginKind.ENVIRONMENT, OriginKind.CONFIG)
_ITEM_METHODS = frozenset({"get", "pop", "__getitem__", "getlist", "setdefault"})


class Outside:
    """Follows values through calls of what is not the project's."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.cleanings = Cleanings(tracer.callees, tracer.texts)

    def called(  # noqa: C901 - one branch for each kind
        self, scope: Scope, index: int, dotted: str, keys: Keys, depth: int
    ) -> list[Leaf]:
        call = scope.call(index)
        args = call.args
        counts = dotted.rpartition(".")[2] in carriers.COUNTS
        if counts or dotted in carriers.HARMLESS or carriers.is_digest(dotted):
            return []
        made = dotted in carriers.MADE_HERE or dotted.rpartition(".")[2][:1].isupper()
        written = self.tracer.held.mutations(scope).get(index, ()) if not args and made else ()
        if dotted in carriers.TEMPORARY or written or (dotted in carriers.MADE_HERE and not args):
            written = written or self.tracer.held.mutations(scope).get(index, ())
            return self.tracer.joined(scope, tuple(written), (), depth)
        if dotted in carriers.WASHES and args:
            return self.washed(scope, args, dotted, depth)
        kind, text = self.cleanings.of(scope, index, dotted)
        if kind:
            return self.cleaned(scope, (text,), kind, depth)
        if dotted in carriers.DECLARES:
            return self._declared(scope, index, keys, depth)
        if dotted in carriers.COLLECTIONS and (keys or not args):
            return iterated(self.tracer, scope, index, dotted, keys, depth)
        if keys and args and dotted.rpartition(".")[2] in carriers.REBUILDS:
            return self._rebuilt(scope, index, dotted, keys, depth)
        mapped = self._mapped(scope, index, keys, depth) if dotted == "map" else []
        if mapped:
            return mapped
        if keys and dotted in carriers.KEEPS_KEYS:
            return self._merged(scope, index, keys, depth)
        if dotted in CONFIG_READERS and args:
            return self._configured(scope, index, dotted, keys, depth)
        source = ANSWERING.get(dotted) or source_of(dotted)
        if source is not None and not is_of_the_server(dotted):
            by_name = not source.detail or dotted not in SOURCES
            derived = self._derived(scope, index, source, depth) if by_name else []
            if derived:
                return derived
            return self._entered(scope, index, dotted, source, keys, depth)
        if dotted in carriers.OPENERS and args:
            return self._opened(scope, index, dotted, depth)
        found = self.passed_on(scope, index, keys, depth)
        return self._joined(scope, index, dotted, found) if dotted in carriers.JOINS else found

    def _declared(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """The default that a declaration gives."""
        for name in ("default", "default_factory", "factory", 0):
            value = argument_of(scope, index, (name,))
            if value is not None and scope.values[value] != Const(None):
                return list(self.tracer.leaves(scope, value, keys, depth + 1))
        return []

    def _mapped(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """What a function of the project makes of each item; nothing where it is not known."""
        args = scope.call(index).args
        found: list[Leaf] = []
        for target in self.tracer.callees.targets(scope, args[0]) if len(args) == 2 else ():
            source = source_of(target.dotted) if target.kind == "external" else None
            if source is not None and source.kind is OriginKind.MEMORY:
                found.append(Leaf(source.kind, target.dotted, scope, index, keys))
            inner = self.tracer.callees.runs(target)
            for value, _ in inner.code.returns if inner is not None else ():
                assert inner is not None
                for leaf in self.tracer.leaves(inner, value, keys[1:], depth + 1):
                    if leaf.kind is None and leaf.scope is inner:
                        wanted = (EACH, *leaf.keys)
                        above = self.tracer.leaves(scope, args[1], wanted, depth + 1)
                        found.extend(continued(leaf, each) for each in above)
                    else:
                        found.append(leaf)
        return found

    def _merged(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """What the mappings hold; the options that anybody may add count where no file does."""
        found = self.tracer.held.of_dict_call(scope, index, keys, depth)
        return [leaf for leaf in found if leaf.kind is not OriginKind.COMMAND_LINE] or found

    def _opened(self, scope: Scope, index: int, dotted: str, depth: int) -> list[Leaf]:
        """The file that a call opens, and what is written into it."""
        by_path = dotted in carriers.BY_PATH
        argument = scope.call(index).args[0]
        path = scope.values[argument]
        if isinstance(path, Attribute) and path.name == "name" and is_temporary(scope, path.base):
            argument = path.base
        opened = self.tracer.leaves(scope, argument, (), depth + 1)
        return [as_file(leaf, by_path) for leaf in opened] + [
            leaf
            for held in self.tracer.held.mutations(scope).get(index, ())
            for leaf in self.tracer.leaves(scope, held, (), depth + 1)
        ]

    def _joined(self, scope: Scope, index: int, dotted: str, found: list[Leaf]) -> list[Leaf]:
        if dotted != "str":
            found = [as_part_of_path(leaf) for leaf in found]
        return self.tracer.spelled(scope, index, found)

    def washed(self, scope: Scope, parts: tuple[int, ...], dotted: str, depth: int) -> list[Leaf]:
        """The leaves of what goes through something that takes a danger from it."""
        return self.cleaned(scope, parts, carriers.WASHES[dotted], depth)

    def cleaned(self, scope: Scope, parts: tuple[int, ...], kind: str, depth: int) -> list[Leaf]:
        """The leaves of values from which a call takes a danger."""
        return [
            msgspec.structs.replace(leaf, washed=tuple(dict.fromkeys((*leaf.washed, kind))))
            for leaf in self.tracer.joined(scope, parts, (), depth)
        ]

    def _derived(self, scope: Scope, index: int, source: Source, depth: int) -> list[Leaf]:
        """What a method takes of something that came in before: a body, a file named so."""
        callee = scope.values[scope.call(index).callee]
        if callee.__class__ is not Attribute or callee.name in _ITEM_METHODS:
            return []
        found = [
            leaf
            for leaf in self.tracer.leaves(scope, callee.base, (), depth + 1)
            if leaf.kind is source.kind and leaf.detail
        ]
        return [as_file(leaf) for leaf in found] if callee.name in carriers.PATH_METHODS else found

    def _entered(
        self, scope: Scope, index: int, dotted: str, source: Source, keys: Keys, depth: int
    ) -> list[Leaf]:
        kind = source.kind
        if kind is OriginKind.PROCESS:
            return self._printed(scope, index, keys)
        details = self._details(scope, index, source) if source.detail else [""]
        if len(details) > 1:
            return [Leaf(kind, each, scope, index, keys) for each in details]
        detail = details[0]
        if dotted == "datasets.load_dataset" and (detail.startswith((".", "/")) or "{" in detail):
            return self.passed_on(scope, index, keys, depth)
        if kind is OriginKind.DATA_ROW and detail:
            below = self.tracer.leaves(scope, scope.call(index).args[0], (), depth + 1)
            outside = [leaf for leaf in below if leaf.kind not in (OriginKind.CONSTANT, None)]
            if outside:
                return [*outside, Leaf(kind, detail, scope, index, keys)]
        if kind in (OriginKind.MEMORY, OriginKind.MODEL_OUTPUT):
            return [Leaf(kind, dotted, scope, index, keys)]
        if dotted.startswith("pathlib.Path().") and kind is OriginKind.FILE_NAME:
            detail = self._in_folder(scope, index, detail)
        if not detail:
            detail = joined_keys(keys) or self._first_text(scope, index) or dotted
        return [Leaf(kind, detail, scope, index, keys)]

    def _in_folder(self, scope: Scope, index: int, pattern: str) -> str:
        """The pattern that files are looked for with, in the folder where they are."""
        callee = scope.values[scope.call(index).callee]
        folder = (
            self.tracer.texts.rendered(scope, callee.base) if isinstance(callee, Attribute) else ""
        )
        return posixpath.join(folder, pattern) if folder and "{" not in folder else pattern

    def _printed(self, scope: Scope, index: int, keys: Keys) -> list[Leaf]:
        """The output of a command: what it fetched, where it is one that fetches."""
        words = self.command(scope, index)
        fetch = fetched_by(words)
        if fetch is not None and fetch.target < 0:
            return [Leaf(fetch.kind, fetch.detail, scope, index, keys)]
        text = self.argument_text(scope, index, ("args", "cmd", 0))
        return [Leaf(OriginKind.PROCESS, text, scope, index, keys)]

    def command(self, scope: Scope, index: int) -> list[str]:
        """The words of the command line that a call runs, as far as they are known."""
        return [text for text, _ in self.words(scope, index)]

    def words(self, scope: Scope, index: int) -> list[tuple[str, int]]:
        """The words of a command line, each with the value that it is rendered from."""
        value = argument_of(scope, index, ("args", "cmd", "command", 0))
        if value is None:
            return []
        held = scope.values[value]
        if isinstance(held, Sequence):
            return [(self.tracer.texts.rendered(scope, item), item) for item in held.items[:40]]
        text = self.tracer.texts.rendered(scope, value)
        return [(word.strip("'\""), value) for word in text.split()[:40]]

    def _details(self, scope: Scope, index: int, source: Source) -> list[str]:
        """What a call fetches; several where its argument is one of several constants."""
        text = self.argument_text(scope, index, source.detail)
        value = argument_of(scope, index, source.detail)
        if value is None or not _WHOLLY_UNKNOWN.fullmatch(text):
            return [text]
        known = [
            leaf.detail
            for leaf in self.tracer.origins(scope, value)
            if leaf.kind is OriginKind.CONSTANT
            and leaf.detail
            and (source.kind is not OriginKind.NETWORK or "://" in leaf.detail)
            and (
                source.kind is not OriginKind.HUB
                or not (_NUMBER.fullmatch(leaf.detail) or "://" in leaf.detail)
            )
        ]
        return sorted(set(known))[:6] or [text]

    def _first_text(self, scope: Scope, index: int) -> str:
        args = scope.call(index).args
        held = scope.values[args[0]] if args else None
        if held.__class__ is Const and isinstance(held.value, str):
            return held.value
        return ""

    def _rebuilt(self, scope: Scope, index: int, dotted: str, keys: Keys, depth: int) -> list[Leaf]:
        """An object made of a mapping: its attributes are the mapping's items."""
        value = argument_of(scope, index, carriers.REBUILDS[dotted.rpartition(".")[2]])
        return [] if value is None else list(self.tracer.leaves(scope, value, keys, depth + 1))

    def _configured(
        self, scope: Scope, index: int, dotted: str, keys: Keys, depth: int
    ) -> list[Leaf]:
        """What is read from a configuration file, or from text of another origin."""
        found: list[Leaf] = []
        arg = scope.call(index).args[0]
        line = isinstance(scope.values[_stripped(scope, arg)], Each)
        below = self.tracer.leaves(scope, arg, (), depth + 1)
        named = [
            resolved
            for leaf in ([as_file(each) for each in below] if keys and dotted in BY_PATH else below)
            for resolved in (self._file_named(leaf) if keys else (leaf,))
        ]
        for leaf in named:
            if line and keys and leaf.kind in (*_NAMED, OriginKind.FILE, None):
                detail = f"{leaf.detail}:{joined_keys(keys)}" if leaf.kind is not None else "?"
                found.append(Leaf(OriginKind.DATA_ROW, detail, scope, index, keys, leaf.trail))
                continue
            if leaf.kind is OriginKind.FILE:
                key = joined_keys(keys)
                detail = f"{leaf.detail}#{key}"
                found.append(Leaf(OriginKind.CONFIG, detail, scope, index, keys, leaf.trail))
                continue
            files = self.tracer.settings.files_of(
                leaf.kind, leaf.detail, joined_keys(keys), leaf.scope.module.path
            )
            for file in files:
                detail = f"{file}#{joined_keys(keys)}"
                found.append(Leaf(OriginKind.CONFIG, detail, scope, index, keys, leaf.trail))
            if not files:
                found.append(leaf)
        return found

    def _file_named(self, leaf: Leaf) -> list[Leaf]:
        """The file that a parameter names, where all callers give the same constant or setting."""
        if leaf.kind is not None or leaf.keys:
            return [leaf]
        given = [
            as_file(above)
            for above in self.tracer.origins(leaf.scope, leaf.index)
            if above.kind is not None
        ]
        settled = (*_NAMED, OriginKind.CONSTANT, OriginKind.FILE)
        same = len({(above.kind, above.detail) for above in given}) == 1
        if not same or given[0].kind not in settled:
            return [leaf]
        if not (leaf.file or any(above.kind is not OriginKind.CONSTANT for above in given)):
            return [leaf]
        return given

    def passed_on(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """The leaves of receiver and arguments of a call that nothing is known about."""
        call = scope.call(index)
        callee = scope.values[call.callee]
        args = call.args
        told = self._told_at_once(scope, index, keys, depth)
        if told is not None:
            return told
        if callee.__class__ is Attribute:
            base, name = callee.base, callee.name
            taken = self._taken(scope, index, base, keys, depth) if name in _ITEM_METHODS else None
            if taken is not None:
                return taken
            if name in carriers.PATH_METHODS:
                opened = self.tracer.leaves(scope, base, (), depth + 1)
                return [as_file(leaf, name != "open") for leaf in opened]
            if name in VIEWS and not args:
                return viewed(self.tracer, scope, base, name, keys, depth)
            receiver = self.tracer.leaves(scope, base, (), depth + 1)
            found = [leaf for leaf in receiver if leaf.kind is not OriginKind.UNKNOWN]
            given = self.tracer.joined(scope, args, (), depth)
            if name in carriers.ONLY_RECEIVER or chooses_rows(scope, call.callee, args):
                given = []
            if found and all(leaf.kind is OriginKind.CONSTANT for leaf in given):
                return found
            return (found + given) or list(receiver)
        if any(target.kind == "function" for target in self.tracer.callees.of_call(scope, index)):
            return []
        if chooses_rows(scope, call.callee, args):
            name = spelled(scope, call.callee)
            return [Leaf(OriginKind.UNKNOWN, name, scope, index, keys)]
        return self.tracer.joined(scope, args, (), depth)

    def _told_at_once(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf] | None:
        """What a column was given, and what methods say whatever they are asked of."""
        call = scope.call(index)
        stored = stored_in_column(self.tracer, scope, index, keys, depth) if keys else []
        if stored or not says_its_arguments(scope, call):
            return stored or None
        given = self.tracer.joined(scope, call.args, (), depth)
        return given if given or not call.args else None

    def _taken(
        self, scope: Scope, index: int, base: int, keys: Keys, depth: int
    ) -> list[Leaf] | None:
        """The item that `get` and its kin take of a mapping; None where it may be no mapping."""
        args = scope.call(index).args
        key = scope.values[args[0]] if args else None
        chosen = str(key.value) if key.__class__ is Const else ANY
        if key is None or (chosen is ANY and not is_table(scope, base)):
            return None
        found = list(self.tracer.leaves(scope, base, (chosen, *keys), depth + 1))
        if len(args) > 1:
            found.extend(self.tracer.leaves(scope, args[1], keys, depth + 1))
        return found

    def argument_text(self, scope: Scope, index: int, wanted: tuple[int | str, ...]) -> str:
        """The text of the first of these arguments that the call has."""
        value = argument_of(scope, index, wanted)
        return "" if value is None else self.tracer.texts.rendered(scope, value)


def _stripped(scope: Scope, value: int) -> int:
    """The text behind methods such as `strip` and `decode`."""
    for _ in range(3):
        held = scope.values[value]
        callee = scope.values[held.callee] if isinstance(held, Call) else None
        if not isinstance(callee, Attribute):
            break
        value = callee.base
    return value
