"""Pickle streams: what loading them would do, as facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from whence.readers.models.part import Found, Part, printable, read_up_to
from whence.readers.models.pickle import Trace, scan
from whence.readers.models.pickle.listing import proof
from whence.readers.models.pickle.trace import Grade, SeenImport, SeenUse
from whence.vocabulary.fact.models import FormatAnomaly, ModelFile, PickleUse

_MOST_USES = 200
_MOST_NEEDED = 200
_VERDICTS = {Grade.SAFE: "safe", Grade.REVIEW: "review", Grade.MALICIOUS: "malicious"}
_USES = {"call": "call", "instance": "new", "new": "new", "state": "build", "build": "build"}
_HARMLESS_ODDITIES = ("padding between pickles",)
_CUT_FRAME = "a frame is longer than the data"
_SHORTEST = 64
_MOST_PROOFS = 5
_MOST_OPCODES = 24
_FARTHEST_PROOF = 1024 * 1024
_LONGEST_OPCODE = 512


def inspect(part: Part) -> Found:
    """Facts of one file of pickles."""
    with part.stream() as stream:
        trace, _ = scan(stream)
    if _is_something_else(part, trace):
        return
    yield from _facts(part, trace, "", _Proofs(part, trace))
    yield ModelFile(
        part.span(),
        "torch-legacy" if trace.storages and not part.chain else "pickle",
        True,
        part.size if part.size >= 0 else trace.end,
        covered=_covered(part, trace),
        member=part.member,
        globals_needed=tuple(sorted(_needed(trace)))[:_MOST_NEEDED],
    )


def _is_something_else(part: Part, trace: Trace) -> bool:
    """Bytes that only happened to begin like a pickle: nothing came of the first opcodes."""
    first = trace.pickles[0]
    built = trace.imports or trace.uses or trace.nested
    return bool(
        first.trouble
        and not built
        and first.end - first.start < _SHORTEST
        and trace.end > _SHORTEST
    ) and not part.head.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"))


def _facts(part: Part, trace: Trace, inside: str, proofs: _Proofs) -> Found:
    names = {seen.label: seen for seen in trace.imports}
    used: set[str] = set()
    count = 0
    for use in sorted(trace.uses, key=lambda use: (-use.opinion.grade, use.offset)):
        if use.opinion.grade is Grade.SAFE or count >= _MOST_USES:
            continue
        count += 1
        used.add(use.target)
        known = names.get(use.target)
        yield _of_use(part, use, known, inside, proofs.of(use, known))
    for seen in trace.imports:
        if seen.opinion.grade is not Grade.SAFE and seen.label not in used and count < _MOST_USES:
            count += 1
            yield _of_import(part, seen, inside)
    for odd in trace.oddities:
        # A frame that the data do not fill is what a download leaves behind that broke off.
        cut = odd.text.startswith(_CUT_FRAME) and any(each.trouble for each in trace.pickles)
        harmless = cut or odd.text.startswith(_HARMLESS_ODDITIES)
        yield FormatAnomaly(
            part.span(f"byte {odd.offset:#x}"),
            "pickle",
            odd.text,
            f"{odd.count} times",
            not harmless,
        )
    for pickle in trace.pickles:
        if pickle.trouble:
            yield part.unread(f"a pickle was not read to its end: {pickle.trouble}")
    for span in trace.unread:
        yield part.unread(f"bytes {span.start} to {span.end} were not read: {span.reason}")
    for nested in trace.nested:
        inner = _Proofs(part if nested.in_place else None, nested.trace)
        yield from _facts(part, nested.trace, f"inside {printable(nested.into)}", inner)


def _of_use(
    part: Part, use: SeenUse, known: SeenImport | None, inside: str, shown: str
) -> PickleUse:
    module, name = _split(use.target, known)
    times = f", {use.count} times" if use.count > 1 else ""
    return PickleUse(
        part.span(", ".join(filter(None, (f"byte {use.offset:#x}", inside)))),
        module,
        name,
        _USES.get(use.how, "extend"),
        printable(use.arguments),
        _VERDICTS[use.opinion.grade],
        printable(use.opinion.reason) + times,
        use.opinion.danger,
        shown,
    )


def _of_import(part: Part, seen: SeenImport, inside: str) -> PickleUse:
    return PickleUse(
        part.span(", ".join(filter(None, (f"byte {seen.offset:#x}", inside)))),
        printable(seen.module or "?"),
        printable(seen.name or "?"),
        "import",
        "",
        _VERDICTS[seen.opinion.grade],
        printable(seen.opinion.reason),
        seen.opinion.danger,
        f"{seen.offset:>8x}  import {printable(seen.label)}",
    )


class _Proofs:
    """The opcodes that prove the gravest uses of one stream, disassembled and explained."""

    def __init__(self, part: Part | None, trace: Trace) -> None:
        self.part, self.trace = part, trace
        self.left = _MOST_PROOFS

    def of(self, use: SeenUse, known: SeenImport | None) -> str:
        """One line for each opcode whose value reaches the use; else the import and the use."""
        said = {use.offset: f"{use.how} {printable(use.target)} {printable(use.arguments)}"}
        if known is not None and known.offset < use.offset:
            said[known.offset] = f"import {printable(known.label)}"
        opcodes: dict[int, str] = {}
        if use.opinion.grade is Grade.MALICIOUS and self.left and self.part is not None:
            self.left -= 1
            opcodes = self._opcodes(self.part, use)
        offsets = sorted({*opcodes, *said})
        if len(offsets) > _MOST_OPCODES:
            offsets = [*offsets[: _MOST_OPCODES // 2], *offsets[-_MOST_OPCODES // 2 :]]
        return "\n".join(_explained(at, opcodes.get(at, ""), said.get(at, "")) for at in offsets)

    def _opcodes(self, part: Part, use: SeenUse) -> dict[int, str]:
        start = self.trace.pickles[use.pickle].start if self.trace.pickles else 0
        if not 0 <= use.offset - start < _FARTHEST_PROOF:
            return {}
        with part.stream() as stream:
            _skip(stream, start)
            data = read_up_to(stream, use.offset - start + _LONGEST_OPCODE)
        lines = proof(data, start, use.offset, self.trace.arrays)
        return {line.offset: f"{line.opcode} {line.argument}".rstrip() for line in lines}


def _explained(offset: int, opcode: str, said: str) -> str:
    if not opcode:
        return f"{offset:>8x}  {said}"
    shown = f"{offset:>8x}  {printable(opcode)}"
    return f"{shown:<48}  ; {said}" if said else shown


def _skip(stream: BinaryIO, count: int) -> None:
    """Past the first bytes of a stream that may be unable to seek."""
    while count > 0 and (piece := stream.read(min(count, 1024 * 1024))):
        count -= len(piece)


def _split(label: str, known: SeenImport | None) -> tuple[str, str]:
    if known is not None:
        return printable(known.module or "?"), printable(known.name or "?")
    if "(" in label:
        return "", printable(label)
    module, _, name = label.rpartition(".")
    return printable(module or "?"), printable(name or label)


def _needed(trace: Trace) -> Iterator[str]:
    for seen in trace.imports:
        if seen.module is not None and seen.name is not None:
            yield printable(seen.label)
    for nested in trace.nested:
        yield from _needed(nested.trace)


def _covered(part: Part, trace: Trace) -> float:
    if trace.complete and not part.damage:
        return 1.0
    missing = sum(span.end - span.start for span in trace.unread)
    share = 1 - missing / trace.end if trace.end else 0.0
    return max(0.0, min(0.9999, round(share, 4)))
