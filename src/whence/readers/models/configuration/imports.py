"""How a name that a configuration gives for import is judged."""

from __future__ import annotations

DANGEROUS = frozenset(
    (
        "os", "posix", "nt", "subprocess", "builtins", "__builtin__", "sys", "shutil", "socket",
        "importlib", "runpy", "pty", "ctypes", "pickle", "marshal", "codeop", "asyncio",
        "multiprocessing", "webbrowser", "urllib", "http", "requests", "ftplib", "smtplib",
        "timeit", "pdb", "bdb", "cProfile", "pydoc", "commands", "popen2", "antigravity",
    )
)  # fmt: skip


def verdict_on(module: str, expected: tuple[str, ...]) -> str:
    """`expected` for modules of the loader's own family, `malicious` for ways to the system."""
    top = module.split(".")[0]
    if top in DANGEROUS:
        return "malicious"
    known = any(module == name or module.startswith(name + ".") for name in expected)
    return "expected" if known else "review"
