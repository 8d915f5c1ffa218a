"""TensorFlow SavedModel, MetaGraph and frozen graphs.

Facts: `saved_model.proto`, `meta_graph.proto`, `graph.proto`, `function.proto` of TensorFlow 2.
Operations are data until the graph runs; the ones told here act on files, processes or Python, in
the main graph or in any function that it holds, however deep.
"""

from __future__ import annotations

import re

from whence.readers.models.format.protobuf import Broken, Field, Wire
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import GraphOperation, ModelFile

EFFECTS = {
    "ReadFile": "file-read", "WholeFileReader": "file-read", "WholeFileReaderV2": "file-read",
    "TextLineReader": "file-read", "TextLineReaderV2": "file-read", "MatchingFiles": "file-read",
    "TFRecordReader": "file-read", "TFRecordReaderV2": "file-read",
    "FixedLengthRecordReaderV2": "file-read", "TextLineDataset": "file-read",
    "TFRecordDataset": "file-read", "FixedLengthRecordDataset": "file-read",
    "FixedLengthRecordDatasetV2": "file-read", "MatchingFilesDataset": "file-read",
    "CSVDataset": "file-read", "SqlDataset": "file-read", "ImmutableConst": "file-read",
    "LoadDataset": "file-read", "WriteFile": "file-write", "PrintV2": "file-write",
    "SaveDataset": "file-write", "SaveDatasetV2": "file-write", "DebugIdentityV2": "file-write",
    "DebugIdentity": "network", "CreateSummaryFileWriter": "file-write",
    "CreateSummaryDbWriter": "file-write", "DatasetToTFRecord": "file-write",
    "PyFunc": "python", "PyFuncStateless": "python", "EagerPyFunc": "python",
    "RpcCall": "network", "RpcClient": "network", "RpcServer": "network",
    "Rpc": "network", "TryRpc": "network", "DistributedSave": "file-write",
    "RegisterDataset": "network", "RegisterDatasetV2": "network", "DataServiceDataset": "network",
    "DataServiceDatasetV2": "network", "DataServiceDatasetV4": "network",
}  # fmt: skip
_PRINTS_TO_FILE = re.compile(r"file://")
_NAME = re.compile(r"[A-Za-z_][\w>.]{0,200}")
_MOST = 200


def inspect(part: Part) -> Found:
    """The operations of every graph and function that reach beyond tensors."""
    wire = Wire(part.random(), part.size)
    reading = _Reading(part, wire)
    covered = 1.0
    try:
        if is_saved_model(part, wire):
            yield from reading.saved_model()
        else:
            yield from reading.graph(Field(0, 2, 0, 0, part.size), "graph")
    except Broken as error:
        covered = 0.5
        yield part.unread(f"the graph breaks off: {error}")
    name = "saved-model" if is_saved_model(part, wire) else "graphdef"
    yield ModelFile(part.span(), name, False, part.size, covered=covered, member=part.member)


def matches(part: Part, wire: Wire) -> bool:
    """Whether the bytes are a SavedModel or a graph."""
    return is_saved_model(part, wire) or is_graph(part, wire)


def is_saved_model(part: Part, wire: Wire) -> bool:
    """A schema version, then meta graphs with graphs in them."""
    try:
        fields = list(wire.fields(0, part.size))
        metas = [field for field in fields if field.number == 2 and field.wire == 2]
        first = [field for field in fields if field.number == 1]
        if not metas or any(field.wire != 0 or field.value > 16 for field in first):
            return False
        if any(field.number > 2 for field in fields):
            return False
        inner = [field.number for field in wire.fields(metas[0].start, metas[0].end)]
        return bool(inner) and max(inner) <= 8
    except Broken:
        return False


def is_graph(part: Part, wire: Wire) -> bool:
    """Nodes with a name and an operation."""
    try:
        count = 0
        for field in wire.fields(0, part.size):
            if field.number not in (1, 2, 3, 4, 5) or (field.number == 1 and field.wire != 2):
                return False
            if field.number == 1:
                texts = {
                    each.number: wire.text(each)
                    for each in wire.fields(field.start, field.end)
                    if each.number in (1, 2)
                }
                if _NAME.fullmatch(texts.get(2, "")) is None or not texts.get(1):
                    return False
                count += 1
                if count == 8:
                    return True
        return count > 0
    except Broken:
        return False


class _Reading:
    def __init__(self, part: Part, wire: Wire) -> None:
        self.part, self.wire = part, wire
        self.told: set[tuple[str, str]] = set()
        self.constants: dict[str, str] = {}

    def saved_model(self) -> Found:
        for meta in self.wire.fields(0, self.part.size):
            if meta.number != 2 or meta.wire != 2:
                continue
            for field in self.wire.fields(meta.start, meta.end):
                if field.number == 2 and field.wire == 2:
                    yield from self.graph(field, "graph")

    def graph(self, message: Field, scope: str) -> Found:
        for field in self.wire.fields(message.start, message.end):
            if field.number == 1 and field.wire == 2:
                yield from self.node(field, scope)
            elif field.number == 2 and field.wire == 2:
                for inner in self.wire.fields(field.start, field.end):
                    if inner.number == 1 and inner.wire == 2:
                        yield from self.function(inner)

    def function(self, message: Field) -> Found:
        name = ""
        nodes: list[Field] = []
        for field in self.wire.fields(message.start, message.end):
            if field.number == 1 and field.wire == 2:
                name = "".join(self.wire.texts(field.start, field.end, 1)[:1])
            elif field.number == 3 and field.wire == 2:
                nodes.append(field)
        for field in nodes:
            yield from self.node(field, f"function {printable(name)}")

    def node(self, message: Field, scope: str) -> Found:
        operator = name = ""
        inputs: list[str] = []
        texts: list[str] = []
        for field in self.wire.fields(message.start, message.end):
            if field.number == 1:
                name = self.wire.text(field)
            elif field.number == 2:
                operator = self.wire.text(field)
            elif field.number == 3:
                inputs.append(self.wire.text(field).split(":")[0])
            elif field.number == 5 and field.wire == 2:
                self.attribute(field, texts)
        if operator == "Const" and texts and len(self.constants) < 10_000:
            self.constants[name] = texts[0][:200]
        argument = next((self.constants[each] for each in inputs if each in self.constants), "")
        argument = argument or "".join(texts[:1])
        effect = EFFECTS.get(operator, "")
        if operator == "PrintV2" and not any(_PRINTS_TO_FILE.match(text) for text in texts):
            return
        if effect and (operator, scope) not in self.told and len(self.told) < _MOST:
            self.told.add((operator, scope))
            yield GraphOperation(
                self.part.span(), printable(operator), scope, effect, printable(argument)
            )

    def attribute(self, entry: Field, texts: list[str]) -> None:
        """A map entry: its value may hold text or a tensor of texts."""
        for field in self.wire.fields(entry.start, entry.end):
            if field.number != 2 or field.wire != 2:
                continue
            for value in self.wire.fields(field.start, field.end):
                if value.number == 2 and value.wire == 2:
                    texts.append(self.wire.text(value)[:400])
                elif value.number == 8 and value.wire == 2:
                    self.strings(value, texts)

    def strings(self, tensor: Field, texts: list[str]) -> None:
        for field in self.wire.fields(tensor.start, tensor.end):
            if field.number == 8 and field.wire == 2 and len(texts) < 8:
                texts.append(self.wire.text(field)[:400])
