"""Servers of files whose folder is the root of the machine: every file is served.

Sources: the reference pages of Tornado, Starlette, Flask, aiohttp, Sanic, Gradio and NiceGUI.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.vocabulary.fact.code import PathUse
from whence.vocabulary.fact.program import Call, Const, Dict, Sequence

# The arguments that name the folder, by the last part of what is called.
_FOLDERS: dict[str, tuple[int | str, ...]] = {
    "StaticFiles": ("directory", 0),
    "add_static": ("path", 1),
    "add_static_files": ("local_directory", 1),
    "add_media_files": ("local_directory", 1),
    "static": ("file_or_directory", 1),
    "Flask": ("static_folder",),
    "Blueprint": ("static_folder",),
    "Application": ("static_path",),
    "dict": ("static_path",),
    "update": ("static_path",),
    "launch": ("allowed_paths",),
    "mount_gradio_app": ("allowed_paths",),
}
_HANDLERS = frozenset({"StaticFileHandler", "FileFindHandler", "AuthenticatedFileHandler"})
_PACKAGES = frozenset(
    {"tornado", "starlette", "fastapi", "flask", "quart", "aiohttp", "sanic", "gradio", "nicegui",
     "jupyter_server", "notebook"}
)  # fmt: skip


def served_root_facts(engine: Engine) -> Iterator[PathUse]:
    """The calls that let a server hand out every file of its machine."""
    for scope, index, _ in engine.project.calls_spelled(sorted(_FOLDERS)):
        name = engine.callees.dotted(scope, index)
        tail = next((each.rpartition(".")[2] for each in name), "")
        at = argument_of(scope, index, _FOLDERS.get(tail, ())) if tail else None
        if at is not None and _PACKAGES & scope.module.imports and _is_root(engine, scope, at):
            yield _served(engine, scope, index, tail)
    for scope, index in _tables(engine):
        yield _served(engine, scope, index, "StaticFileHandler")


def _tables(engine: Engine) -> Iterator[tuple[Scope, int]]:
    """`Application([(r"/(.*)", StaticFileHandler, {"path": "/"})])`."""
    for scope, index, _, handler in _mentioned(engine):
        for value in scope.values:
            if not isinstance(value, Sequence) or handler not in value.items or value.many:
                continue
            for item in value.items:
                held = scope.values[item]
                if isinstance(held, Dict) and _says_root(engine, scope, held):
                    yield scope, index


def _mentioned(engine: Engine) -> Iterator[tuple[Scope, int, Call, int]]:
    for scope, index, call in engine.project.calls_spelled(["Application", "add_handlers"]):
        for at, value in enumerate(scope.values):
            if getattr(value, "dotted", "").rpartition(".")[2] in _HANDLERS:
                yield scope, index, call, at


def _says_root(engine: Engine, scope: Scope, held: Dict) -> bool:
    for key, value in zip(held.keys, held.values, strict=True):
        named = scope.values[key] if key >= 0 else None
        if isinstance(named, Const) and named.value == "path" and _is_root(engine, scope, value):
            return True
    return False


def _is_root(engine: Engine, scope: Scope, index: int) -> bool:
    value = scope.values[index]
    if isinstance(value, Sequence):
        return any(_is_root(engine, scope, item) for item in value.items)
    return engine.texts.rendered(scope, index) in ("/", "C:\\", "C:/")


def _served(engine: Engine, scope: Scope, index: int, callee: str) -> PathUse:
    return PathUse(**engine.use(scope, index, callee, (), "/"), action="serve-all")
