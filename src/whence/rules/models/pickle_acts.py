"""What a pickle does when it is loaded, in words."""

from __future__ import annotations

from whence.vocabulary.fact.models import PickleUse

_VERBS = {"call": "calls", "new": "creates", "build": "sets the state of", "extend": "adds to"}
_DANGERS = {
    "execute": "runs commands or code",
    "network": "reaches the network",
    "file-write": "changes files",
    "file-read": "reads files",
    "import": "imports modules by name",
    "dynamic-attribute": "reaches any attribute by name",
    "denial": "can exhaust memory or time",
    "deserialize": "loads further pickles",
}


def told(use: PickleUse) -> str:
    """What happens, and with what; the danger in plain words where it lies in the name alone."""
    name = f"{use.module}.{use.name}"
    on = f" with {use.arguments}" if use.arguments else ""
    act = f"{_VERBS.get(use.use, 'imports')} `{name.removesuffix('.')}`{on}"
    danger = _DANGERS.get(use.gadget, "")
    plain = use.reason.removeprefix("calls ").removeprefix("imports ")
    if danger and plain.startswith(f"{name} ({use.gadget})"):
        return f"{act}, which {danger}"
    return f"{act}: {use.reason}"
