"""What a build script does beyond building: fetching, running programs, decoding code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.dependencies.hook_calls import (
    DECODES,
    EVALUATES,
    FETCHES,
    INSTALLS,
    PROCESSES,
    Names,
    arguments,
    inner_calls,
    writes_outside,
)
from whence.readers.dependencies.hook_commands import judged
from whence.readers.dependencies.setup_values import Constants
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.dependencies import InstallHook, without_credentials

_DEPTH = 6
# Steps that an installation goes through; those of the second kind have nothing to compile.
_BUILDING = frozenset(
    (
        "build", "build_py", "build_ext", "build_clib", "build_scripts", "bdist_wheel", "sdist",
        "bdist_egg", "editable_wheel", "dist_info", "bdist",
    )
)  # fmt: skip
_INSTALLING = frozenset(
    (
        "install", "develop", "egg_info", "install_lib", "install_scripts", "install_data",
        "install_egg_info", "easy_install",
    )
)  # fmt: skip
# PEP 517 and PEP 660 backends in the tree, and the hooks of PDM and Poetry.
_CALLED_BY_BACKENDS = re.compile(
    r"build\Z|build_(?:wheel|sdist|editable)\Z|get_requires_for_build_|"
    r"prepare_metadata_for_build_|pdm_build_"
)
_PUBLISHING = frozenset(("publish", "upload", "tag", "test", "release", "deploy", "docs", "clean"))


def hooks(source: Source, tree: ast.Module, constants: Constants) -> Iterator[InstallHook | Unread]:
    """Calls that run when the project is installed and that reach beyond the repository.

    Reading files of the repository, asking version control for a version, and running compilers
    is what build scripts are for. Publishing shortcuts (`if sys.argv[-1] == "publish"`), commands
    of one's own that no installation runs, and functions that nothing calls are left out.
    """
    script = _Script(tree, constants)
    for node, where, installs in script.calls():
        found = script.judged(node, installs)
        if found is None:
            continue
        does, what = found
        span = source.span(node.lineno, node.end_lineno or node.lineno)
        if does == "unknown":
            yield Unread(span, "setup.py", f"{what} runs a command known only at run time")
        else:
            yield InstallHook(span, does, what, where)


class _Script:
    """One build script: its names, and which parts of it an installation runs."""

    def __init__(self, tree: ast.Module, constants: Constants) -> None:
        self.tree = tree
        self.constants = constants
        self.names = Names(tree, constants)
        self.mentioned = _mentions(tree)
        self.decodes = any(
            DECODES.search(self.names.of(node.func))
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        )

    def calls(self) -> Iterator[tuple[ast.Call, str, bool]]:
        """Every call that an installation may make: where it stands, and whether that installs."""
        waiting: list[tuple[ast.AST, str, bool]] = [(self.tree, "the module itself", False)]
        while waiting:
            node, where, installs = waiting.pop()
            if isinstance(node, ast.If) and _asks_for_command(node.test):
                waiting.extend((child, where, installs) for child in node.orelse)
                continue
            if isinstance(node, ast.Call):
                yield node, where, installs
            if isinstance(node, ast.ClassDef):
                if self._is_own_command(node):
                    continue
                where, installs = f"class {node.name}", self._installs(node)
            elif isinstance(node, ast.FunctionDef) and not where.startswith("class"):
                if where == "the module itself" and not self._is_called(node.name):
                    continue
                where = f"function {node.name}"
            inside = [(child, where, installs) for child in ast.iter_child_nodes(node)]
            waiting.extend(reversed(inside))

    def _is_called(self, name: str) -> bool:
        """Whether the module mentions a function, or a build backend calls it by its name."""
        return name in self.mentioned or _CALLED_BY_BACKENDS.match(name) is not None

    def _bases(self, node: ast.ClassDef) -> set[str]:
        return {self.names.of(base).rpartition(".")[2] for base in node.bases}

    def _steps(self, node: ast.ClassDef) -> set[str]:
        """The names of commands that `cmdclass` gives to a class."""
        return {
            key.value
            for found in ast.walk(self.tree)
            if isinstance(found, ast.Dict)
            for key, value in zip(found.keys, found.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
            if isinstance(value, ast.Name) and value.id == node.name
        }

    def _is_own_command(self, node: ast.ClassDef) -> bool:
        """Whether a class is a command that only runs when somebody asks for it by its name."""
        if self._bases(node) != {"Command"}:
            return False
        steps = self._steps(node)
        return not steps & (_BUILDING | _INSTALLING) and not steps & self._commands_run()

    def _commands_run(self) -> set[str]:
        """Commands that others run: `self.run_command("fetch")`, `build.sub_commands`."""
        run: set[str] = set()
        for node in ast.walk(self.tree):
            listed = isinstance(node, (ast.Call, ast.Assign)) and any(
                isinstance(part, ast.Attribute) and part.attr in ("run_command", "sub_commands")
                for part in ast.walk(node)
            )
            if listed:
                run |= {
                    part.value
                    for part in ast.walk(node)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
        return run

    def _installs(self, node: ast.ClassDef) -> bool:
        return bool((self._bases(node) | self._steps(node)) & _INSTALLING)

    def judged(self, node: ast.Call, installs: bool) -> tuple[str, str] | None:
        """What a call does beyond building, and how it is shown; None where it does not."""
        name = self.names.of(node.func)
        if FETCHES.match(name) and not self._is_local(node):
            return "fetch", name
        if INSTALLS.match(name):
            return "fetch-and-execute", name
        if name in EVALUATES:
            return self._evaluated(node, name)
        if name == "marshal.loads":
            return "decode-and-execute", name
        if PROCESSES.match(name):
            return self._process(node, name, installs)
        if writes_outside(node, name, self.names, self.constants):
            return "write-outside", name or "write_text"
        return None

    def _is_local(self, node: ast.Call) -> bool:
        address = self.constants.text(node.args[0]) if node.args else ""
        return address.startswith(("file:", "http://localhost", "http://127.0.0.1"))

    def _evaluated(self, node: ast.Call, name: str) -> tuple[str, str] | None:
        """Code that was decoded or fetched. The repository's own files hold its own code."""
        inner = inner_calls(arguments(node), self.constants)
        called = [self.names.of(each.func) for each in inner]
        if any(DECODES.search(each) for each in called):
            return "decode-and-execute", name
        if any(FETCHES.match(each) for each in called):
            return "fetch-and-execute", name
        code = node.args[0] if node.args else None
        handed = isinstance(code, ast.Name) and not self.constants.values(code.id)
        return ("decode-and-execute", name) if handed and self.decodes else None

    def _process(self, node: ast.Call, name: str, installs: bool) -> tuple[str, str] | None:
        command = node.args[0] if node.args else next(
            (word.value for word in node.keywords if word.arg == "args"), None
        )  # fmt: skip
        if command is None:
            return None
        line = self._line(command)
        if line is None:
            return "unknown", name
        does = judged(line, installs)
        shown = without_credentials(" ".join(line.split()[:4]))[:80]
        return (does, f"{name}({shown})") if does else None

    def _line(self, command: ast.expr, depth: int = 0) -> str | None:
        """A command as one line, `?` for what is not constant; None where the program is not."""
        if depth > _DEPTH:
            return None
        if isinstance(command, (ast.List, ast.Tuple)):
            words = [self._word(part, depth) for part in command.elts]
            return " ".join(words) or None
        if isinstance(command, ast.BinOp) and isinstance(command.op, ast.Add):
            left = self._line(command.left, depth + 1)
            right = self._line(command.right, depth + 1) or "?"
            lists = isinstance(command.right, (ast.List, ast.Tuple))
            return None if left is None else f"{left} {right}" if lists else left + right
        if isinstance(command, ast.BinOp) and isinstance(command.op, ast.Mod):
            return self._line(command.left, depth + 1)
        if isinstance(command, ast.Name):
            found = (
                self._line(bound, depth + 1) for bound in self.constants.values(command.id)[:8]
            )
            return next((line for line in found if line), None)
        if isinstance(command, ast.Call) and isinstance(command.func, ast.Attribute):
            return self._line(command.func.value, depth + 1)
        word = self._word(command, depth)
        return None if word in ("", "?") or word.startswith("? ") else word

    def _word(self, part: ast.expr, depth: int) -> str:
        """One word, or a text of several, of a command."""
        if isinstance(part, ast.Constant):
            return str(part.value)
        if isinstance(part, (ast.Attribute, ast.Name)):
            name = self.names.of(part)
            if name.rpartition(".")[2] == "executable":
                return "python"
            return self.constants.text(part) or "?" if isinstance(part, ast.Name) else "?"
        if isinstance(part, ast.FormattedValue):
            return self._word(part.value, depth)
        if isinstance(part, ast.JoinedStr):
            return "".join(self._word(value, depth) for value in part.values)
        if depth > _DEPTH:
            return "?"
        if isinstance(part, ast.Call) and part.args:
            return self._word(part.args[-1], depth + 1)
        if isinstance(part, ast.BinOp):
            return self._word(part.right, depth + 1)
        return "?"


def _mentions(tree: ast.Module) -> set[str]:
    """Every name and attribute that the module reads."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _asks_for_command(test: ast.expr) -> bool:
    """`sys.argv` compared with a command that no installer gives."""
    words = {node.value for node in ast.walk(test) if isinstance(node, ast.Constant)}
    reads = any(isinstance(node, ast.Attribute) and node.attr == "argv" for node in ast.walk(test))
    return reads and bool(words & _PUBLISHING)
