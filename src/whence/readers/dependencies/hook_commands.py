"""What a command line does that a build script runs: fetching, installing, running code."""

from __future__ import annotations

import re

# Programs that builds run to compile, or to learn what they compile for, and to move files about.
_BUILDERS = frozenset(
    (
        "git", "hg", "svn", "cmake", "make", "gmake", "ninja", "meson", "nvcc", "hipcc", "gcc",
        "g++", "cc", "c++", "clang", "clang++", "ld", "ar", "ranlib", "pkg-config", "uname",
        "lsb_release", "nvidia-smi", "rocminfo", "rustc", "cargo", "maturin", "protoc", "swig",
        "cython", "cython3", "ldconfig", "ldd", "otool", "xcrun", "sw_vers", "xcode-select",
        "sysctl", "lscpu", "llvm-config", "mpicc", "mpicxx", "which", "where", "dpkg-architecture",
        "patchelf", "install_name_tool", "strip", "msgfmt", "sphinx-build", "hipconfig", "go",
        "bazel", "autoconf", "autoreconf", "configure", "pybind11-config", "cl", "cl.exe",
        "vswhere.exe", "getconf", "nproc", "hostname", "python-config", "rm", "cp", "mv", "mkdir",
        "cat", "ls", "type", "test", "find", "grep", "sed", "awk", "tar", "unzip", "touch", "echo",
        "head", "tail", "sort", "cut", "tr", "wc", "date", "ln", "chmod", "cd", "pwd", "true",
        "command", "dirname", "basename", "readlink", "file", "xargs", "tee", "install", "export",
    )
)  # fmt: skip
_NETWORK = frozenset(
    ("curl", "wget", "nc", "ncat", "netcat", "telnet", "ssh", "scp", "sftp", "ftp", "aria2c")
)
_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ksh", "cmd", "cmd.exe"))
_INSTALLERS = frozenset(
    (
        "pip", "easy_install", "conda", "mamba", "micromamba", "uv", "npm", "yarn", "pnpm", "npx",
        "apt", "apt-get", "yum", "dnf", "apk", "brew", "gem", "spacy", "ensurepip", "nltk.downloader",
    )
)  # fmt: skip
_VERBS = frozenset(("install", "add", "download", "update", "upgrade", "get", "create", "i", "ci"))
_BARE_VERBS = frozenset(("yarn", "npx", "easy_install", "ensurepip", "nltk.downloader"))
# Programs that run text as code, plant something for later, or take other rights.
_RUNS_TEXT = frozenset(
    (
        "powershell", "powershell.exe", "pwsh", "osascript", "mshta", "mshta.exe", "rundll32",
        "rundll32.exe", "regsvr32", "regsvr32.exe", "wscript", "cscript", "schtasks", "crontab",
        "launchctl", "systemctl", "certutil", "bitsadmin", "nohup", "start", "sudo", "eval", "at",
    )
)  # fmt: skip
_INLINE = re.compile(r"(?:perl|ruby|node|php|osascript)\Z")
_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*(?:\.exe)?\Z")
_REMOTE = re.compile(r"/dev/(?:tcp|udp)/|https?://\S+\s*\|")
_CODE = re.compile(
    r"\bexec\s*\(|\beval\s*\(|b64decode|urlopen|urlretrieve|\brequests\b|\bsocket\b|"
    r"\bsubprocess\b|os\.system|__import__|marshal"
)
_PARTS = re.compile(r"\|\||&&|[|;\n]")
_DEPTH = 4


def judged(line: str, installs: bool, depth: int = 0) -> str:
    """What running a command line does beyond building, or nothing.

    One of `fetch`, `fetch-and-execute`, `execute`. `installs` is true where the command runs in a
    step that installs rather than builds: there is nothing to compile then, and every program
    counts that is not known to be harmless.
    """
    if depth > _DEPTH:
        return "execute"
    found = ""
    before = ""
    for part, operator in _parts(line):
        words = part.split()
        while words and re.match(r"\w+=", words[0]):
            words.pop(0)
        does = _program(words, installs, depth) if words else ""
        piped = before == "|" and _base(words[0]) in _SHELLS | _RUNS_TEXT if words else False
        if found == "fetch" and (piped or _runs_text(words)):
            return "fetch-and-execute"
        if _rank(does) > _rank(found):
            found = does
        before = operator
    return "fetch-and-execute" if _REMOTE.search(line) and found else found


def _parts(line: str) -> list[tuple[str, str]]:
    """The commands of a line, each with the operator after it."""
    operators = [*_PARTS.findall(line), ""]
    return list(zip(_PARTS.split(line), operators, strict=True))


def _rank(does: str) -> int:
    return ("", "execute", "fetch", "fetch-and-execute").index(does)


def _base(word: str) -> str:
    return word.strip("\"'()").replace("\\", "/").rpartition("/")[2]


def _runs_text(words: list[str]) -> bool:
    return bool(words) and _base(words[0]) in _SHELLS


def _program(words: list[str], installs: bool, depth: int) -> str:
    program = _base(words[0])
    if _PYTHON.match(program):
        return _python(words[1:], installs)
    name = re.sub(r"[0-9.]+\Z", "", program) or program
    if program in _NETWORK:
        return "fetch"
    if name in _INSTALLERS:
        return _installer(name, words[1:])
    if program == "git":
        return _git(words[1:])
    if program in _SHELLS:
        return _shell(words[1:], installs, depth)
    if program in _RUNS_TEXT or (_INLINE.match(program) and "-e" in words):
        return "execute"
    if program == "?" or not program or program in _BUILDERS or _asks(words):
        return ""
    return "execute" if installs else ""


def _asks(words: list[str]) -> bool:
    """Whether a program is only asked about itself or the machine."""
    return any(word in ("--version", "-V", "-version", "--help") for word in words[1:])


def _installer(name: str, words: list[str]) -> str:
    said = [word for word in words if not word.startswith("-")]
    if name in _BARE_VERBS and not (name == "yarn" and said and said[0] in ("run", "build")):
        return "fetch-and-execute"
    return "fetch-and-execute" if _VERBS & set(said[:2]) else ""


def _git(words: list[str]) -> str:
    """Only what brings other commits than those that the repository records."""
    said = [word for word in words if not word.startswith("-")]
    verb = said[0] if said else ""
    moving = verb in ("clone", "pull", "fetch") or (verb == "submodule" and "--remote" in words)
    return "fetch" if moving else ""


def _shell(words: list[str], installs: bool, depth: int) -> str:
    """A shell with a script as text, or with a file, which stands in the repository."""
    for at, word in enumerate(words):
        if re.match(r"-[a-z]*c\Z|/[cC]\Z", word):
            return judged(" ".join(words[at + 1 :]).strip("\"'"), installs, depth + 1)
    return "execute" if installs else ""


def _python(words: list[str], installs: bool) -> str:
    if "-c" in words:
        return "execute" if _CODE.search(" ".join(words[words.index("-c") :])) else ""
    if "-m" in words:
        rest = words[words.index("-m") + 1 :]
        return _installer(rest[0], rest[1:]) if rest and rest[0] in _INSTALLERS else ""
    return "execute" if installs and words else ""
