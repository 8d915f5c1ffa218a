"""ExecuTorch programs (`.pte`) and their tensor files (`.ptd`). Facts: `program.fbs` and
`flat_tensor.fbs` of ExecuTorch 1.0, and its pages on the file formats.

The program lists kernels by name, which the app brings along, and holds what was compiled for
delegates: graphs of kernels for some, device programs or whole libraries for others.
"""

from __future__ import annotations

from whence.readers.models.format.flatbuffer import Broken, Content, Table, number_at, root
from whence.readers.models.format.native import format_of
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import GraphOperation, ModelFile, NativeCode

_NAMESPACES = frozenset(
    (
        "aten", "executorch_prim", "dim_order_ops", "quantized_decomposed", "quantized", "llama",
        "torchao", "cadence", "cortex_m", "et_copy", "torchvision", "sortformer",
    )
)  # fmt: skip
# What these take from the program are graphs of the delegate's own kernels, and numbers.
_GRAPHS = frozenset(("XnnpackBackend", "VulkanBackend", "MPSBackend", "MLXBackend"))
_DEVICES = frozenset(
    (
        "CoreMLBackend", "QnnBackend", "EthosUBackend", "VgfBackend", "NeuropilotBackend",
        "OpenvinoBackend", "CudaBackend", "MetalBackend", "AotiBackend", "EnnBackend", "NxpBackend",
        "NeutronBackend", "TensorRTBackend", "SamsungBackend",
    )
)  # fmt: skip
_EXTENDED = b"eh00"
_HEAD = 64
_MOST = 200


def inspect(part: Part) -> Found:
    """Kernels and delegates that need code of whoever loads the program, and code inside it."""
    reading = _Program(part)
    covered = 1.0
    try:
        yield from reading.facts()
        covered = reading.covered
    except Broken:
        covered = 0.5
        yield part.unread("the program refers beyond its end: an incomplete download?")
    yield ModelFile(
        part.span(), "executorch", reading.executable, part.size, covered=covered,
        member=part.member,
    )  # fmt: skip


def inspect_tensors(part: Part) -> Found:
    """A file of tensors: names, shapes and numbers, all of which have to be there."""
    content = Content(part.random(), part.size)
    covered = 1.0
    try:
        end = number_at(content, 32, 8) + number_at(content, 40, 8)
        if content.at(8, 4) != b"FH01" or end > part.size:
            raise Broken
    except Broken:
        covered = 0.5
        yield part.unread("the tensors end beyond the file: an incomplete download?")
    yield ModelFile(
        part.span(), "executorch-tensors", False, part.size, covered=covered, member=part.member
    )


class _Program:
    """One pass over one program."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.content = Content(part.random(), part.size)
        self.executable = False
        self.covered = 1.0
        self._told: set[str] = set()

    def facts(self) -> Found:
        """Raises Broken."""
        program = root(self.content)
        segments = self._segments(program)
        inline = [each.vector(0) for each in program.tables(3)]
        constants = program.table(5)
        numbers = constants.value(0, 4) if constants and segments else -1
        for index, place in enumerate(segments):
            if index != numbers:
                yield from self._native(place, f"segment {index}")
        for constant in program.tables(2):
            constant.vector(0)
        for plan in program.tables(1):
            _follow(plan)
            yield from self._kernels(plan)
            for delegate in plan.tables(7):
                yield from self._delegate(delegate, segments, inline)

    def _segments(self, program: Table) -> list[tuple[int, int]]:
        base = 0
        if self.content.at(8, 4) == _EXTENDED:
            base = number_at(self.content, 24, 8)
            size = max(number_at(self.content, 16, 8), base)
            if number_at(self.content, 12, 4) >= 32:
                size = max(size, base + number_at(self.content, 32, 8))
            if size > self.part.size:
                raise Broken
        found = []
        for segment in program.tables(4):
            start = base + segment.value(0, 8)
            end = start + segment.value(1, 8)
            if end > self.part.size:
                raise Broken
            found.append((start, end))
        return found

    def _kernels(self, plan: Table) -> Found:
        for operator in plan.tables(6):
            name = operator.text(0)
            if name.partition("::")[0] not in _NAMESPACES:
                yield from self._once(name, "program")

    def _delegate(
        self, delegate: Table, segments: list[tuple[int, int]], inline: list[tuple[int, int]]
    ) -> Found:
        name = delegate.text(0)
        data = delegate.table(1)
        if data is not None:
            index = data.value(1, 4)
            places = segments if data.value(0, 1) else inline
            if index >= len(places):
                raise Broken
            yield from self._native(places[index], f"delegate {printable(name)}")
        if name in _GRAPHS:
            return
        if name not in _DEVICES:
            yield from self._once(name, "delegate")
        if self.covered == 1.0:
            self.covered = 0.5
            shown = printable(name)
            yield self.part.unread(f"what was compiled for the delegate {shown} is not interpreted")

    def _native(self, place: tuple[int, int], where: str) -> Found:
        start, end = place
        head = self.content.at(start, min(end - start, _HEAD))
        kind = format_of(head) or ("ELF" if b"\x7fELF" in head else "")
        if kind and f"{start}" not in self._told:
            self._told.add(f"{start}")
            self.executable = True
            yield NativeCode(self.part.span(where), kind, self.part.member)

    def _once(self, name: str, scope: str) -> Found:
        shown = printable(name)
        if shown not in self._told and len(self._told) < _MOST:
            self._told.add(shown)
            yield GraphOperation(self.part.span(), shown, scope, "native")


def _follow(plan: Table) -> None:
    """Raises Broken where a part of the plan is not there."""
    plan.vector(0)
    container = plan.table(1)
    if container is not None:
        container.vector(0)
        container.vector(1)
    for value in plan.tables(2):
        value.table(1)
    for chain in plan.tables(5):
        for instruction in chain.tables(2):
            instruction.table(1)
