"""Files that the code fetches or writes, by the path that it gives them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from whence.flow.callee import Callees
from whence.flow.leaf import Leaf, argument_of
from whence.flow.project import Project, Scope
from whence.flow.trace import Tracer
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.program import Attribute, Call, Const, Text

_NETWORK, _STORE, _HUB = OriginKind.NETWORK, OriginKind.STORE, OriginKind.HUB
_Where = tuple[int | str, ...]

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
        self._by_text: dict[str, list[tuple[OriginKind, str, Span]]] = defaultdict(list)
        self._by_site: dict[tuple[int, int], list[tuple[OriginKind, str, Span]]] = defaultdict(list)
        tails = {name.rpartition(".")[2] for name in FETCHERS}
        for tail in sorted(tails):
            for scope, index in project.calls.get(tail, ()):
                self._fetch(scope, index)
        for tail in sorted(_WRITERS):
            for scope, index in project.calls.get(tail, ()):
                self._write(scope, index)
        for scope, index in project.calls.get("copyfileobj", ()):
            args = scope.call(index).args
            if len(args) >= 2:
                self._written(scope, index, args[0], args[1])

    def behind(self, leaf: Leaf) -> Iterator[tuple[OriginKind, str, Span]]:
        """What was fetched into the file that a leaf means: kind, detail, place."""
        found: dict[tuple[OriginKind, str, Span], None] = {}
        for scope, index in leaf.trail:
            for item in self._by_site.get((scope.id, index), ()):
                found[item] = None
        if not found:
            for item in self._by_text.get(_normal(leaf.detail), ()):
                found[item] = None
            for scope, index in leaf.trail:
                if scope.values[index].__class__ in (Call, Const, Text):
                    text = self.tracer.texts.rendered(scope, index)
                    for item in self._by_text.get(_normal(text), ()):
                        found[item] = None
        yield from found

    def _fetch(self, scope: Scope, index: int) -> None:
        for dotted in self.callees.dotted(scope, index):
            known = FETCHERS.get(dotted)
            if known is None:
                continue
            kind, source, target = known
            value = argument_of(scope, index, target)
            if value is None:
                continue
            detail = self.tracer.outside.argument_text(scope, index, source) or dotted
            self._record(scope, value, (kind, detail, scope.place(index)))

    def _write(self, scope: Scope, index: int) -> None:
        call = scope.call(index)
        callee = scope.values[call.callee]
        args = call.args
        if callee.__class__ is Attribute and args:
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
                place = leaf.scope.place(leaf.index)
                self._record(scope, path, (leaf.kind, leaf.detail, place))

    def _record(self, scope: Scope, value: int, item: tuple[OriginKind, str, Span]) -> None:
        self._by_site[(scope.id, value)].append(item)
        text = _normal(self.tracer.texts.rendered(scope, value))
        if (text and not text.endswith("}") and "." in text.rpartition("/")[2]) or (
            text and "{" not in text
        ):
            self._by_text[text].append(item)
        for leaf in self.tracer.leaves(scope, value):
            if leaf.kind is None and not leaf.keys and leaf.trail[-1][0] is leaf.scope:
                self._through_callers(leaf, item)

    def _through_callers(self, leaf: Leaf, item: tuple[OriginKind, str, Span]) -> None:
        for caller, call in self.callees.callers(leaf.scope)[:12]:
            given = self.callees.argument(leaf.scope, caller, call, leaf.detail)
            if given is not None and given[0].values[given[1]].__class__ is not Const:
                self._by_site[(given[0].id, given[1])].append(item)


def _normal(path: str) -> str:
    while path.startswith("./"):
        path = path[2:]
    return path
