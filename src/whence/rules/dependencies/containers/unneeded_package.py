"""Tools in the image that ships which only a build, a debugger or an intruder needs."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.containers.stages import commands_of
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_GROUPS: dict[str, frozenset[str]] = {
    "servers": frozenset(
        {"openssh-server", "openssh", "telnetd", "vsftpd", "proftpd", "ftpd", "rsh-server", "tftpd"}
        | {"dropbear", "samba", "nfs-kernel-server", "cron", "supervisor-ssh", "x11vnc", "xrdp"}
    ),
    "editors": frozenset(
        {"vim", "vim-tiny", "vim-nox", "nano", "emacs", "emacs-nox", "joe", "pico"}
    ),
    "compilers": frozenset(
        {
            "gcc",
            "g++",
            "build-essential",
            "make",
            "cmake",
            "clang",
            "llvm",
            "gfortran",
            "build-base",
        }
        | {
            "ninja-build",
            "autoconf",
            "automake",
            "libtool",
            "cargo",
            "rustc",
            "golang",
            "golang-go",
        }
        | {
            "python3-dev",
            "python-dev",
            "python-dev-is-python3",
            "cuda-toolkit",
            "gcc-c++",
            "musl-dev",
        }
        | {"pkg-config", "default-jdk", "openjdk-17-jdk", "openjdk-11-jdk", "cuda-nvcc"}
    ),
    "debuggers and network tools": frozenset(
        {"gdb", "strace", "ltrace", "tcpdump", "nmap", "netcat", "netcat-openbsd", "nc", "telnet"}
        | {"netcat-traditional", "socat", "net-tools", "wireshark", "tshark", "lsof", "hping3"}
        | {"iputils-ping", "dnsutils", "bind-tools", "traceroute", "valgrind", "perf", "ncat"}
    ),
    "ways to other rights": frozenset({"sudo", "doas"}),
}
_MANAGERS = frozenset({"apt-get", "apt", "aptitude", "apk", "yum", "dnf", "microdnf", "zypper"})
_ADDS = frozenset({"install", "add", "in"})
_REMOVES = frozenset({"remove", "purge", "del", "autoremove", "erase"})


@rule(
    severity=Severity.LOW,
    references=("CWE-1104", "CWE-272"),
)
def check(run: ImageInstruction, graph: SupplyGraph) -> Iterator[Observation]:
    """The image that ships holds tools that only a build or an intruder needs.

    Whoever gets code to run in the container finds a compiler, a network scanner or a way to root
    waiting, and each package brings weaknesses of its own that have to be fixed.

    ## Attack
    1. The adversary gets code to run in the container through the application.
    2. With the tools at hand the surroundings are scanned and exploits are compiled in place.

    ## Fix
    Build in a stage of its own and copy only the result:
    ```dockerfile
    FROM python:3.13-slim AS build
    RUN apt-get update && apt-get install -y --no-install-recommends gcc
    RUN pip install --prefix=/install --require-hashes -r requirements.txt
    FROM python:3.13-slim
    COPY --from=build /install /usr/local
    ```

    ## Score
    - AV:L the adversary runs code in the container already
    - AC:L the tools are in place
    - PR:L the rights of the application's process
    - UI:N nobody has to take part
    - S:U the tools only widen what is possible in the container
    - C:L more of the surroundings can be read
    - I:N the packages change nothing by themselves
    - A:N the packages stop nothing by themselves

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    RUN apt-get update && apt-get install -y gcc vim  # finding
    USER 10001
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM python:3.13-slim AS build
    RUN apt-get update && apt-get install -y gcc
    RUN pip install --prefix=/install --require-hashes -r requirements.txt
    FROM python:3.13-slim
    RUN apt-get update && apt-get install -y libgomp1
    COPY --from=build /install /usr/local
    USER 10001
    ```
    ## Good: gone again in the same layer
    ```dockerfile Dockerfile
    FROM python:3.13-alpine
    RUN apk add --virtual .build gcc musl-dev && pip install tool==1.0 && apk del .build
    USER 10001
    ```
    """
    if run.keyword != "RUN" or not run.final or run.trigger:
        return
    commands = commands_of(run, graph)
    removed = {word for command in commands if _does(command, _REMOVES) for word in command.argv}
    found: dict[str, str] = {}
    lines: list[Evidence] = []
    for command in commands:
        if not _does(command, _ADDS) or removed & _virtual(command):
            continue
        names = [name for name in _packages(command) if name not in removed]
        kept = {name: group for name in names for group, known in _GROUPS.items() if name in known}
        if kept:
            found |= kept
            lines.append(Evidence(command.span, f"installs {', '.join(kept)}"))
    if found:
        groups = ", ".join(dict.fromkeys(found.values()))
        yield Observation(
            subject=run.span.path,
            message=(
                f"the image of `{run.span.path}` ships {', '.join(f'`{name}`' for name in found)}"
                f" ({groups}): install them in a build stage, or remove them in the same layer"
            ),
            evidence=tuple(lines),
        )


def _does(command: ShellCommand, verbs: frozenset[str]) -> bool:
    name = command.argv[0].rpartition("/")[2]
    return name in _MANAGERS and bool(verbs & set(command.argv[1:4]))


def _packages(command: ShellCommand) -> list[str]:
    return [word.split("=")[0].split("~")[0] for word in command.argv[1:] if word[:1] != "-"]


def _virtual(command: ShellCommand) -> set[str]:
    """The names under which apk will remove the packages again."""
    words = command.argv
    return {words[at + 1] for at, word in enumerate(words[:-1]) if word in ("--virtual", "-t")} | {
        word.partition("=")[2] for word in words if word.startswith("--virtual=")
    }
