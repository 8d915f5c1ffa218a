"""Commands that fetch something: from where, and to which file."""

from __future__ import annotations

import re

import msgspec

from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.graph import SupplyGraph

INTERPRETERS = frozenset(
    {"sh", "bash", "dash", "zsh", "ash", "ksh", "python", "python3", "python2", "node", "perl"}
    | {"ruby", "php", "pwsh", "powershell", "iex", "Rscript", "deno", "bun", "source", ".", "eval"}
)
UNPACKERS = frozenset({"tar", "bsdtar", "unzip", "gunzip", "zcat", "xzcat", "cpio", "dpkg", "rpm"})
# Programs that hand on what they read.
PASSING = frozenset({"tee", "gunzip", "zcat", "cat", "sed", "tr", "base64", "grep", "xz", "gzip"})

_FETCHERS = frozenset(
    {"curl", "wget", "aria2c", "fetch", "http", "https", "axel", "lwp-download", "gdown"}
)
_ADDRESS = re.compile(r"(?:https?|ftp)://\S+", re.IGNORECASE)
_LOCAL = re.compile(
    r"(?:https?|ftp)://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|host\.docker\.internal)\b",
    re.IGNORECASE,
)
_SENDS = re.compile(
    r"-X(?:POST|PUT|DELETE|PATCH)?|--request|-d|--data(?:-\w+)?|-F|--form|-T|--upload-file|--json"
    r"|--spider|-I|--head|--post-data|--post-file|--method"
)
_VERIFIERS = re.compile(r"(?:sha(?:1|224|256|384|512)|md5|b2|b3)sum|shasum|openssl|gpgv?|minisign")
_SIGNATURES = frozenset({"cosign", "slsa-verifier", "gh", "rekor-cli", "model_signing", "sigstore"})


# The options with which an interpreter gets its program as an argument.
_PROGRAM_GIVEN = (
    (frozenset({"sh", "bash", "dash", "zsh", "ash", "ksh"}), re.compile(r"-\w*c")),
    (frozenset({"python"}), re.compile(r"-\w*[cm]")),
    (frozenset({"node", "bun", "deno"}), re.compile(r"-e|-p|-pe|--eval|--print|eval|run")),
    (frozenset({"perl", "ruby"}), re.compile(r"-\w*[enp]\w*")),
    (frozenset({"php", "Rscript"}), re.compile(r"-[re]")),
)
# A file of the code host by the commit's full id: the address itself fixes the content.
_BY_COMMIT = re.compile(
    r"https://(?:raw\.githubusercontent\.com/[^/]+/[^/]+/|codeload\.github\.com/[^/]+/[^/]+/[\w.]+/"
    r"|github\.com/[^/]+/[^/]+/(?:archive|raw|blob)/(?:refs/heads/)?)[0-9a-f]{40}(?:[./?]|$)"
)


class Fetch(msgspec.Struct, frozen=True):
    """What a command fetches. `target` is the file it writes, empty for standard output.

    `url` is empty where it is known only at run time. `plain` is true without TLS or its checks.
    """

    command: ShellCommand
    url: str
    target: str
    plain: bool

    @property
    def by_commit(self) -> bool:
        """Whether the address names a commit by its full id."""
        return by_commit(self.url) and not self.plain

    @property
    def shown(self) -> str:
        """The address without what may be secret in it."""
        text = re.sub(r"//[^/@]*@", "//", self.url).split("?")[0]
        return text[:120] or "an address that is known only at run time"


def by_commit(url: str) -> bool:
    """Whether an address of the code host names a commit by its full id."""
    return bool(_BY_COMMIT.match(url))


# What names a file of a shared drive.
_SHARED = re.compile(r"[\w-]{25,60}")


def fetch_of(command: ShellCommand) -> Fetch | None:
    """What a command fetches from elsewhere; None for anything else, and for this machine."""
    name = command.argv[0].rpartition("/")[2]
    if name not in _FETCHERS:
        return None
    words = command.argv[1:]
    urls = [word for word in words if _ADDRESS.match(word)]
    if name == "gdown" and not urls:
        urls = [
            f"https://drive.google.com/uc?id={word}" for word in words if _SHARED.fullmatch(word)
        ]
    variables = [word for word in words if word.startswith(("$", '"$'))]
    if not urls and not variables:
        urls = [word for word in words if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+/\S+", word)][:1]
        if not urls:
            return None
    url = urls[0] if urls else ""
    if _LOCAL.match(url) or any(_SENDS.fullmatch(word) for word in words):
        return None
    insecure = {"-k", "--insecure", "--no-check-certificate"} & set(words)
    bundled = name == "curl" and any(re.fullmatch(r"-[a-zA-Z]*k[a-zA-Z]*", word) for word in words)
    plain = url.startswith(("http://", "ftp://")) or bool(insecure) or bundled
    return Fetch(command, url, _target(name, command, url), plain)


def _target(name: str, command: ShellCommand, url: str) -> str:
    words = command.argv[1:]
    base = url.split("?")[0].rstrip("/").rpartition("/")[2]
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in ("-o", "--output", "--output-document", "--out") and name != "wget":
            return following
        if word == "-O" and name == "gdown":
            return following
        if word in ("-O", "--output-document") and name == "wget":
            return "" if following == "-" else following
        if name == "wget" and re.fullmatch(r"-[a-zA-Z]*O-?", word):
            return "" if word.endswith("-") or following == "-" else following
        if name == "curl" and re.fullmatch(r"-[a-zA-Z]*o", word):
            return following
        if word.startswith(("--output=", "--output-document=")):
            return word.partition("=")[2].removeprefix("-")
        if name == "curl" and re.fullmatch(r"-[a-zA-Z]*O[a-zA-Z]*|--remote-name(?:-all)?", word):
            return base
    if command.writes:
        return command.writes
    return base if name in ("wget", "aria2c", "axel") and not command.piped_into else ""


def same_script(fetch: Fetch, graph: SupplyGraph) -> list[ShellCommand]:
    """The commands that follow in the same file, in order."""
    commands = graph.facts_in(fetch.command.span.path, ShellCommand)
    at = commands.index(fetch.command)
    return commands[at + 1 :]


def readers(command: ShellCommand, graph: SupplyGraph) -> list[str]:
    """The programs that a command's output passes through, in order."""
    found = [each.argv[0].rpartition("/")[2] for each in _reading(command, graph)]
    last = _reading(command, graph)[-1:] or [command]
    return found + ([last[0].piped_into] if last[0].piped_into else [])


def _reading(command: ShellCommand, graph: SupplyGraph) -> list[ShellCommand]:
    """The commands that a command's output passes through, in order."""
    rest = [
        other
        for other in graph.facts_in(command.span.path, ShellCommand)
        if command.span.first <= other.span.first <= command.span.last + 3
    ]
    found: list[ShellCommand] = []
    current = command
    for other in rest[rest.index(command) + 1 :] if command in rest else []:
        if not current.piped_into or len(found) > 6:
            break
        if other.argv[0].rpartition("/")[2] == current.piped_into and not other.substituted_into:
            current = other
            found.append(other)
    return found


def _takes_as_data(command: ShellCommand) -> bool:
    """Whether an interpreter has its program elsewhere, so that what it reads is only data."""
    name = re.sub(r"[\d.]+$", "", command.argv[0].rpartition("/")[2])
    given = next((known for names, known in _PROGRAM_GIVEN if name in names), None)
    if given is None:
        return False
    for at, word in enumerate(command.argv[1:], 1):
        if word in ("-", "/dev/stdin", "-s", "--"):
            return False
        if given.fullmatch(word):
            return True
        if not word.startswith("-"):
            return command.argv[at - 1] not in ("-W", "-X", "-O", "-o", "+o", "-r", "--rcfile")
    return False


def verified(fetch: Fetch, graph: SupplyGraph, before: ShellCommand | None = None) -> bool:
    """Whether a later command of the script checks what was fetched, and can stop for it."""
    base = fetch.target.rpartition("/")[2]
    earlier: ShellCommand | None = None
    for command in same_script(fetch, graph):
        if before is not None and command is before:
            return False
        if verifies(command) and command.tolerance in ("", "no set -e", "no pipefail"):
            named = [word for word in command.argv[1:] if not word.startswith("-")]
            source = earlier.argv if earlier and earlier.piped_into else ()
            text = " ".join([*named, *source])
            if (
                not base
                or base in text
                or not re.search(r"\.[a-z0-9]{1,5}\b", text)
                or _lists(named)
            ):
                return True
        earlier = command
    return False


def verifies(command: ShellCommand) -> bool:
    """Whether a command compares a digest or checks a signature."""
    name = command.argv[0].rpartition("/")[2]
    words = set(command.argv[1:])
    if name in ("gpg", "gpgv", "minisign"):
        return name == "gpgv" or bool(words & {"--verify", "-V", "-Vm"})
    if name == "openssl":
        return "-verify" in words
    if name in _SIGNATURES:
        return any("verify" in word for word in words)
    if not _VERIFIERS.fullmatch(name):
        return False
    return any(re.fullmatch(r"-\w*c\w*|--check|--status", word) for word in command.argv[1:])


def _lists(names: list[str]) -> bool:
    """Whether the check reads a list of digests, which may hold any file's."""
    return any(
        re.search(r"(?i)(?:sha\d*|md5|check)sums?|\.sha\d+|digest|manifest", name) for name in names
    )


def run_at_once(command: ShellCommand, graph: SupplyGraph) -> str:
    """How what a command fetches is run as it comes; empty where it is not."""
    substituted = command.substituted_into.removesuffix(" -c")
    if substituted in INTERPRETERS:
        return f"runs in `{substituted}` as it comes"
    held = _reading(command, graph)
    for at, program in enumerate(readers(command, graph)):
        if re.sub(r"[\d.]+$", "", program) in INTERPRETERS or program in INTERPRETERS:
            if at < len(held) and _takes_as_data(held[at]):
                return ""
            return f"is piped into `{program}`"
        if program not in PASSING or at > 4:
            break
    return ""


def run_later(fetch: Fetch, graph: SupplyGraph) -> ShellCommand | None:
    """The command that runs the file that was fetched."""
    if not fetch.target or "$" in fetch.target.rpartition("/")[2]:
        return None
    base = fetch.target.rpartition("/")[2]
    for command in same_script(fetch, graph):
        name = command.argv[0].rpartition("/")[2]
        if name == base and command.argv[0] != base:
            return command
        plain = re.sub(r"[\d.]+$", "", name)
        first = next((word for word in command.argv[1:] if not word.startswith("-")), "")
        if (name in INTERPRETERS or plain in INTERPRETERS) and first.rpartition("/")[2] == base:
            return command
        if name in INTERPRETERS and command.reads.rpartition("/")[2] == base:
            return command
    return None


def added_and_run(added: ImageInstruction, graph: SupplyGraph) -> ShellCommand | None:
    """The command of a build that runs what an ADD has fetched without a checksum."""
    if added.keyword != "ADD" or len(added.arguments) != 2 or added.trigger:
        return None
    source, target = added.arguments
    if not _ADDRESS.match(source) or any(flag.startswith("--checksum") for flag in added.flags):
        return None
    base = (target if not target.endswith(("/", ".")) else source).rpartition("/")[2]
    for command in graph.facts_in(added.span.path, ShellCommand):
        if command.span < added.span:
            continue
        if verifies(command):
            return None
        name = command.argv[0].rpartition("/")[2]
        if name == base and "/" in command.argv[0]:
            return command
        first = next((word for word in command.argv[1:] if not word.startswith("-")), "")
        plain = re.sub(r"[\d.]+$", "", name)
        if (name in INTERPRETERS or plain in INTERPRETERS) and first.rpartition("/")[2] == base:
            return command
    return None
