"""How a name that a configuration gives for import is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.data.structured import line_of
from whence.vocabulary.fact.models import ConfiguredCode

_TAG = re.compile(r"!!python/(?:object(?:/apply|/new)?|name|module):([\w.]{1,200})")
DANGEROUS = frozenset(
    (
        "os", "posix", "nt", "subprocess", "builtins", "__builtin__", "sys", "shutil", "socket",
        "importlib", "runpy", "pty", "ctypes", "pickle", "marshal", "codeop", "asyncio",
        "multiprocessing", "webbrowser", "urllib", "http", "requests", "ftplib", "smtplib",
        "timeit", "pdb", "bdb", "cProfile", "pydoc", "commands", "popen2", "antigravity",
        "_posixsubprocess", "_io", "io", "_ctypes", "_pickle", "_socket", "shelve", "doctest",
        "zipimport", "distutils", "setuptools", "pip", "ensurepip", "venv", "site", "cloudpickle",
        "dill", "jsonpickle", "xmlrpc", "telnetlib", "_winapi", "_xxsubinterpreters",
    )
)  # fmt: skip


def verdict_on(module: str, expected: tuple[str, ...]) -> str:
    """`expected` for modules of the loader's own family, `malicious` for ways to the system."""
    top = module.split(".")[0]
    if top in DANGEROUS:
        return "malicious"
    known = any(module == name or module.startswith(name + ".") for name in expected)
    return "expected" if known else "review"


def yaml_objects(source: Source) -> Iterator[ConfiguredCode]:
    """What the tags of a YAML text make a loader import and call that is not a safe one."""
    for target in dict.fromkeys(found[1] for found in _TAG.finditer(source.text)):
        reason = "a YAML loader that is not a safe one imports this and calls it"
        verdict = verdict_on(target, ())
        span = source.span(line_of(source.text, target))
        yield ConfiguredCode(span, "yaml-tag", "!!python", target, "load", reason, "", verdict)
