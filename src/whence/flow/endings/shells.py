"""Whether a call runs its command by a shell, and which value is then the text of the command."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.program.project import Scope
from whence.flow.program.spelling import spelled
from whence.flow.tables.sink import Sink
from whence.vocabulary.fact.code import ProcessLaunch
from whence.vocabulary.fact.program import Call, Choice, Param, Sequence, Star

CALLERS = 20
COPIES = 4
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "cmd", "cmd.exe"})
_COPIES = frozenset({"list", "tuple", "map"})
_COMMAND_FOLLOWS = frozenset({"-c", "-lc", "-ec", "-xc", "-exc", "/c", "/C"})


def words_of(scope: Scope, index: int, value: int, sink: Sink) -> tuple[int, ...]:
    """The values of the words of a command, where the code lists them."""
    if sink.format == "words":
        return scope.call(index).positional
    held = scope.values[value]
    return held.items if isinstance(held, Sequence) else ()


def given_to_shell(engine: Engine, scope: Scope, words: tuple[int, ...]) -> int | None:
    """The word that a shell, named as the program, reads as commands; None where there is none."""
    listed = tuple(_unpacked(scope, words))
    if len(listed) < 3:
        return None
    program, option = (engine.texts.rendered(scope, word) for word in listed[:2])
    if program.rpartition("/")[2] in _SHELLS and option in _COMMAND_FOLLOWS:
        return listed[2]
    return None


def _unpacked(scope: Scope, words: tuple[int, ...]) -> Iterator[int]:
    """The words of a list, with those of the lists that are spread into it."""
    for word in words:
        held = scope.values[word]
        below = scope.values[held.base] if isinstance(held, Star) else None
        yield from below.items if isinstance(below, Sequence) else (word,)


def _parameters(scope: Scope, value: int, depth: int = 0) -> Iterator[str]:
    """The parameters that a command is, or is a copy of."""
    held = scope.values[value]
    if isinstance(held, Param):
        yield held.name
    elif depth < COPIES and isinstance(held, Choice):
        for option in held.options:
            yield from _parameters(scope, option, depth + 1)
    elif depth < COPIES and isinstance(held, Call) and spelled(scope, held.callee) in _COPIES:
        for arg in held.args:
            yield from _parameters(scope, arg, depth + 1)


def wrapped_launches(
    engine: Engine, scope: Scope, value: int, dotted: str
) -> Iterator[ProcessLaunch]:
    """The calls of a function that runs what it is given, where they give it a shell's command."""
    name = next(_parameters(scope, value), "")
    for caller, index in engine.callees.callers(scope)[:CALLERS] if name else ():
        given = engine.callees.argument(scope, caller, index, name)
        if given is None or given[0] is not caller:
            continue
        listed = caller.values[given[1]]
        options = listed.options if isinstance(listed, Choice) else (given[1],)
        for option in options:
            words = caller.values[option]
            items = words.items if isinstance(words, Sequence) else ()
            text = given_to_shell(engine, caller, items)
            if text is not None:
                origins = engine.origins.of(caller, index, text, False, True)
                artefact = engine.texts.rendered(caller, text)
                use = engine.use(caller, index, dotted, origins, artefact) | {"shell": True}
                yield ProcessLaunch(**use)
                break
