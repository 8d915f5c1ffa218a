"""Routes that stand apart from their handlers: Django's URL patterns.

Source: Django's reference of `django.urls` and of its view decorators.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.program.project import Scope
from whence.vocabulary.fact.program import Const

_PATTERNS = frozenset({"django.urls.path", "django.urls.re_path", "django.conf.urls.url"})
_METHODS = {"require_POST": ("POST",), "require_GET": ("GET",), "require_safe": ("GET",)}

Routed = tuple[Scope, str, tuple[str, ...]]


def routes_of_urls(engine: Engine) -> Iterator[Routed]:
    """The views of URL patterns, each once, with the pattern and what methods it admits."""
    seen: set[int] = set()
    for caller, index, call in engine.project.calls_spelled(["path", "re_path", "url"]):
        if len(call.positional) < 2 or _PATTERNS.isdisjoint(engine.callees.dotted(caller, index)):
            continue
        pattern = caller.values[call.positional[0]]
        for target in engine.callees.targets(caller, call.positional[1]):
            view = engine.callees.runs(target)
            if view is None or view.code.kind != "function" or view.id in seen:
                continue
            seen.add(view.id)
            route = f"/{pattern.value}" if isinstance(pattern, Const) else ""
            yield view, route, _methods(view)


def _methods(view: Scope) -> tuple[str, ...]:
    for name in view.decorator_names:
        known = _METHODS.get(name.rpartition(".")[2])
        if known:
            return known
    return ("ANY",)
