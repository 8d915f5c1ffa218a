"""Leaves of a trace → the origins that facts carry: settings decided, downloads joined."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator

import msgspec

from whence.flow.checks.guards import Guards
from whence.flow.entrances.roles import Roles
from whence.flow.inputs.settings import Setting, Settings
from whence.flow.program.leaf import TRAIL, Leaf, as_file, is_private, joined_keys
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables.requests import BESIDES, comes_with_run
from whence.flow.tables.tools import OF_THE_RUNTIME
from whence.flow.values.addresses import decided_addresses
from whence.flow.values.materials import Materials
from whence.flow.values.places import Places
from whence.flow.values.sockets import Sockets
from whence.flow.values.trace import Tracer
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import Origin, OriginKind
from whence.vocabulary.fact.program import Call, Each, Param

STEPS = 8
_SHARED = ("/mnt/", "/nfs/", "/shared/", "/data/", "/scratch/", "/efs/", "/tmp/", "/var/tmp/")  # noqa: S108
_NETWORK_SCHEMES = ("http://", "https://", "ftp://", "sftp://", "ftps://")
_STORE_SCHEMES = (
    "s3://",
    "gs://",
    "gcs://",
    "az://",
    "abfs://",
    "abfss://",
    "wasbs://",
    "hdfs://",
    "dbfs:/",
    "s3a://",
    "oss://",
    "models:/",
    "runs:/",
    "mlflow-artifacts:/",
)


_QUEUE_SCHEMES = (
    "amqp://", "amqps://", "redis://", "rediss://", "kafka://", "nats://", "mqtt://", "mqtts://",
    "ws://", "wss://", "tcp://", "pulsar://", "sqs://",
)  # fmt: skip
_SETTINGS = (OriginKind.CONFIG, OriginKind.ENVIRONMENT, OriginKind.COMMAND_LINE)
_TEXT_DATA = re.compile(
    r"(?i)\.(?:txt|lst|list|tsv|csv|scp|trn|tab|dat|data|ids|manifest|jsonl|log)$"
)
_NOT_DATA = re.compile(
    r"(?i)require|constraint|version|licen|readme|CMakeLists|(?:^|/)(?:etc|proc|sys)/"
    r"|(?:^|/)\.?cache/|(?:^|/)last_|setting|config"
)
_HANDED_ON = frozenset({"args", "kwargs", "kw", "kwds", "arguments", "options"})
_LINES = frozenset({"readlines", "readline", "splitlines", "split"})
_UNKNOWN_PART = re.compile(r"\{[^{}]*\}")


class Origins:
    """Answers where the value of an argument comes from, with guards and decisions."""

    def __init__(
        self,
        tracer: Tracer,
        guards: Guards,
        roles: Roles,
        settings: Settings,
        materials: Materials,
        places: Places,
    ) -> None:
        self.tracer = tracer
        self.guards = guards
        self.roles = roles
        self.settings = settings
        self.materials = materials
        self.places_named = places
        self.sockets = Sockets(tracer.callees, tracer.texts)

    def of(
        self, scope: Scope, call: int, argument: int, is_file: bool, guarded: bool = True
    ) -> tuple[Origin, ...]:
        """The origins of an argument of a call, sorted; `is_file` where a path means its content."""
        pairs = self.with_leaves(scope, call, argument, is_file, guarded)
        return tuple(sorted({origin: None for origin, _ in pairs}))

    def comes_from(
        self, scope: Scope, argument: int, kinds: Collection[OriginKind], is_file: bool
    ) -> bool:
        """Whether any origin of a value is of one of the kinds."""
        return any(
            kind in kinds
            for leaf in self.tracer.origins(scope, argument)
            for kind, *_ in self._kinds(_as_told(leaf, is_file), is_file or leaf.file)
        )

    def places(self, scope: Scope, argument: int) -> Iterator[str]:
        """What the origins of a path are called."""
        for leaf in self.tracer.origins(scope, argument):
            for _, detail, *_ in self._kinds(_as_told(leaf, True), True):
                yield unknown_marked(detail)[:200]

    def with_leaves(
        self,
        scope: Scope,
        call: int,
        argument: int,
        is_file: bool = True,
        guarded: bool = True,
        wanted: Callable[[Leaf], bool] | None = None,
    ) -> Iterator[tuple[Origin, Leaf]]:
        """The origins of an argument, each with the leaf of the trace that it was made of.

        `wanted` leaves out the others before their guards are looked for.
        """
        for leaf in self.tracer.origins(scope, argument):
            leaf = _as_told(leaf, is_file)
            if leaf.kind is OriginKind.FILE and not is_file and _is_line(leaf):
                leaf = msgspec.structs.replace(leaf, kind=OriginKind.DATA_ROW)
            if leaf.file and leaf.named and not is_file and self._only_names(leaf):
                detail = f"a file that {leaf.detail} names"
                leaf = msgspec.structs.replace(leaf, kind=OriginKind.UNKNOWN, detail=detail)
            if wanted is not None and not wanted(leaf):
                continue
            plain = leaf.kind in (OriginKind.CONSTANT, OriginKind.MEMORY)
            guards = self.guards.of_leaf(leaf, scope, call) if guarded and not plain else ()
            steps = self._steps(leaf)
            for kind, detail, span, decision, setting in self._kinds(leaf, is_file or leaf.file):
                told = unknown_marked(detail)[:200]
                yield Origin(kind, told, span, decision, steps, guards, setting), leaf

    def _only_names(self, leaf: Leaf) -> bool:
        """Whether a caller names the file that is read, and did not send what it holds."""
        kind = leaf.kind if leaf.kind is not None else self._parameter(leaf, True)[0]
        if kind not in (OriginKind.REQUEST, OriginKind.MESSAGE):
            return False
        uploaded = any("filename" in name for name in (leaf.detail, *leaf.keys))
        return not uploaded and not any(True for _ in self.materials.behind(leaf))

    def _kinds(  # noqa: C901 - one branch for each kind
        self, leaf: Leaf, is_file: bool
    ) -> Iterator[tuple[OriginKind, str, Span, Span, str]]:
        span = leaf.scope.place(leaf.index)
        if not span.first and leaf.scope.code.line:  # a parameter stands in the function's head
            span = leaf.scope.module.fact.place(leaf.scope.code.line)
        if leaf.kind is None:
            fetched = list(self.materials.behind(leaf)) if is_file else []
            for kind, detail, place in fetched:
                yield kind, detail, place, place, ""
            if fetched:
                return
            yield (*self._parameter(leaf, is_file), span, span, "")
            return
        if leaf.kind is OriginKind.MESSAGE:
            yield leaf.kind, self.sockets.address(leaf) or leaf.detail, span, span, ""
            return
        if is_file and leaf.kind is OriginKind.MEMBER_NAME:
            yield OriginKind.UNKNOWN, "a member of an archive", span, span, ""
            return
        if leaf.named and (is_file or leaf.file) and self.materials.only_named(leaf):
            fetched = list(self.materials.behind(leaf))
            for kind, detail, place in fetched:
                yield kind, detail, place, place, ""
            if not fetched:
                yield OriginKind.UNKNOWN, f"a file that {leaf.detail} names", span, span, ""
            return
        addresses = list(decided_addresses(self.tracer.callees, self.places_named, leaf))
        for address in addresses:
            kind = file_kind(leaf.kind, address.name)
            yield kind, address.name, span, address.decision, ""
        if addresses:
            return
        if leaf.kind is OriginKind.FILE_NAME and (is_file or self._holds_code(leaf.detail)):
            yield file_kind(OriginKind.FILE, leaf.detail), leaf.detail, span, span, ""
            return
        if leaf.kind is OriginKind.FILE or (is_file and leaf.kind is OriginKind.UNKNOWN):
            fetched = list(self.materials.behind(leaf))
            for kind, detail, place in fetched:
                yield kind, detail, place, place, ""
            if not fetched:
                yield file_kind(leaf.kind, leaf.detail), leaf.detail, span, span, ""
            return
        if leaf.kind in _SETTINGS and len(leaf.trail) >= TRAIL:
            yield OriginKind.UNKNOWN, "what many functions hand on", span, span, ""
            return
        decided = self._decided(leaf)
        closed = leaf.kind is OriginKind.COMMAND_LINE and self.settings.is_closed(
            leaf.detail, leaf.scope.module.path
        )
        given = OriginKind.CONSTANT if closed else leaf.kind
        for setting in decided:
            fetched = self.materials.named(setting.value) if is_file else []
            for origin, name, _ in fetched:
                yield origin, name, span, setting.span, leaf.detail
            if fetched:
                continue
            kind = file_kind(OriginKind.FILE, setting.value) if is_file else given
            if kind is OriginKind.FILE and not closed:
                kind = leaf.kind
            yield kind, setting.value, span, setting.span, leaf.detail
        if not decided:
            fetched = (
                list(self.materials.behind(leaf)) if is_file and leaf.kind in _SETTINGS else []
            )
            for origin, name, place in fetched:
                yield origin, name, span, place, leaf.detail
            if fetched:
                return
            detail = leaf.detail
            if leaf.kind is OriginKind.CONSTANT and is_file:
                yield file_kind(OriginKind.FILE, detail), detail, span, span, ""
                return
            named = detail if leaf.kind in _SETTINGS else ""
            yield given, "" if named else detail, span, span, named

    def _holds_code(self, folder: str) -> bool:
        """Whether modules of the project stand in a folder, so that its names are theirs."""
        return posixpath.normpath(folder) in self.tracer.project.folders

    def _decided(self, leaf: Leaf) -> list[Setting]:
        if leaf.kind is OriginKind.CONFIG:
            return self.settings.of_config(leaf.detail, leaf.scope.module.path)
        if leaf.kind is OriginKind.ENVIRONMENT:
            return self.settings.of_environment(leaf.detail)
        if leaf.kind is OriginKind.COMMAND_LINE:
            return self.settings.of_option(leaf.detail, leaf.scope.module.path) or list(
                self._default(leaf)
            )
        return []

    def _default(self, leaf: Leaf) -> Iterator[Setting]:
        """The default of a command line option that nobody gives."""
        for scope, index in self.settings.defaults.get(
            (leaf.scope.module.path, leaf.detail.replace("-", "_")), ()
        ):
            text = self.tracer.texts.rendered(scope, index)
            if "{" not in text:
                yield Setting(text, scope.place(index))

    def _parameter(self, leaf: Leaf, is_file: bool) -> tuple[OriginKind, str]:
        own = self.roles.own(leaf.scope)
        name = ".".join((leaf.detail, *leaf.keys))
        if comes_with_run((leaf.detail, *leaf.keys)):
            return OriginKind.REQUEST, name
        if "request" in own and leaf.detail != leaf.scope.self_name:
            if self.roles.sends(leaf.scope, leaf.detail, leaf.keys, is_file):
                return OriginKind.REQUEST, name
            return OriginKind.UNKNOWN, f"parameter {name} of {leaf.scope.code.name}"
        if "message" in own and leaf.detail not in (leaf.scope.self_name, *BESIDES):
            return OriginKind.MESSAGE, name
        if "tool" in own and leaf.detail not in (leaf.scope.self_name, *OF_THE_RUNTIME):
            return OriginKind.MODEL_OUTPUT, name
        if leaf.detail in _HANDED_ON and self._wraps_handler(leaf):
            return OriginKind.REQUEST, joined_keys(leaf.keys) or name
        hidden = is_private(leaf.keys) or len(leaf.trail) >= TRAIL
        if "command" in own and not hidden:
            return OriginKind.COMMAND_LINE, name
        return OriginKind.UNKNOWN, f"parameter {name} of {leaf.scope.code.name}"

    def _wraps_handler(self, leaf: Leaf) -> bool:
        """Whether what a decorator's function hands on goes to a handler that it stands around."""
        return any(
            place is not leaf.scope
            and place.code.decorators
            and place.values[at].__class__ is Param
            and "request" in self.roles.own(place)
            for place, at in leaf.trail
        )

    def _steps(self, leaf: Leaf) -> tuple[Evidence, ...]:
        """The way from origin to sink, one step per line of code."""
        found: list[Evidence] = []
        seen: set[tuple[str, int]] = set()
        for scope, index in reversed(leaf.trail):
            mark = (scope.module.path, scope.code.lines[index])
            if mark in seen:
                continue
            seen.add(mark)
            span = scope.place(index)
            if span.first and not any(
                each.span.first == span.first and each.span.path == span.path for each in found
            ):
                found.append(Evidence(span))
                if len(found) == STEPS:
                    break
        return tuple(found)


def _as_told(leaf: Leaf, is_file: bool) -> Leaf:
    return as_file(leaf) if is_file and leaf.kind is OriginKind.CONSTANT else leaf


def _is_line(leaf: Leaf) -> bool:
    """Whether a value is a line of a text file that holds data."""
    if not _TEXT_DATA.search(leaf.detail) or _NOT_DATA.search(leaf.detail):
        return False
    for scope, index in leaf.trail:
        value = scope.values[index]
        if isinstance(value, Each):
            return True
        if isinstance(value, Call) and last_name(scope.values, value.callee) in _LINES:
            return True
    return False


def file_kind(kind: OriginKind, detail: str) -> OriginKind:
    """What a path or URL is, by its form."""
    lowered = detail.lower()
    if lowered.startswith(_NETWORK_SCHEMES):
        return OriginKind.NETWORK
    if lowered.startswith(_STORE_SCHEMES):
        return OriginKind.STORE
    if lowered.startswith(_QUEUE_SCHEMES):
        return OriginKind.MESSAGE
    if lowered.startswith("hf://"):
        return OriginKind.HUB
    if lowered.startswith(_SHARED):
        return OriginKind.SHARED_PATH
    return kind


def unknown_marked(text: str) -> str:
    """The text with `?` where a part is unknown."""
    return _UNKNOWN_PART.sub("?", text)
