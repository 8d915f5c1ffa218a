"""What a request object carries that its sender does not decide, and what routes hand over.

Sources: the reference pages of Starlette, Flask, Sanic, Quart, Bottle, Django, aiohttp and
Airflow.
"""

from __future__ import annotations

import itertools
import re

from whence.vocabulary.fact.code import OriginKind

OF_THE_SERVER = frozenset(
    {"state", "app", "user", "auth", "session", "method", "scheme", "endpoint", "url_rule",
     "blueprint", "blueprints", "client", "remote_addr", "remote", "resolver_match", "is_json",
     "content_length", "ctx", "conn_info", "current_user", "transport", "task"}
)  # fmt: skip
# What a framework gives a handler of events besides what was sent.
BESIDES = frozenset({"sid", "ack", "info"})
REQUESTS = frozenset({"request", "req", "_request", "websocket", "ws"})
BY_TEMPLATE = ("flask.", "quart.", "sanic.", "bottle.")
NUMBERS = frozenset(
    {"int", "float", "bool", "uuid.UUID", "UUID", "datetime.datetime", "datetime.date", "complex",
     "decimal.Decimal", "ipaddress.IPv4Address"}
)  # fmt: skip
FILLS = re.compile(
    r"(?i)arg|param|body|json|form|quer|schema|input|expect|payload|valid|pars|inject_req"
)
_PART = re.compile(r"(?:[Rr]equest|HTTPConnection|WebSocket)(?:\(\))?\.(\w+)")
NUMBER_PARTS = r"<(?:int|float|uuid)(?:\([^)]*\))?:{0}>|<{0}:(?:int|number|float|uuid)>"

_OF_RUN = frozenset({("dag_run", "conf"), ("context", "params")})


def comes_with_run(names: tuple[str, ...]) -> bool:
    """Whether a path of attributes and items is what the starter of a scheduled run sends along."""
    return not _OF_RUN.isdisjoint(itertools.pairwise(names))


def takes_number(route: str, name: str) -> bool:
    """Whether a route admits only a number where it names a part."""
    return re.search(NUMBER_PARTS.replace("{0}", re.escape(name)), route) is not None


def is_of_the_server(dotted: str) -> bool:
    """Whether the server puts into a request what a dotted name takes of it."""
    part = _PART.search(dotted)
    return part is not None and part[1] in OF_THE_SERVER


def kind_in(kind: OriginKind, dotted: str) -> OriginKind:
    """A source's kind, but for what the server itself puts into a request."""
    ours = kind is OriginKind.REQUEST and is_of_the_server(dotted)
    return OriginKind.UNKNOWN if ours else kind
