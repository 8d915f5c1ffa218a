"""Compose files: services, the images they run, and how those are built."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies import image_reference
from whence.readers.shell import argv_commands, commands
from whence.readers.yaml_nodes import Mapping, Node, Scalar, documents
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.containers import ComposeService, ImageBuild

VERSION = 1

_NAME = re.compile(r"(?:docker-|podman-)?compose[\w.-]*\.ya?ml")


def claims(path: str, head: bytes) -> bool:
    """`compose.yaml`, `docker-compose*.yml` and their overrides."""
    return bool(_NAME.fullmatch(path.rpartition("/")[2]))


def read(source: Source) -> Iterator[Fact | Unread]:
    """One `ComposeService` per service, with its image, build and command."""
    found = documents(source.text)
    services = found[0].get("services") if found else None
    if not isinstance(services, Mapping):
        raise Unreadable("a compose file without services")
    for name, service in services.pairs:
        if isinstance(service, Mapping):
            yield from _service(source, name, service)


def _service(source: Source, name: Scalar, service: Mapping) -> Iterator[Fact | Unread]:
    span = Span(source.path, name.first, service.last)
    env, lines = environment(service.get("environment"))
    for key, value in service.pairs:
        lines.setdefault(key.value, value.first if key.value == "image" else key.first)
    image = service.get("image")
    yield ComposeService(
        span,
        name.value,
        image.text,
        service.get("user").text,
        service.get("privileged").truthy,
        tuple(_port(port) for port in service.get("ports").items),
        tuple(_volume(volume) for volume in service.get("volumes").items),
        env,
        lines,
    )
    build = service.get("build")
    if image.text and not (build.text or build.pairs):
        place = Span(source.path, image.first, image.last)
        yield image_reference.image(place, image.text, "run")
    if build.text or build.pairs:
        yield _build(source.path, build, image.text)
    if build.get("dockerfile_inline").text:
        place = Span(source.path, build.first, build.last)
        yield Unread(place, "compose", "a Dockerfile inside a compose file is not read")
    for started in ("command", "entrypoint"):
        yield from _started(source.path, service.get(started))


def _started(path: str, node: Node) -> Iterator[Fact | Unread]:
    span = Span(path, node.first, node.last)
    if isinstance(node, Scalar) and node.text:
        yield from commands(node.text, node.first, path, "image", last_line=node.last)
    elif node.items:
        yield from argv_commands(node.strings, span, "image")


def _build(path: str, build: Node, image: str) -> ImageBuild:
    context = build.text or build.get("context").text or "."
    context, _, complete = image_reference.filled(context, {})
    file = build.get("dockerfile").text
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), context))
    folder = "" if folder == "." else folder
    dockerfile = posixpath.normpath(posixpath.join(folder, file or "Dockerfile"))
    arguments, _ = environment(build.get("args"))
    return ImageBuild(
        Span(path, build.first, build.last),
        folder,
        dockerfile,
        build.get("target").text,
        not complete or "://" in context or folder.startswith(".."),
        (image,) if image else (),
        arguments,
    )


def environment(node: Node) -> tuple[dict[str, str], dict[str, int]]:
    """Variables as a mapping or as `NAME=value` items, and `env.NAME` to its line."""
    env: dict[str, str] = {}
    lines: dict[str, int] = {}
    for key, value in node.pairs:
        env[key.value] = _literal(value.text)
        lines[f"env.{key.value}"] = key.first
    for item in [] if node.pairs else node.items:
        name, equals, text = item.text.partition("=")
        if equals:
            env[name.strip()] = _literal(text)
            lines[f"env.{name.strip()}"] = item.first
    return env, lines


def _literal(text: str) -> str:
    return image_reference.filled(text, {})[0]


def _port(node: Node) -> str:
    if node.text:
        return node.text
    parts = [node.get(key).text for key in ("host_ip", "published", "target")]
    return ":".join(part for part in parts if part)


def _volume(node: Node) -> str:
    if node.text:
        return node.text
    return ":".join(part for part in (node.get("source").text, node.get("target").text) if part)
