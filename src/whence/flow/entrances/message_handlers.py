"""Functions that a client of a message queue calls with what arrives.

Sources: the reference pages of pika, aio-pika, paho-mqtt, nats-py, google-cloud-pubsub, pulsar,
redis, websocket-client, stomp.py and zmq's event loop.
"""

from __future__ import annotations

from whence.flow.program.callee import Callees
from whence.flow.program.project import Scope

# What takes a function to call, by the package that must be in use.
_TAKES = {
    "basic_consume": ("pika",),
    "consume": ("aio_pika", "kombu"),
    "message_callback_add": ("paho",),
    "subscribe": ("nats", "google", "pulsar", "redis", "paho", "stan"),
    "psubscribe": ("redis",),
    "create_consumer": ("pulsar",),
    "WebSocketApp": ("websocket",),
    "on_recv": ("zmq",),
    "on_recv_stream": ("zmq",),
    "register_callback": ("kombu",),
    "Consumer": ("kombu", "pulsar"),
    "add_listener": ("stomp",),
}
_PACKAGES = frozenset({"paho", "websocket", "stomp", "nats", "pika"})
_SET = ("on_message", "on_request")


def takes_messages(caller: Scope, dotted: str) -> bool:
    """Whether a call that is handed a function lets a queue call it."""
    needed = _TAKES.get(dotted.rpartition(".")[2], ())
    return not caller.module.imports.isdisjoint(needed)


def is_set_for_messages(callees: Callees, scope: Scope) -> bool:
    """Whether a function is what a client's attribute `on_message` is set to."""
    if scope.code.kind not in ("function", "lambda") or _PACKAGES.isdisjoint(scope.module.imports):
        return False
    return any(
        target.scope is scope
        for name in _SET
        for place, store in callees.project.attributes_set.get(name, ())
        if store.base >= 0 and not _PACKAGES.isdisjoint(place.module.imports)
        for target in callees.targets(place, store.value)
    )
