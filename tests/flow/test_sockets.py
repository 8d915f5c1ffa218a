"""At which address a message is received that the code turns into objects."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization

HERE = {
    "bound in the function": """
import pickle, zmq
def serve(name):
    socket = zmq.Context().socket(zmq.REP)
    socket.bind(f"ipc:///run/{name}.sock")
    return pickle.loads(socket.recv())
""",
    "connected by another method": """
import zmq
class Client:
    def __init__(self):
        self.socket = None
    def open(self, port):
        self.socket = zmq.Context().socket(zmq.REQ)
        self.socket.connect(f"tcp://127.0.0.1:{port}")
    def ask(self):
        return self.socket.recv_pyobj()
""",
    "made by a helper that is given the address": """
import zmq
def opened(context, kind, endpoint, bind):
    socket = context.socket(kind)
    if bind:
        socket.bind(endpoint)
    else:
        socket.connect(endpoint)
    return socket
class Worker:
    def __init__(self, port):
        self.jobs = opened(zmq.Context(), zmq.PULL, "inproc://jobs", True)
    def run(self):
        return self.jobs.recv_pyobj()
""",
}
ANYWHERE = {
    "all interfaces": HERE["bound in the function"].replace("ipc:///run/", "tcp://*:"),
    "an address from a parameter": HERE["connected by another method"]
    .replace("port", "address")
    .replace('f"tcp://127.0.0.1:{address}"', "address"),
    "one address of two": HERE["bound in the function"].replace(
        "    return pickle", '    socket.bind("tcp://0.0.0.0:5555")\n    return pickle'
    ),
    "another host": HERE["made by a helper that is given the address"].replace(
        '"inproc://jobs"', '"tcp://jobs:5555"'
    ),
}
LOCAL = ("ipc://", "inproc://", "tcp://127.")


@pytest.mark.parametrize("code", HERE.values(), ids=HERE)
def test_a_socket_that_stays_on_the_machine_is_told(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)
    assert use.origins
    assert all(origin.detail.startswith(LOCAL) for origin in use.origins)


@pytest.mark.parametrize("code", ANYWHERE.values(), ids=ANYWHERE)
def test_a_socket_that_others_may_reach_is_never_told_to_stay(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)
    assert use.origins
    assert not any(origin.detail.startswith(LOCAL) for origin in use.origins)
