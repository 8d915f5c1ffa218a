"""What stands before a handler of requests: who has to show who they are, and where that is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from whence.flow.engine import Engine
from whence.flow.entrances.shown_credentials import shows_credential
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name, spelled
from whence.flow.tables.servers import AUTHENTICATORS, LIFECYCLE, REFUSALS, authenticates
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Const,
    Item,
    Name,
    Param,
    Sequence,
)

DEPTH = 6
_MADE = frozenset({"APIRouter", "FastAPI", "Starlette", "Blueprint", "Flask", "Quart", "Router"})
_TAKES_IN = frozenset({"include_router", "register_blueprint", "mount", "blueprint"})
_OPEN = frozenset({"AllowAny", "IsAuthenticatedOrReadOnly"})
_DEPENDENCIES = ("Depends", "Security")

Site = tuple[Scope, int]


def asked(engine: Engine, scope: Scope) -> Iterator[str]:
    """The names of the checks before a handler: its own, its routers' and its application's."""
    yield from _declared(engine, scope)
    for value in scope.values:
        if value.__class__ is Call:
            name = spelled(scope, value.callee)
            if authenticates(name) and not name.startswith("?."):
                yield name
    shown = shows_credential(scope)
    if shown:
        yield shown
    yield from _of_class(scope)
    yield from _module_wide(engine, scope)
    for router in _routers_of(engine, scope):
        yield from _of_router(engine, router, 0)


def _declared(engine: Engine, scope: Scope) -> Iterator[str]:
    """The checks that a handler's decorators and parameters name."""
    for name in scope.decorator_names:
        if authenticates(name):
            yield name
    owner = scope.owner
    if owner is None:
        return
    for parameter in scope.code.parameters:
        if parameter.default >= 0:
            yield from _dependencies(engine, owner, parameter.default)
        yield from _aliased(engine, scope, parameter.annotation)
    for index in scope.code.decorators:
        yield from _dependencies(engine, owner, index)
        if owner.values[index].__class__ is not Call:
            yield from _wrapper(engine, owner, index)


def _dependencies(engine: Engine, owner: Scope, index: int) -> Iterator[str]:
    """The checks among `Depends(...)` in an argument, a list, or the arguments of a decorator."""
    value = owner.values[index]
    below: tuple[int, ...] = ()
    if value.__class__ is Call:
        if last_name(owner.values, value.callee) in _DEPENDENCIES:
            yield from _dependency(engine, owner, index)
            return
        below = value.args
    elif value.__class__ is Sequence:
        below = value.items
    elif value.__class__ is Item:
        below = (value.key,)
    elif value.__class__ is Name:
        for scope, at in _held(engine, owner, index):
            if scope.values[at].__class__ in (Call, Sequence, Item):
                yield from _dependencies(engine, scope, at)
    for at in below:
        yield from _dependencies(engine, owner, at)


def _dependency(engine: Engine, owner: Scope, index: int) -> Iterator[str]:
    """What `Depends(...)` asks, where it refuses strangers."""
    name = spelled(owner, index)
    for arg in owner.call(index).args:
        inner = spelled(owner, arg)
        refuses = any(_refuses(engine, one, 0) for one in _functions(engine, owner, arg))
        if authenticates(inner) or name.endswith("Security") or refuses:
            yield inner


def _aliased(engine: Engine, scope: Scope, annotation: str) -> Iterator[str]:
    """Checks in an alias: `Admin = Annotated[User, Depends(current_user)]`."""
    located = engine.project.locate(annotation, scope.module) if annotation else None
    if isinstance(located, tuple):
        module, name = located
        yield from _dependencies(engine, module.body, module.body.code.names[name])


def _wrapper(engine: Engine, owner: Scope, index: int) -> Iterator[str]:
    """A decorator of the project whose inner function refuses strangers."""
    for scope in _functions(engine, owner, index):
        if any(_refuses(engine, inner, 1) for inner in (scope, *scope.children.values())):
            yield spelled(owner, index)


def _functions(engine: Engine, owner: Scope, index: int) -> list[Scope]:
    found = [engine.callees.runs(target) for target in engine.callees.targets(owner, index)]
    return [scope for scope in found if scope is not None]


def refuses(engine: Engine, scope: Scope) -> bool:
    """Whether a function can end in refusing a caller for who they are."""
    return _refuses(engine, scope, 0)


def _refuses(engine: Engine, scope: Scope, depth: int) -> bool:
    """Whether a function can end in refusing a caller for who they are (not for what they ask).

    It has to raise or abort, and either say 401 or 403, or have asked a check for its answer.
    """
    asks = refuses = False
    for value in scope.values:
        if value.__class__ is not Call:
            continue
        name = spelled(scope, value.callee)
        tail = name.rpartition(".")[2]
        if tail in ("HTTPException", "abort", "Response", "JSONResponse", "HTTPError"):
            refuses = True
            if any(_is_refusal(scope, arg) for arg in value.args):
                return True
        elif authenticates(name) or tail == "compare_digest":
            asks = True
        elif depth < 2:
            for inner in _functions(engine, scope, value.callee):
                if _refuses(engine, inner, depth + 1):
                    return True
    return asks and (refuses or bool(scope.code.raises))


def _is_refusal(scope: Scope, index: int) -> bool:
    value = scope.values[index]
    if value.__class__ is Const:
        return value.value in (401, 403)
    return any(word in spelled(scope, index) for word in REFUSALS)


def _of_class(scope: Scope) -> Iterator[str]:
    """Checks that a class of handlers names: `permission_classes`, `decorators`."""
    klass = scope.klass
    if klass is None:
        return
    for field in ("permission_classes", "decorators", "method_decorators"):
        index = klass.code.names.get(field)
        held = klass.values[index] if index is not None else None
        if held.__class__ is Sequence:
            for item in held.items:
                name = spelled(klass, item)
                tail = name.rpartition(".")[2]
                if tail not in _OPEN and (field == "permission_classes" or authenticates(name)):
                    yield name


def _module_wide(engine: Engine, scope: Scope) -> Iterator[str]:
    """Checks that stand before every handler of the file: middleware, `before_request`."""
    body = scope.module.body
    for index, value in enumerate(body.values):
        if value.__class__ is Call:
            tail = spelled(body, index).rpartition(".")[2]
            if tail == "add_middleware":
                yield from _middleware(engine, body, value)
            elif tail in ("FastAPI", "APIRouter"):
                yield from _dependencies(engine, body, index)
    yield from _before_all(scope.module.scopes.values())


def _before_all(scopes: Iterable[Scope]) -> Iterator[str]:
    for other in scopes:
        for name in other.decorator_names:
            if name.rpartition(".")[2] in LIFECYCLE and any(
                authenticates(spelled(other, value.callee))
                or spelled(other, value.callee).rpartition(".")[2] in AUTHENTICATORS
                for value in other.values
                if value.__class__ is Call
            ):
                yield name


def _middleware(engine: Engine, scope: Scope, call: Call) -> Iterator[str]:
    for arg in call.args:
        inner = spelled(scope, arg)
        if authenticates(inner):
            yield inner
            continue
        for target in engine.callees.targets(scope, arg):
            if target.kind == "class" and target.scope is not None:
                for name in ("dispatch", "__call__"):
                    method = engine.project.method(target.scope, name)
                    if method is not None and _refuses(engine, method, 0):
                        yield inner


def _routers_of(engine: Engine, scope: Scope) -> list[Site]:
    """The calls that made the routers or applications on which a handler is registered."""
    owner = scope.owner
    found: dict[tuple[int, int], Site] = {}
    for index in scope.code.decorators if owner is not None else ():
        assert owner is not None
        value = owner.values[index]
        callee = owner.values[value.callee] if value.__class__ is Call else None
        if callee.__class__ is Attribute:
            for site in _made(engine, owner, callee.base, 0):
                found[site[0].id, site[1]] = site
    return list(found.values())


def _of_router(engine: Engine, router: Site, depth: int) -> Iterator[str]:
    """Checks of a router: where it is made, where another takes it in, and of that other one."""
    scope, index = router
    yield from _dependencies(engine, scope, index)
    for tail in sorted(_TAKES_IN):
        for caller, at in engine.project.calls.get(tail, ()):
            call = caller.call(at)
            callee = caller.values[call.callee]
            if callee.__class__ is not Attribute or not any(
                site == router for arg in call.args for site in _made(engine, caller, arg, 0)
            ):
                continue
            yield from _dependencies(engine, caller, at)
            if depth < 3:
                for outer in _made(engine, caller, callee.base, 0):
                    if outer != router:
                        yield from _of_router(engine, outer, depth + 1)
    for caller, at in engine.project.calls.get("add_middleware", ()):
        callee = caller.values[caller.call(at).callee]
        if callee.__class__ is Attribute and router in _made(engine, caller, callee.base, 0):
            yield from _middleware(engine, caller, caller.call(at))
    yield from _hooks(engine, router)


def _hooks(engine: Engine, router: Site) -> Iterator[str]:
    """`@app.middleware("http")` and `@app.before_request` functions, wherever they stand."""
    for name in sorted(LIFECYCLE):
        for caller, at in engine.project.calls.get(name, ()):
            callee = caller.values[caller.call(at).callee]
            if callee.__class__ is not Attribute or at not in _decorating(caller):
                continue
            if router in _made(engine, caller, callee.base, 0):
                for other in caller.children.values():
                    if at in other.code.decorators and _refuses(engine, other, 0):
                        yield f"{name} {last_name(caller.values, at)}"


def _decorating(owner: Scope) -> set[int]:
    return {at for child in owner.children.values() for at in child.code.decorators}


def _held(engine: Engine, scope: Scope, index: int) -> Iterator[Site]:
    """What a name from outside the function holds."""
    value = scope.values[index]
    assert isinstance(value, Name)
    owner = scope.owner if not value.imported else None
    while owner is not None:
        held = owner.code.names.get(value.dotted)
        if held is not None:
            yield owner, held
            return
        owner = owner.owner
    located = engine.project.locate(value.dotted, scope.module)
    if isinstance(located, tuple):
        module, name = located
        held = module.body.code.names[name]
        if (module.body, held) != (scope, index):
            yield module.body, held


def _made(engine: Engine, scope: Scope, index: int, depth: int) -> list[Site]:  # noqa: C901 - one branch for each kind
    """The calls that made an object, through names, parameters, attributes and factories."""
    if depth > DEPTH:
        return []
    value = scope.values[index]
    below: list[Site] = []
    if isinstance(value, Call):
        if last_name(scope.values, value.callee) in _MADE:
            return [(scope, index)]
        for inner in _functions(engine, scope, value.callee):
            below.extend((inner, held) for held, _ in inner.code.returns[:4])
    elif isinstance(value, Name):
        below.extend(_held(engine, scope, index))
    elif isinstance(value, Param):
        for caller, call in engine.callees.callers(scope)[:6]:
            given = engine.callees.argument(scope, caller, call, value.name)
            if given is not None:
                below.append(given)
    elif isinstance(value, Choice):
        below.extend((scope, option) for option in value.options[:4])
    elif isinstance(value, Attribute):
        for target in engine.callees.targets(scope, value.base):
            if target.kind == "module" and target.module is not None:
                held = target.module.body.code.names.get(value.name)
                if held is not None:
                    below.append((target.module.body, held))
    return [site for place, at in below for site in _made(engine, place, at, depth + 1)]
