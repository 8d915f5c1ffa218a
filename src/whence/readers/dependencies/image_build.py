"""Commands that build images: `docker build`, `docker buildx build`, `podman build`, `buildah bud`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.vocabulary.fact.containers import ImageBuild
from whence.vocabulary.fact.deployment import ShellCommand

_BUILDERS = frozenset({"docker", "podman", "buildah", "nerdctl", "img"})
_VALUED = frozenset(
    {"-f", "--file", "-t", "--tag", "--target", "--build-arg", "--platform", "--secret", "--label"}
    | {"--cache-from", "--cache-to", "-o", "--output", "--network", "--progress", "--ssh", "-m"}
    | {"--iidfile", "--build-context", "--builder", "--attest", "--annotation", "--add-host"}
    | {"--memory", "--cpus", "--shm-size", "--ulimit", "--isolation", "--metadata-file", "--allow"}
)


def builds(command: ShellCommand) -> Iterator[ImageBuild]:
    """What a command builds. Paths are taken to be relative to the root, in a Makefile to it."""
    argv = command.argv
    if argv[0].rpartition("/")[2] not in _BUILDERS:
        return
    verb = next((at for at, word in enumerate(argv[:5]) if word in ("build", "bud")), 0)
    if not verb or set(argv[1:verb]) - {"buildx", "image", "builder"}:
        return
    options: dict[str, list[str]] = {}
    rest: list[str] = []
    words = iter(argv[verb + 1 :])
    for word in words:
        name, equals, value = word.partition("=")
        if word in _VALUED:
            options.setdefault(word, []).append(next(words, ""))
        elif name.startswith("-") and equals:
            options.setdefault(name, []).append(value)
        elif not word.startswith("-") or word == "-":
            rest.append(word)
    yield _build(command, options, rest)


def _build(command: ShellCommand, options: dict[str, list[str]], rest: list[str]) -> ImageBuild:
    base = posixpath.dirname(command.span.path) if command.context == "make" else ""
    context = rest[-1] if rest else "."
    file = next(iter([*options.get("-f", []), *options.get("--file", [])]), "")
    unknown = "$" in context + file or "://" in context or context == "-"
    folder = _normal(base, context)
    given = [pair.partition("=") for pair in options.get("--build-arg", [])]
    return ImageBuild(
        command.span,
        folder,
        _normal(base, file) if file else f"{folder}/Dockerfile".lstrip("/"),
        next(iter(options.get("--target", [])), ""),
        unknown,
        tuple(options.get("-t", []) + options.get("--tag", [])),
        {name: value for name, equals, value in given if equals},
    )


def _normal(base: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(base, path))
    return "" if joined == "." else joined.lstrip("/")
