"""Pickle streams: what loading them would do, as facts."""

from __future__ import annotations

from collections.abc import Iterator

from whence.readers.models.part import Found, Part, printable
from whence.readers.models.pickle import Trace, scan
from whence.readers.models.pickle.trace import Grade, SeenImport, SeenUse
from whence.vocabulary.fact.models import FormatAnomaly, ModelFile, PickleUse

_MOST_USES = 200
_MOST_NEEDED = 200
_VERDICTS = {Grade.SAFE: "safe", Grade.REVIEW: "review", Grade.MALICIOUS: "malicious"}
_USES = {"call": "call", "instance": "new", "new": "new", "state": "build", "build": "build"}
_HARMLESS_ODDITIES = ("padding between pickles",)
_SHORTEST = 64


def inspect(part: Part) -> Found:
    """Facts of one file of pickles."""
    with part.stream() as stream:
        trace, _ = scan(stream)
    if _is_something_else(part, trace):
        return
    yield from _facts(part, trace, "")
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


def _facts(part: Part, trace: Trace, inside: str) -> Found:
    names = {seen.label: seen for seen in trace.imports}
    used: set[str] = set()
    count = 0
    for use in sorted(trace.uses, key=lambda use: (-use.opinion.grade, use.offset)):
        if use.opinion.grade is Grade.SAFE or count >= _MOST_USES:
            continue
        count += 1
        used.add(use.target)
        yield _of_use(part, use, names.get(use.target), inside)
    for seen in trace.imports:
        if seen.opinion.grade is not Grade.SAFE and seen.label not in used and count < _MOST_USES:
            count += 1
            yield _of_import(part, seen, inside)
    for odd in trace.oddities:
        harmless = odd.text.startswith(_HARMLESS_ODDITIES)
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
        yield from _facts(part, nested.trace, f"inside {printable(nested.into)}")


def _of_use(part: Part, use: SeenUse, known: SeenImport | None, inside: str) -> PickleUse:
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
        _slice(use, known),
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


def _slice(use: SeenUse, known: SeenImport | None) -> str:
    """The import and the use, by their offsets."""
    lines = [f"{use.offset:>8x}  {use.how} {printable(use.target)} {printable(use.arguments)}"]
    if known is not None and known.offset < use.offset:
        lines.insert(0, f"{known.offset:>8x}  import {printable(known.label)}")
    return "\n".join(lines)


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
