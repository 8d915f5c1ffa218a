"""Files that the code fetches or writes, by the path that it gives them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from whence.flow.checks.checking_calls import CheckingCalls
from whence.flow.inputs.fetched_files import Fetched
from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Leaf, argument_of
from whence.flow.program.project import Project, Scope
from whence.flow.values.trace import Tracer
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.program import Attribute, Call, Const, Param, Text

_NETWORK, _STORE, _HUB = OriginKind.NETWORK, OriginKind.STORE, OriginKind.HUB
CALLERS = 12
_UNKNOWN = re.compile(r"\{[^{}]*\}")
_Where = tuple[int | str, ...]
_Item = tuple[OriginKind, str, Span]

FETCHERS: dict[str, tuple[OriginKind, _Where, _Where]] = {
    "urllib.request.urlretrieve": (_NETWORK, ("url", 0), ("filename", 1)),
    "wget.download": (_NETWORK, ("url", 0), ("out", 1)),
    "gdown.download": (_NETWORK, ("url", "id", 0), ("output", 1)),
    "torch.hub.download_url_to_file": (_NETWORK, ("url", 0), ("dst", 1)),
    "torchvision.datasets.utils.download_url": (_NETWORK, ("url", 0), ("root", 1)),
    "boto3.Client().download_file": (_STORE, ("Key", 1), ("Filename", 2)),
    "boto3.Client().download_fileobj": (_STORE, ("Key", 1), ("Fileobj", 2)),
    "boto3.Bucket().download_file": (_STORE, ("Key", 0), ("Filename", 1)),
    "boto3.Object().download_file": (_STORE, (), ("Filename", 0)),
    "google.cloud.storage.Blob().download_to_filename": (_STORE, (), ("filename", 0)),
    "gcsfs.GCSFileSystem().get": (_STORE, ("rpath", 0), ("lpath", 1)),
    "s3fs.S3FileSystem().get": (_STORE, ("rpath", 0), ("lpath", 1)),
    "minio.Minio().fget_object": (_STORE, ("object_name", 1), ("file_path", 2)),
    "huggingface_hub.snapshot_download": (_HUB, ("repo_id", 0), ("local_dir",)),
    "ftplib.FTP().retrbinary": (_NETWORK, (0,), ()),
    "paramiko.SFTPClient().get": (_NETWORK, ("remotepath", 0), ("localpath", 1)),
}
OF_BUCKETS = frozenset(
    {"boto3.Client().download_file", "boto3.Client().download_fileobj", "boto3.Client().get_object",
     "minio.Minio().fget_object"}
)  # fmt: skip
_BUCKET: _Where = ("Bucket", "bucket_name", 0)
PATHS = frozenset(FETCHERS) | {
    "gdown.cached_download", "pooch.retrieve", "keras.utils.get_file",
    "tensorflow.keras.utils.get_file", "torch.hub.load_state_dict_from_url",
}  # fmt: skip
_WRITERS = frozenset({"write", "write_bytes", "write_text", "writelines"})
_OUTSIDE = frozenset(
    {
        OriginKind.NETWORK,
        OriginKind.STORE,
        OriginKind.HUB,
        OriginKind.REQUEST,
        OriginKind.MESSAGE,
        OriginKind.ARCHIVE,
    }
)


class Materials:
    """Answers what was fetched into a path before something reads it."""

    def __init__(self, project: Project, callees: Callees, tracer: Tracer) -> None:
        self.callees = callees
        self.tracer = tracer
        self.checking = CheckingCalls(callees, tracer)
        self._by_text: dict[str, list[_Item]] = defaultdict(list)
        self._by_folder: dict[str, list[_Item]] = defaultdict(list)
        self._by_site: dict[tuple[int, int], list[_Item]] = defaultdict(list)
        tails = {name.rpartition(".")[2] for name in FETCHERS}
        for tail in sorted(tails):
            for scope, index in project.calls.get(tail, ()):
                if tail != "get" or not _asks_a_table(scope, index):
                    self._fetch(scope, index)
        for tail in sorted(_WRITERS):
            for scope, index in project.calls.get(tail, ()):
                self._write(scope, index)
        for scope, index in project.calls.get("copyfileobj", ()):
            args = scope.call(index).args
            if len(args) >= 2:
                self._written(scope, index, args[0], args[1])

    def behind(self, leaf: Leaf) -> Iterator[_Item]:
        """What was fetched into the file that a leaf means: kind, detail, place."""
        found: dict[_Item, None] = {}
        for scope, index in leaf.trail:
            for item in self._by_site.get((scope.id, index), ()):
                found[item] = None
        if not found:
            for item in self.named(leaf.detail):
                found[item] = None
            for scope, index in leaf.trail:
                if scope.values[index].__class__ in (Call, Const, Text):
                    text = self.tracer.texts.rendered(scope, index)
                    for item in self.named(text):
                        found[item] = None
        yield from found

    def take_in(self, fetched: Iterable[Fetched]) -> None:
        """Files and folders that commands of the project fetch before its code runs."""
        for name, kind, detail, span in fetched:
            held = self._by_folder if name.endswith("/") else self._by_text
            held[_normal(name).rstrip("/")].append((kind, detail, span))

    def named(self, path: str) -> list[_Item]:
        """What was fetched to a path, or into a folder over it."""
        plain = _normal(path)
        found = list(self._by_text.get(plain, ()))
        while not found and "/" in plain and self._by_folder:
            plain = plain.rpartition("/")[0]
            found = list(self._by_folder.get(plain, ()))
        return list(dict.fromkeys(found))

    def only_named(self, leaf: Leaf) -> bool:
        """Whether what was fetched is only the name of a file, and not its content or its path."""
        if leaf.kind is not OriginKind.NETWORK:
            return False
        entered = leaf.scope.values[leaf.index]
        return not isinstance(entered, Call) or PATHS.isdisjoint(
            self.callees.dotted(leaf.scope, leaf.index)
        )

    def _fetch(self, scope: Scope, index: int) -> None:
        for dotted in self.callees.dotted(scope, index):
            known = FETCHERS.get(dotted)
            if known is None:
                continue
            kind, source, target = known
            value = argument_of(scope, index, target)
            if value is None or self.checking.is_told(scope, index):
                continue
            detail = self._address(scope, index, source) or dotted
            if dotted in OF_BUCKETS:
                bucket = self.tracer.outside.argument_text(scope, index, _BUCKET)
                detail = f"s3://{bucket}/{detail}" if bucket and "{" not in bucket else detail
            self._record(scope, value, (kind, detail, scope.place(index)))

    def _address(self, scope: Scope, index: int, source: _Where) -> str:
        """What a call fetches, also where all callers give the same address."""
        text = self.tracer.outside.argument_text(scope, index, source)
        value = argument_of(scope, index, source)
        if value is None or not _UNKNOWN.fullmatch(text):
            return text
        given = {leaf.detail for leaf in self.tracer.origins(scope, value) if "://" in leaf.detail}
        return given.pop() if len(given) == 1 else text

    def _write(self, scope: Scope, index: int) -> None:
        call = scope.call(index)
        callee = scope.values[call.callee]
        args = call.args
        if callee.__class__ is Attribute and args and scope.values[args[0]].__class__ is not Const:
            self._written(scope, index, args[0], callee.base)

    def _written(self, scope: Scope, index: int, content: int, handle: int) -> None:
        opened = scope.values[handle]
        path = handle
        if opened.__class__ is Call:
            names = self.callees.dotted(scope, handle)
            args = opened.args
            callee = scope.values[opened.callee]
            if any(name in ("open", "io.open") for name in names) and args:
                path = args[0]
            elif callee.__class__ is Attribute and callee.name == "open":
                path = callee.base
        for leaf in self.tracer.leaves(scope, content):
            if leaf.kind in _OUTSIDE:
                self._record(scope, path, _item(leaf))
            elif leaf.kind is None and leaf.scope is scope and not leaf.keys:
                self._given(scope, leaf.detail, path)

    def _given(self, scope: Scope, content: str, path: int) -> None:
        """What callers of a function give it to write into a file."""
        to = scope.values[path]
        for caller, call in self.callees.callers(scope)[:CALLERS]:
            given = self.callees.argument(scope, caller, call, content)
            for leaf in self.tracer.leaves(*given) if given is not None else ():
                if leaf.kind in _OUTSIDE:
                    name = to.name if isinstance(to, Param) else ""
                    where = self.callees.argument(scope, caller, call, name) if name else None
                    self._record(*(where or (scope, path)), _item(leaf))

    def _record(self, scope: Scope, value: int, item: _Item) -> None:
        self._by_site[(scope.id, value)].append(item)
        text = _normal(self.tracer.texts.rendered(scope, value))
        if (text and not text.endswith("}") and "." in text.rpartition("/")[2]) or (
            text and "{" not in text
        ):
            self._by_text[text].append(item)
        for leaf in self.tracer.leaves(scope, value):
            own = leaf.scope is scope or (
                scope.klass is not None and leaf.scope.klass is scope.klass
            )
            if own and leaf.kind is None and not leaf.keys and leaf.trail[-1][0] is leaf.scope:
                self._through_callers(leaf, item)

    def _through_callers(self, leaf: Leaf, item: _Item) -> None:
        for caller, call in self.callees.callers(leaf.scope)[:CALLERS]:
            given = self.callees.argument(leaf.scope, caller, call, leaf.detail)
            if given is not None and given[0].values[given[1]].__class__ is not Const:
                self._by_site[(given[0].id, given[1])].append(item)


def _item(leaf: Leaf) -> _Item:
    assert leaf.kind is not None
    return leaf.kind, leaf.detail, leaf.scope.place(leaf.index)


def _normal(path: str) -> str:
    while path.startswith("./"):
        path = path[2:]
    return path


def _asks_a_table(scope: Scope, index: int) -> bool:
    """`table.get("key")`: whether what is asked for is a key, which no address is."""
    args = scope.call(index).positional
    asked = scope.values[args[0]] if args else None
    return isinstance(asked, Const) and "/" not in str(asked.value)
