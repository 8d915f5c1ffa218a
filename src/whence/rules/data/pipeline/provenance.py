"""How the rules on flows of values speak of origins, and what they weigh them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import Exposure, Origin, OriginKind, Use
from whence.vocabulary.finding import Severity

_TOLD = {
    OriginKind.REQUEST: "what a request carries",
    OriginKind.MESSAGE: "what a message carries",
    OriginKind.NETWORK: "what is fetched from",
    OriginKind.HUB: "what a hub serves as",
    OriginKind.STORE: "what stands in the store as",
    OriginKind.SHARED_PATH: "what others can put at",
    OriginKind.DATA_ROW: "rows of",
    OriginKind.ARCHIVE: "members of",
    OriginKind.MEMBER_NAME: "names of an archive's members",
    OriginKind.FILE_NAME: "names of files in",
    OriginKind.CHECKPOINT: "the checkpoint",
    OriginKind.COMMAND_LINE: "the command line option",
    OriginKind.ENVIRONMENT: "the environment variable",
    OriginKind.CONFIG: "the configuration key",
    OriginKind.PROCESS: "the output of",
    OriginKind.MODEL_OUTPUT: "what a language model answers",
    OriginKind.FILE: "the file",
    OriginKind.CONSTANT: "the constant",
    OriginKind.MEMORY: "what this process wrote itself with",
    OriginKind.UNKNOWN: "the value",
}
_UNNAMED = {
    OriginKind.NETWORK: "what is fetched from an address that is decided elsewhere",
    OriginKind.HUB: "what a hub serves under a name that is decided elsewhere",
    OriginKind.STORE: "what stands in a store under a name that is decided elsewhere",
    OriginKind.SHARED_PATH: "what others can put at a path that the code does not fix",
    OriginKind.DATA_ROW: "rows of a table that the code does not name",
    OriginKind.ARCHIVE: "members of an archive that the code does not name",
    OriginKind.MEMBER_NAME: "names of members of an archive that the code does not name",
    OriginKind.FILE_NAME: "names of files in a folder that the code does not name",
    OriginKind.CHECKPOINT: "a checkpoint that the code does not name",
    OriginKind.FILE: "a file that the code does not name",
    OriginKind.PROCESS: "the output of a command that the code does not name",
}
# Whoever publishes one file of a repository publishes them all.
_REPOSITORY = re.compile(r"https://(?:github\.com|gitlab\.com|huggingface\.co)/[^/?]+/[^/?]+(?=/)")
_GIVEN = re.compile(r"(parameter|field) (\S+) of (\S+)")
_LOOPBACK = re.compile(r"\w+://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)")
_ARTEFACTS = 4
# The call that fetches, where nothing says what.
_CALLABLE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){1,6}")
# A bound that was tested on the way, or what a route admits, is no check of the value.
_NO_CHECKS = frozenset({"segment", "condition"})
_FETCHED = frozenset(
    {OriginKind.NETWORK, OriginKind.STORE, OriginKind.ARCHIVE, OriginKind.MEMBER_NAME}
)
_EXPORT = re.compile(
    r"(?:^|/)(?:\w+_)?(?:export(?:er|ing|s)?|publish(?:er|ing)?|release|packag(?:e|ing|er)|push)(?:_\w+)?(?:\.py[\w.]*)?(?:/|:)"
    r"|(?:^|[.:_])(?:export|publish)(?:_|$)"
    r"|(?:^|[.:])(?:release|package|push)_\w*(?:model|weights|checkpoint|artifact|artefact|bundle|version|card)"
)
_UPLOAD = re.compile(r"(?:^|[._/:])upload(?:[._:]|$|[a-z]*model)")
_SEVERITY = {
    Exposure.ANYONE: Severity.CRITICAL,
    Exposure.OUTSIDER: Severity.HIGH,
    Exposure.INSIDER: Severity.HIGH,
    Exposure.OPERATOR: Severity.MEDIUM,
    Exposure.UNKNOWN: Severity.LOW,
    Exposure.MAINTAINER: Severity.LOW,
    Exposure.NOBODY: Severity.INFO,
}
_WHO = {
    Exposure.ANYONE: "anyone who can send it decides the content",
    Exposure.OUTSIDER: "somebody outside the project decides the content",
    Exposure.INSIDER: "everybody with write access there decides the content",
    Exposure.OPERATOR: "whoever starts the program decides the content",
    Exposure.UNKNOWN: "nothing in the project says who decides the content",
    Exposure.MAINTAINER: "only who can change the repository or its machine decides the content",
    Exposure.NOBODY: "the program itself decides the content",
}


def told(origin: Origin) -> str:
    """An origin in words for a message."""
    words = _TOLD[origin.kind]
    name = (origin.setting or origin.detail).removeprefix("?.")
    if origin.setting and origin.detail:
        return f"{words} `{origin.setting}` (`{origin.detail}`)"
    if origin.kind is OriginKind.MODEL_OUTPUT:
        return words
    if origin.kind is OriginKind.COMMAND_LINE and not name.strip("?.* "):
        return "what the command line says"
    if origin.kind is OriginKind.HUB and _CALLABLE.fullmatch(name):
        return _UNNAMED[origin.kind]
    if origin.kind is OriginKind.COMMAND_LINE and " " in name.strip():
        return f"what is typed for `{name.strip()}`"
    given = _GIVEN.fullmatch(name)
    if origin.kind is OriginKind.UNKNOWN and given:
        return f"the {given[1]} `{given[2]}` of `{given[3]}`"
    if origin.kind in _UNNAMED and not name.strip("?/.* "):
        return _UNNAMED[origin.kind]
    return f"{words} `{name}`" if name else words


def content(origin: Origin) -> str:
    """What a loader reads that an origin decides: what it holds, or the file that it names."""
    words = told(origin)
    if origin.kind in (OriginKind.COMMAND_LINE, OriginKind.ENVIRONMENT, OriginKind.CONFIG):
        return words if words.startswith("what ") else f"what {words} names"
    if origin.kind in (OriginKind.UNKNOWN, OriginKind.CONSTANT):
        return f"what {words} holds or names"
    if origin.kind is OriginKind.DATA_ROW:
        return f"what {words} hold or name"
    if origin.kind is OriginKind.FILE_NAME:
        return "files by the " + words
    return words


def shown(use: Use) -> str:
    """What the code shows of the value that is used, in brackets; empty where it shows nothing."""
    return f" (`{use.artefact}`)" if _names_something(use.artefact) else ""


def severity_of(origin: Origin) -> Severity:
    """What it weighs that this origin decides over code."""
    return Severity.LOW if is_here(origin) else _SEVERITY[origin.exposure]


def who_decides(origin: Origin, what: str = "the content") -> str:
    """Why an origin weighs what it weighs: who decides `what`."""
    if is_here(origin):
        return "only programs of this machine can answer there"
    return _WHO[origin.exposure].replace("the content", what)


def is_here(origin: Origin) -> bool:
    """Whether a value is fetched from the machine itself."""
    return origin.kind is OriginKind.NETWORK and _LOOPBACK.match(origin.detail) is not None


def open_origins(use: Use, *guards: str) -> list[Origin]:
    """The origins that no guard (of the kinds named, or of any) holds off, the worst first.

    Only those of the worst tier: where outsiders decide, it adds nothing that operators do too.
    And only those with a name where some have one: a function that can fetch from several kinds of
    places is asked for one of them. Where callers decide, the files that are defaults add nothing.
    """
    found = [
        origin
        for origin in use.origins
        if not (origin.guarded_by(*guards) if guards else origin.guarded)
    ]
    tier = max((_tier(origin) for origin in found), default=0)
    kept = [origin for origin in found if _tier(origin) == tier]
    named = [
        origin for origin in kept if origin.kind not in _FETCHED or _names_something(_name(origin))
    ]
    decided = sorted(named or kept, key=lambda origin: (-origin.exposure, origin))
    unnamed = [origin for origin in decided if origin.exposure is Exposure.UNKNOWN]
    return unnamed or decided


def _name(origin: Origin) -> str:
    return origin.setting or origin.detail


def _tier(origin: Origin) -> int:
    if origin.exposure >= Exposure.INSIDER:
        return 3
    if origin.exposure is Exposure.OPERATOR:
        return 2
    return 1 if origin.exposure > Exposure.NOBODY else 0


def exposed(use: Use, least: Exposure, *guards: str) -> list[Origin]:
    """The open origins that are exposed at least so far."""
    return [origin for origin in open_origins(use, *guards) if origin.exposure >= least]


def subject(use: Use, origin: Origin) -> str:
    """The trust decision: the artefact that is trusted, or the loader where nothing names one.

    Where nobody outside is known to decide, a module that does the same in ten functions decided
    it once.
    """
    name = origin.setting or origin.detail
    loader = f"{use.span.path}:{use.function}"
    if origin.exposure in (Exposure.UNKNOWN, Exposure.MAINTAINER):
        named = origin.kind is not OriginKind.UNKNOWN and "?" not in name
        if not named or not _names_something(name) or _loads_anything(use):
            return f"unnamed:{use.span.path}:{use.callee}"
        return f"{origin.kind}:{name}"
    if origin.kind not in (OriginKind.REQUEST, OriginKind.MESSAGE) and _loads_anything(use):
        return f"loader:{loader}"
    if origin.kind in (OriginKind.REQUEST, OriginKind.MESSAGE):
        return f"{origin.kind}:{loader}"
    if not _names_something(name):
        return f"{origin.kind}:{loader}"
    published = _REPOSITORY.match(name)
    if origin.kind is OriginKind.NETWORK and published:
        return f"{origin.kind}:{published[0]}"
    return f"{origin.kind}:{name}"


def _loads_anything(use: Use) -> bool:
    """Whether a place is a loader for several artefacts, so that the loader is what is to mend.

    Several that outsiders decide, or so many files that none of them is the decision.
    """
    if len({o.detail for o in use.origins}) > _ARTEFACTS:
        return True
    if use.artefact and "?" not in use.artefact:
        return False
    fetched = {o.setting or o.detail for o in use.origins if o.exposure >= Exposure.OPERATOR}
    return len(fetched) > 1


def _names_something(name: str) -> bool:
    return len(name.strip("?/.*_- ")) > 2


def evidence(use: Use, origin: Origin, note: str) -> tuple[Evidence, ...]:
    """The sink, where the value enters, where it is decided, and the way between."""
    found: dict[Span, Evidence] = {use.span: Evidence(use.span, note)}
    for guard in origin.guards:
        if not guard.holds and guard.kind != "condition":
            found.setdefault(guard.span, Evidence(guard.span, f"no guard: {guard.why}"))
    if not any(_within(origin.span, span) for span in found):
        found.setdefault(origin.span, Evidence(origin.span, f"enters here: {told(origin)}"))
    if origin.decision != origin.span:
        found.setdefault(origin.decision, Evidence(origin.decision, "decided here"))
    for step in origin.steps:
        if not any(_within(step.span, span) for span in found):
            found[step.span] = Evidence(step.span, "on the way")
    return tuple(found.values())


def _within(inner: Span, outer: Span) -> bool:
    return inner.path == outer.path and outer.first <= inner.first and inner.last <= outer.last


def doubts(origin: Origin) -> str:
    """The guards that do not hold, as the end of a message; empty where there are none."""
    open_ones = [guard for guard in origin.guards if not guard.holds]
    found = [f"{guard.kind}: {guard.why}" for guard in open_ones if guard.kind not in _NO_CHECKS]
    told = "".join(f" But {guard.why}." for guard in open_ones if guard.kind == "segment")
    if found:
        told += f" A check is there but does not hold ({'; '.join(dict.fromkeys(found))})."
    return told


def is_export(use: Use) -> bool:
    """Whether the code around is what exports or publishes a model, by its names.

    What a server calls an upload comes in; what a job calls so goes out.
    """
    words = f"{use.span.path}:{use.function}".lower()
    if _EXPORT.search(words):
        return True
    return "request" not in use.reached_from and _UPLOAD.search(words) is not None


def only_tests(use: Use) -> bool:
    """Whether nothing but the project's tests gets there."""
    return use.reached_from == ("test",)


def worst(origins: Iterable[Origin]) -> Origin:
    """The origin that is exposed furthest."""
    return max(origins, key=lambda origin: (origin.exposure, origin))
