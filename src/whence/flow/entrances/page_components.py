"""What the parts of a Gradio page let through to the function that they feed.

A number field gives numbers and a list of choices one of them: the server refuses the rest. What is
uploaded lies under a path that the server made, whatever its content is.
Source: Gradio's reference pages (the `preprocess` of each component).
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.program.callee import Callees
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name, spelled
from whence.vocabulary.fact.program import Attribute, Call, Choice, Const, Item, Name, Sequence

# Numbers, and what the server itself keeps for a session.
_NUMBERS = frozenset({"Number", "Slider", "Checkbox", "DateTime", "Timer", "State"})
_CHOSEN = frozenset({"Dropdown", "Radio", "CheckboxGroup", "Dataset"})
_UPLOADED = frozenset(
    {"File", "Audio", "Image", "Video", "UploadButton", "Gallery", "Model3D", "ImageEditor"}
)
_INPUTS = {"Interface": ("inputs", 1), "ChatInterface": ("additional_inputs",), "on": ("inputs", 2)}
_OF_EVENTS = ("inputs", 1)
_MENTIONS = 20
# What a visitor's browser sends has no other parts: texts, numbers, lists, and files.
SENT = frozenset({"text", "files", "name", "orig_name", "path", "url", "size", "data", "composite"})


def lets_through(callees: Callees, scope: Scope, name: str) -> str:
    """What a parameter gets of the page: `chosen`, `uploaded`, or `anything`; empty for no page."""
    number = next(
        (at for at, held in enumerate(_own_parameters(scope)) if held == name),
        None,
    )
    if number is None:
        return ""
    found = set(_fed(callees, scope, number))
    if len(found) > 1:
        return "anything"
    return found.pop() if found else ""


def _own_parameters(scope: Scope) -> Iterator[str]:
    for held in scope.code.parameters:
        if held.name != scope.self_name and held.kind == "":
            yield held.name


def _fed(callees: Callees, scope: Scope, number: int) -> Iterator[str]:
    """What each place that ties the function to a page gives to one of its parameters."""
    name = scope.code.name.rpartition(".")[2]
    for caller, index, _ in callees.project.mentions.get(name, ())[:_MENTIONS]:
        call = caller.call(index)
        if not any(last_name(caller.values, arg) == name for arg in call.args):
            continue
        tail = spelled(caller, call.callee).rpartition(".")[2]
        inputs = argument_of(caller, index, _INPUTS.get(tail, _OF_EVENTS))
        if inputs is None:
            continue
        parts = list(_parts(caller, inputs))
        known = _kind(callees, *parts[number]) if number < len(parts) else ""
        yield known or "anything"


def _parts(scope: Scope, inputs: int) -> Iterator[tuple[Scope, int]]:
    """The components of a list, or the one that is given alone."""
    for place, at in _meant(scope, inputs):
        value = place.values[at]
        if isinstance(value, Sequence) and not value.many:
            for item in value.items:
                yield place, item
        else:
            yield place, at
        return


def _meant(scope: Scope, index: int) -> Iterator[tuple[Scope, int]]:
    """The values that a name of an enclosing scope holds."""
    value = scope.values[index]
    if isinstance(value, Choice):
        for option in value.options:
            yield from _meant(scope, option)
    elif isinstance(value, Name) and not value.imported:
        above = scope.owner
        while above is not None and value.dotted not in above.code.names:
            above = above.owner
        if above is not None:
            held = above.code.names[value.dotted]
            if above.values[held].__class__ is not Name:
                yield from _meant(above, held)
    elif isinstance(value, Item):
        for place, at in _meant(scope, value.base):
            for held in _held_by(place, at):
                yield from _meant(place, held)
    else:
        yield scope, index


def _held_by(scope: Scope, index: int) -> Iterator[int]:
    """What a list was made of, and what was appended to it."""
    held = scope.values[index]
    if isinstance(held, Sequence):
        yield from held.items
    for value in scope.values:
        if isinstance(value, Call) and len(value.args) == 1:
            callee = scope.values[value.callee]
            if isinstance(callee, Attribute) and callee.name == "append" and callee.base == index:
                yield value.args[0]


def _kind(callees: Callees, scope: Scope, index: int) -> str:
    kinds = {_of_component(callees, place, at) for place, at in _meant(scope, index)}
    return kinds.pop() if len(kinds) == 1 else ""


def _of_component(callees: Callees, scope: Scope, index: int) -> str:
    for dotted in callees.dotted(scope, index) if _is_call(scope, index) else ():
        package, _, component = dotted.rpartition(".")
        if package.partition(".")[0] != "gradio":
            return ""
        if component in _UPLOADED:
            return "uploaded"
        if component in _NUMBERS or (component in _CHOSEN and _is_closed(scope, index)):
            return "chosen"
    return ""


def _is_call(scope: Scope, index: int) -> bool:
    return scope.values[index].__class__ is Call


def _is_closed(scope: Scope, index: int) -> bool:
    """Whether a list of choices takes nothing else."""
    custom = argument_of(scope, index, ("allow_custom_value",))
    held = scope.values[custom] if custom is not None else None
    return custom is None or (isinstance(held, Const) and held.value is False)
