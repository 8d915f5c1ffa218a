"""The names of calls that fetch, decode, run programs or write outside a build."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from whence.readers.dependencies.setup_values import Constants

FETCHES = re.compile(
    r"(?:(?:six\.moves\.)?urllib(?:\.request|2)?\.)?(?:urlopen|urlretrieve)\Z|"
    r"requests(?:\.api|\.sessions)?\.(?:get|post|put|patch|head|request|Session|session)\b|"
    r"httpx\.(?:get|post|put|request|stream|Client|AsyncClient)\b|aiohttp\.ClientSession\b|"
    r"aiohttp\.request\Z|urllib3\.(?:PoolManager|ProxyManager|request)\b|"
    r"(?:wget|gdown)\.download\Z|(?:http\.client|httplib)\.HTTPS?Connection\Z|"
    r"socket\.(?:socket|create_connection|getaddrinfo|gethostbyname|gethostbyaddr)\Z|"
    r"asyncio\.open_connection\Z|ftplib\.FTP(?:_TLS)?\Z|smtplib\.SMTP\w*\Z|paramiko\.SSHClient\Z|"
    r"(?:huggingface_hub\.)(?:hf_hub_download|snapshot_download)\Z|pooch\.retrieve\Z|"
    r"torch\.hub\.(?:load|download_url_to_file|load_state_dict_from_url)\Z|nltk\.download\Z|"
    r"boto3\.(?:client|resource|Session)\Z|git\.Repo\.clone_from\Z"
)
INSTALLS = re.compile(
    r"pip\.(?:main|_internal\.main|_internal\.cli\.main\.main)\Z|ez_setup\.use_setuptools\Z|"
    r"setuptools\.command\.easy_install\.main\Z|ensurepip\.bootstrap\Z|spacy\.cli\.download\Z"
)
PROCESSES = re.compile(
    r"subprocess\.(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)\Z|"
    r"(?:check_call|check_output|Popen|getoutput)\Z|"
    r"os\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawn|startfile)\Z|pty\.spawn\Z|"
    r"asyncio\.create_subprocess_(?:shell|exec)\Z|distutils\.spawn\.spawn\Z"
)
DECODES = re.compile(
    r"(?:base64\.)?(?:b64decode|b32decode|b85decode|a85decode|b16decode|decodebytes|"
    r"urlsafe_b64decode)\Z|(?:zlib|bz2|lzma|gzip)\.decompress\Z|marshal\.loads\Z|"
    r"codecs\.decode\Z|(?:bytes|bytearray)\.fromhex\Z|binascii\.(?:unhexlify|a2b_base64)\Z|"
    r"pickle\.loads\Z|\.decrypt\Z|chr\Z"
)
EVALUATES = frozenset(("exec", "eval", "execfile", "types.FunctionType"))
_WRITES = re.compile(r"(?:shutil\.(?:copy\w*|move)|os\.(?:symlink|link|rename|replace))\Z")
_HOME = re.compile(
    r"(?:expanduser|Path\.home|getsitepackages|getusersitepackages|get_python_lib|"
    r"sysconfig\.get_path|get_paths)\Z"
)
_SYSTEM = re.compile(r"(?:~|/etc/|/usr/|/root/|/home/|/Library/|[cC]:\\)")


class Names:
    """What the names of a build script stand for: imports, and objects made of imported classes."""

    def __init__(self, tree: ast.Module, constants: Constants) -> None:
        self._constants = constants
        self.imported: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for name in node.names:
                    head = name.name.partition(".")[0]
                    self.imported[name.asname or head] = name.name if name.asname else head
            elif isinstance(node, ast.ImportFrom) and node.module:
                for name in node.names:
                    self.imported[name.asname or name.name] = f"{node.module}.{name.name}"

    def of(self, node: ast.expr, depth: int = 0) -> str:
        """The dotted name of what an expression gives, by the module that it is imported from.

        Modules that the code imports as it goes, and attributes that it gets by their names, count
        as what they are: nobody writes `getattr(__import__("os"), "system")` to be read.
        """
        if depth > 20:
            return ""
        if isinstance(node, ast.Name):
            return self._named(node.id, depth)
        if isinstance(node, ast.Attribute):
            inner = self.of(node.value, depth + 1)
            return f"{inner}.{node.attr}".removeprefix("builtins.")
        if isinstance(node, ast.Call):
            return self._called(node, depth)
        return ""

    def _named(self, name: str, depth: int) -> str:
        if name in self.imported:
            return self.imported[name].removeprefix("builtins.")
        for bound in self._constants.values(name)[:1]:
            if isinstance(bound, (ast.Call, ast.Attribute)):
                made = self.of(bound, depth + 1)
                if made.partition(".")[0] in {*map(_head, self.imported.values()), "os"}:
                    return made
        return "" if self._constants.values(name) else name

    def _called(self, node: ast.Call, depth: int) -> str:
        function = self.of(node.func, depth + 1)
        given = [self._joined(argument) for argument in node.args]
        if function in ("__import__", "importlib.import_module") and given[:1]:
            return given[0]
        if function == "getattr" and len(given) > 1 and given[1]:
            inner = self.of(node.args[0], depth + 1)
            return f"{inner}.{given[1]}".removeprefix("builtins.")
        return function

    def _joined(self, node: ast.expr, depth: int = 0) -> str:
        """The string that an expression stands for, also where it is put together of pieces."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth < 20:
            left, right = (self._joined(each, depth + 1) for each in (node.left, node.right))
            return left + right if left and right else ""
        return self._constants.text(node)


def _head(name: str) -> str:
    return name.partition(".")[0]


def inner_calls(
    parts: Iterable[ast.AST], constants: Constants, limit: int = 2000
) -> list[ast.Call]:
    """The calls that expressions are made of, also through names; so many nodes at most."""
    found: list[ast.Call] = []
    waiting = list(parts)
    seen: set[str] = set()
    steps = 0
    while waiting and steps < limit:
        for inner in ast.walk(waiting.pop()):
            steps += 1
            if isinstance(inner, ast.Call):
                found.append(inner)
            elif isinstance(inner, ast.Name) and inner.id not in seen:
                seen.add(inner.id)
                waiting.extend(constants.values(inner.id))
    return found


def arguments(node: ast.Call) -> list[ast.expr]:
    """All that a call is given."""
    return [*node.args, *(word.value for word in node.keywords)]


def writes_outside(node: ast.Call, name: str, names: Names, constants: Constants) -> bool:
    """Whether a call writes into a home, a system folder or the interpreter's own."""
    target = _target(node, name, constants)
    if target is None:
        return False
    text = constants.text(target)
    if text:
        return _SYSTEM.match(text) is not None
    called = [names.of(call.func) for call in inner_calls([target], constants)]
    return any(_HOME.search(each) for each in called)


def _target(node: ast.Call, name: str, constants: Constants) -> ast.expr | None:
    """The place that a call writes to, where it writes at all."""
    if name in ("open", "io.open", "codecs.open"):
        modes = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
        writes = any(constants.text(mode).startswith(("w", "a", "x", "r+")) for mode in modes)
        return node.args[0] if writes and node.args else None
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr in ("write_text", "write_bytes"):
        return function.value
    return node.args[1] if _WRITES.search(name) and len(node.args) > 1 else None
