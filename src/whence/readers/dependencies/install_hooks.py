"""What a build script does beyond building: fetching, running programs, decoding code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.dependencies.setup_values import Constants
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.dependencies import InstallHook

_FETCHES = re.compile(
    r"(?:urllib(?:\.request|2)?\.)?(?:urlopen|urlretrieve)\Z|"
    r"(?:requests|httpx|aiohttp|urllib3|session)\.(?:get|post|put|request|Session|PoolManager)\Z|"
    r"(?:wget|gdown)\.download\Z|http\.client\.HTTPS?Connection\Z|"
    r"socket\.(?:socket|create_connection|getaddrinfo|gethostbyname)\Z|"
    r"(?:huggingface_hub\.)?(?:hf_hub_download|snapshot_download)\Z|"
    r"ftplib\.FTP\Z|smtplib\.SMTP\Z|paramiko\.SSHClient\Z"
)
_PROCESSES = re.compile(
    r"subprocess\.(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)\Z|"
    r"(?:check_call|check_output|Popen|getoutput)\Z|"
    r"os\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawn|startfile)\Z|pty\.spawn\Z"
)
_EVALUATIONS = ("exec", "eval", "__import__")
_DECODING = re.compile(
    r"(?:base64\.)?(?:b64decode|b32decode|b85decode|a85decode|b16decode|decodebytes)\Z|"
    r"(?:zlib|bz2|lzma|gzip)\.decompress\Z|marshal\.loads\Z|codecs\.decode\Z|bytes\.fromhex\Z|"
    r"binascii\.(?:unhexlify|a2b_base64)\Z|pickle\.loads\Z|fernet\.decrypt\Z"
)
_PIP_CALLS = re.compile(r"pip\.(?:main|_internal\.main|_internal\.cli\.main\.main)\Z")
# Programs that builds run to compile, or to learn what they compile for.
_BUILDERS = frozenset(
    (
        "git", "hg", "svn", "cmake", "make", "gmake", "ninja", "meson", "nvcc", "hipcc", "gcc",
        "g++", "cc", "c++", "clang", "clang++", "ld", "ar", "ranlib", "pkg-config", "uname",
        "lsb_release", "nvidia-smi", "rocminfo", "rustc", "cargo", "maturin", "protoc", "swig",
        "cython", "cython3", "ldconfig", "ldd", "otool", "xcrun", "sw_vers", "xcode-select",
        "sysctl", "lscpu", "llvm-config", "mpicc", "mpicxx", "which", "where", "dpkg-architecture",
        "patchelf", "install_name_tool", "strip", "msgfmt", "sphinx-build", "hipconfig", "go",
        "bazel", "autoconf", "autoreconf", "configure", "./configure", "pybind11-config", "cl",
        "cl.exe", "vswhere.exe", "cmd", "getconf", "nproc", "hostname", "python-config",
    )
)  # fmt: skip
_DEPTH = 6
_NETWORK_PROGRAMS = frozenset(("curl", "wget", "nc", "ncat", "ssh", "scp", "ftp", "aria2c"))
_HOME = re.compile(r"(?:expanduser|Path\.home|getsitepackages|sysconfig\.get_path)\Z")


def hooks(source: Source, tree: ast.Module, constants: Constants) -> Iterator[InstallHook | Unread]:
    """Calls that run when the project is installed and that reach beyond the repository.

    Reading files of the repository, asking version control for a version, and running compilers
    is what build scripts are for. Publishing shortcuts (`if sys.argv[-1] == "publish"`) run only
    when somebody asks for them.
    """
    aliases = _aliases(tree)
    for node, where in _calls(tree):
        name = aliased(_dotted(node.func), aliases)
        found = _judged(node, name, constants, aliases)
        if found is None:
            continue
        does, what = found
        span = source.span(node.lineno, node.end_lineno or node.lineno)
        if does == "unknown":
            yield Unread(span, "setup.py", f"{what} runs a command known only at run time")
        else:
            yield InstallHook(span, does, what, where)


def _aliases(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                found[name.asname or name.name.partition(".")[0]] = (
                    name.name if name.asname else name.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                found[name.asname or name.name] = f"{node.module}.{name.name}"
    return found


def aliased(name: str, aliases: dict[str, str]) -> str:
    """A dotted name with its first part as imported."""
    head, dot, rest = name.partition(".")
    return aliases.get(head, head) + dot + rest


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, (ast.Attribute, ast.Call)):
        if isinstance(node, ast.Call):
            node = node.func
            continue
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the class or function it stands in, those of publishing shortcuts left out."""
    waiting: list[tuple[ast.AST, str]] = [(tree, "the module itself")]
    while waiting:
        node, where = waiting.pop()
        if isinstance(node, ast.If) and _asks_for_command(node.test):
            waiting.extend((child, where) for child in node.orelse)
            continue
        if isinstance(node, ast.Call):
            yield node, where
        if isinstance(node, ast.ClassDef):
            where = f"class {node.name}"
        elif isinstance(node, ast.FunctionDef) and not where.startswith("class"):
            where = f"function {node.name}"
        waiting.extend((child, where) for child in reversed(list(ast.iter_child_nodes(node))))


def _asks_for_command(test: ast.expr) -> bool:
    """`sys.argv` compared with a command that no installer gives."""
    words = {node.value for node in ast.walk(test) if isinstance(node, ast.Constant)}
    reads = any(isinstance(node, ast.Attribute) and node.attr == "argv" for node in ast.walk(test))
    return reads and bool(words & {"publish", "upload", "tag", "test", "release", "deploy", "docs"})


def _judged(
    node: ast.Call, name: str, constants: Constants, aliases: dict[str, str]
) -> tuple[str, str] | None:
    if _FETCHES.search(name) and not _is_local(node, constants):
        return "fetch", name
    if _PIP_CALLS.search(name):
        return "fetch-and-execute", name
    if name in _EVALUATIONS:
        return _evaluated(node, name, constants, aliases)
    if _PROCESSES.search(name):
        return _process(node, name, constants)
    if name in ("open", "io.open") and _writes_outside(node, constants):
        return "write-outside", name
    return None


def _is_local(node: ast.Call, constants: Constants) -> bool:
    address = constants.text(node.args[0]) if node.args else ""
    return address.startswith(("file:", "http://localhost", "http://127.0.0.1"))


def _evaluated(
    node: ast.Call, name: str, constants: Constants, aliases: dict[str, str]
) -> tuple[str, str] | None:
    """Code that was decoded or fetched. The repository's own files hold its own code."""
    inner = [aliased(_dotted(call.func), aliases) for call in _inner_calls(node, constants)]
    if any(_DECODING.search(each) for each in inner):
        return "decode-and-execute", name
    if any(_FETCHES.search(each) for each in inner):
        return "fetch-and-execute", name
    return None


def _inner_calls(node: ast.Call, constants: Constants) -> Iterator[ast.Call]:
    """The calls in the arguments, also through one name."""
    for argument in node.args:
        for inner in ast.walk(argument):
            if isinstance(inner, ast.Call):
                yield inner
            elif isinstance(inner, ast.Name):
                for bound in constants.values(inner.id):
                    yield from (n for n in ast.walk(bound) if isinstance(n, ast.Call))


def _process(node: ast.Call, name: str, constants: Constants) -> tuple[str, str] | None:
    command = node.args[0] if node.args else next(
        (word.value for word in node.keywords if word.arg == "args"), None
    )  # fmt: skip
    if command is None:
        return None
    words = _words(command, constants)
    if words is None:
        return "unknown", name
    return _program(words, name)


def _words(command: ast.expr, constants: Constants, depth: int = 0) -> list[str] | None:
    """The words of a command as far as they are constants; None where the program is not known."""
    if depth > _DEPTH:
        return None
    if isinstance(command, (ast.List, ast.Tuple)):
        return [_word(part, constants) for part in command.elts] or None
    if isinstance(command, ast.BinOp) and isinstance(command.op, ast.Add):
        return _words(command.left, constants, depth + 1)
    if isinstance(command, ast.Name):
        found = (_words(bound, constants, depth + 1) for bound in constants.values(command.id)[:8])
        return next((words for words in found if words), None)
    if isinstance(command, ast.JoinedStr):
        first = command.values[0] if command.values else None
        return _shell_words(first.value) if isinstance(first, ast.Constant) else None
    if isinstance(command, ast.Constant) and isinstance(command.value, str):
        return _shell_words(command.value)
    if isinstance(command, ast.Call) and isinstance(command.func, ast.Attribute):
        return _words(command.func.value, constants, depth + 1)
    return None


def _shell_words(text: object) -> list[str] | None:
    words = str(text).split()
    return words or None


def _word(part: ast.expr, constants: Constants) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    if isinstance(part, ast.Attribute) and part.attr == "executable":
        return "python"
    if isinstance(part, ast.Call) and part.args:
        return _word(part.args[-1], constants)
    if isinstance(part, ast.JoinedStr) and part.values:
        return _word(part.values[-1], constants)
    if isinstance(part, ast.BinOp):
        return _word(part.right, constants)
    known = constants.text(part) if isinstance(part, ast.Name) else ""
    return known or "?"


def _program(words: list[str], name: str) -> tuple[str, str] | None:
    program = words[0].replace("\\", "/").rpartition("/")[2]
    line = " ".join(words)
    shown = f"{name}({' '.join(words[:4])[:80]})"
    if program in _NETWORK_PROGRAMS or re.search(r"\b(?:curl|wget)\b.*(?:https?:|\|)", line):
        return ("fetch-and-execute" if "|" in line else "fetch"), shown
    if re.match(r"python[0-9.]*\Z|pip[0-9.]*\Z", program):
        return _python(words, shown)
    if program in _BUILDERS or program == "?" or not program:
        return None
    if program.endswith((".sh", ".py")) and program != words[0]:
        return None
    return "execute", shown


def _python(words: list[str], shown: str) -> tuple[str, str] | None:
    installs = "install" in words or "download" in words
    if installs and ("pip" in words[:4] or words[0].startswith("pip")):
        return "fetch-and-execute", shown
    if "-c" in words:
        return "execute", shown
    return None


def _writes_outside(node: ast.Call, constants: Constants) -> bool:
    mode = constants.text(node.args[1]) if len(node.args) > 1 else ""
    if not mode.startswith(("w", "a", "x")):
        return False
    return any(_HOME.search(_dotted(call.func)) for call in _inner_calls(node, constants))
