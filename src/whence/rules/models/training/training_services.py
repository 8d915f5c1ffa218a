"""Services around training, how they are started, where they listen, and what shuts them.

Sources: the command line references of MLflow, TensorBoard, Jupyter, Ray, Dask, Optuna, Aim, Label Studio,
Streamlit, Kedro-Viz, Spark, Horovod and the torch.distributed and TensorFlow documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.data.sources.words import Words
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Const, Sequence

_MANAGERS = re.compile(
    r"^multiprocessing\.(?:managers\.(?:Base|Sync)Manager|connection\.Listener)$"
)
_OPEN = re.compile(r"^(?:0\.0\.0\.0|\*|::|\[::\]|0|)$")


class Service(msgspec.Struct, frozen=True):
    """A service that listens to the network without asking who comes. `how` is what opens it."""

    name: str
    how: str
    span: Span
    runs_code: bool = False


class _Program(msgspec.Struct, frozen=True):
    """A program: the words that start the service, options of the address, what shuts it, the default."""

    words: tuple[str, ...]
    name: str
    hosts: tuple[str, ...]
    opens: tuple[str, ...] = ()
    shuts: str = ""
    open_by_default: bool = False
    runs_code: bool = False


_PROGRAMS = {
    "mlflow": (_Program(("server",), "MLflow", ("--host", "-h"), shuts=r"--app-name[ =]basic-auth"),
               _Program(("ui",), "MLflow", ("--host", "-h"), shuts=r"--app-name[ =]basic-auth")),
    "tensorboard": (_Program((), "TensorBoard", ("--host",), ("--bind_all",)),),
    "ray": (_Program(("start",), "Ray", ("--dashboard-host", "--node-ip-address"), runs_code=True),),
    "dask": (_Program(("scheduler",), "Dask scheduler", ("--host",), shuts=r"--tls-", open_by_default=True, runs_code=True),
             _Program(("worker",), "Dask worker", ("--host", "--listen-address"), shuts=r"--tls-", runs_code=True)),
    "dask-scheduler": (_Program((), "Dask scheduler", ("--host",), shuts=r"--tls-", open_by_default=True, runs_code=True),),
    "optuna-dashboard": (_Program((), "Optuna dashboard", ("--host",)),),
    "aim": (_Program(("up",), "Aim", ("--host", "-h")), _Program(("server",), "Aim", ("--host",), open_by_default=True)),
    "kedro": (_Program(("viz",), "Kedro-Viz", ("--host",)),),
    "spark-class": (_Program(("org.apache.spark.deploy.master.Master",), "Spark master", ("--host", "-h"), runs_code=True),),
    "label-studio": (_Program(("start",), "Label Studio", ("--internal-host",), shuts=r"--username|--disable-signup"),),
    "streamlit": (_Program(("run",), "Streamlit", ("--server.address",)),),
    "visdom": (_Program((), "Visdom", ("--hostname",), shuts=r"--?enable_login", open_by_default=True),),
    "nni": (_Program(("create",), "NNI", ("--url_prefix",)),),
    "prefect": (_Program(("server", "start"), "Prefect", ("--host",)),),
    "dagster": (_Program(("dev",), "Dagster", ("--host", "-h"), runs_code=True),),
    "dagster-webserver": (_Program((), "Dagster", ("--host", "-h"), shuts=r"--read-only", runs_code=True),),
    "mlserver": (),
    "flower-superlink": (_Program((), "Flower", (), ("--insecure",)),),
}  # fmt: skip
_NOTEBOOKS = frozenset(
    {
        "jupyter",
        "jupyter-lab",
        "jupyter-notebook",
        "jupyterlab",
        "start-notebook.sh",
        "start-notebook.py",
    }
)
_NO_TOKEN = re.compile(
    r"--(?:NotebookApp|ServerApp|IdentityProvider|LabApp)\.(?:token|password)=(?:['\"]{2})?(?=\s|$)|--no-auth"
    r"|--(?:NotebookApp|ServerApp)\.disable_check_xsrf=True(?!.*token)"
)
_PYTHON = re.compile(r"python[\d.]*")
_ANY_HOST = re.compile(r"--(?:ip|(?:Notebook|Server)App\.ip)[ =](?:['\"]?)(?:0\.0\.0\.0|\*|::)")


def service_of(command: ShellCommand) -> Service | None:
    """The open service that a command starts, if it does."""
    argv = _proper(command.argv)
    name, rest = argv[0].rpartition("/")[2], argv[1:]
    text = " ".join(rest)
    if name in _NOTEBOOKS:
        if _NO_TOKEN.search(text) and (_ANY_HOST.search(text) or name.startswith("start-notebook")):
            return Service("Jupyter", "no token and every address", command.span, True)
        return None
    for program in _PROGRAMS.get(name, ()):
        if rest[: len(program.words)] != program.words:
            continue
        if program.shuts and re.search(program.shuts, text):
            return None
        told = _host(rest, program)
        if told is None:
            return None
        return Service(program.name, told, command.span, program.runs_code)
    return None


@lru_cache(maxsize=1 << 14)
def _proper(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command without `python -m`, a project runner or a shell around it."""
    words = argv
    for _ in range(4):
        name = words[0].rpartition("/")[2]
        if _PYTHON.fullmatch(name) and words[1:2] == ("-m",) and len(words) > 2:
            words = words[2:]
        elif (
            name in ("poetry", "uv", "pdm", "pipenv", "conda", "nohup", "exec", "tini", "dumb-init")
            and len(words) > 1
        ):
            words = words[2:] if words[1] in ("run", "--") and len(words) > 2 else words[1:]
        else:
            break
    return tuple(word for word in words if word not in ("--",)) or argv


def _host(words: tuple[str, ...], program: _Program) -> str | None:
    """What opens the service: an option with every address, or that it listens everywhere by itself."""
    for opened in program.opens:
        if opened in words or f"{opened}=true" in words:
            return opened
    for at, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag in program.hosts:
            value = value if equals else words[at + 1] if at + 1 < len(words) else ""
            return f"{flag} {value}" if _OPEN.match(value.strip("\"'")) and value else None
    return "it listens on every address by itself" if program.open_by_default else None


def services_in_code(programs: Programs, code: Code) -> Iterator[Service]:
    """The open services that one file starts."""
    words = Words(programs)
    for site in programs.calls_of(code, *_managers_of(code)):
        found = _manager(site, words)
        if found is not None:
            yield found
    for site in programs.calls_of(code, *_CALLS):
        judged = _CALLS.get(site.tail)
        found = judged(site, words) if judged else None
        if found is not None:
            yield found
    if re.search(r"jupyter_\w*config\.py$", code.path):
        yield from _notebook_configuration(code, words)


def _managers_of(code: Code) -> dict[str, str]:
    """The classes of a file that are managers of multiprocessing, which is how these are used."""
    return {
        function.name.rpartition(".")[2]: base
        for function in code.module.functions
        for base in function.bases
        if base.startswith("multiprocessing.managers.")
    }


def _ray(site: Site, words: Words) -> Service | None:
    if site.name == "ray.init" and any(
        _OPEN.match(t) for t in words.of(site, "dashboard_host") if t
    ):
        return Service("Ray", "dashboard_host=0.0.0.0", site.span, True)
    return None


def _dask(site: Site, words: Words) -> Service | None:
    if (
        site.name.startswith(("dask.distributed.", "distributed."))
        and site.argument("security") is None
    ):
        if any(_OPEN.match(text) and text for text in words.of(site, "host", "scheduler_host")):
            return Service("Dask scheduler", "host=0.0.0.0", site.span, True)
    return None


def _manager(site: Site, words: Words) -> Service | None:
    """`BaseManager(address=("", port))`: pickles from whoever has the key."""
    index = site.argument("address", 0)
    own = _managers_of(site.code).get(site.tail, "")
    if index is None or not _MANAGERS.search(own or site.name):
        return None
    value = site.function.values[index]
    if not isinstance(value, Sequence) or not value.items:
        return None
    host = words.texts(site.code, site.function, value.items[0])
    key = site.argument("authkey", 3 if "Listener" in site.name else 1)
    held = site.function.values[key] if key is not None else None
    if any(_OPEN.match(text) for text in host) and (key is None or isinstance(held, Const)):
        what = "no key" if key is None else "a key that stands in the code"
        return Service("multiprocessing manager", f"every address, {what}", site.span, True)
    return None


def _rpc(site: Site, words: Words) -> Service | None:
    """Plain RPC servers in training code, bound to every address."""
    if site.name in (
        "xmlrpc.server.SimpleXMLRPCServer",
        "socketserver.TCPServer",
        "rpyc.utils.server.ThreadedServer",
    ):
        index = site.argument("addr", "server_address", 0)
        value = site.function.values[index] if index is not None else None
        if isinstance(value, Sequence) and value.items:
            if any(
                _OPEN.match(text) for text in words.texts(site.code, site.function, value.items[0])
            ):
                return Service("RPC server", "every address, nobody is asked", site.span, True)
        if (
            site.name.startswith("rpyc")
            and not words.of(site, "hostname")
            and site.argument("authenticator") is None
        ):
            return Service("RPyC server", "every address, no authenticator", site.span, True)
    return None


def _grpc(site: Site, words: Words) -> Service | None:
    if not site.code.imports_of("grpc"):
        return None
    for text in words.of(site, "address", 0):
        if re.match(r"(?:\[::\]|0\.0\.0\.0|\*):", text):
            return Service("gRPC server", f"`{text}` without credentials", site.span)
    return None


def _store(site: Site, words: Words) -> Service | None:
    """Rendezvous of torch.distributed, and TensorFlow's parameter servers."""
    if site.name == "tensorflow.distribute.Server" and site.argument("config") is None:
        return Service("TensorFlow parameter server", "gRPC without authentication", site.span)
    if site.name in ("torch.distributed.init_process_group", "torch.distributed.rpc.init_rpc"):
        for text in words.of(site, "init_method"):
            if re.match(r"tcp://(?:0\.0\.0\.0|\*|\[::\]):", text):
                return Service("torch.distributed", f"`{text}`", site.span, "rpc" in site.name)
    return None


def _notebook_configuration(code: Code, words: Words) -> Iterator[Service]:
    """`c.ServerApp.token = ""` together with an address that is open."""
    token: Span | None = None
    host = False
    for store in code.body.stores:
        texts = words.texts(code, code.body, store.value)
        if store.name in ("token", "password") and "" in texts:
            token = code.module.place(store.line)
        if store.name == "ip" and any(text and _OPEN.match(text) for text in texts):
            host = True
    if token is not None and host:
        yield Service("Jupyter", "no token and every address", token, True)


def _flower(site: Site, words: Words) -> Service | None:
    """Flower's server, which takes every client's update unless certificates are asked for."""
    if not site.name.startswith("flwr.") or site.spreads:
        return None
    if site.argument("certificates", "auth_list_public_keys") is not None:
        return None
    hosts = words.of(site, "server_address", 0)
    if hosts and all(re.match(r"(?:localhost|127\.|\[?::1)", text) for text in hosts):
        return None
    return Service("Flower", "no certificates, any client may join", site.span)


_CALLS = {
    "start_server": _flower,
    "init": _ray,
    "LocalCluster": _dask,
    "Scheduler": _dask,
    "BaseManager": _manager,
    "SyncManager": _manager,
    "Listener": _manager,
    "SimpleXMLRPCServer": _rpc,
    "TCPServer": _rpc,
    "ThreadedServer": _rpc,
    "add_insecure_port": _grpc,
    "Server": _store,
    "init_process_group": _store,
    "init_rpc": _store,
}
