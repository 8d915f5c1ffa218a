"""Kubernetes manifests: their objects, and the containers that these run.

Helm templates are read as far as they stand: lines that only steer the template are left out, what
the template fills in is a placeholder, and the file counts as partly read.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.dependencies import image_reference
from whence.readers.deployment import credential_forms
from whence.readers.deployment.credentials import credential
from whence.readers.shell import argv_commands
from whence.readers.yaml_nodes import Mapping, Node, Sequence, documents
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.containers import ImageOverride
from whence.vocabulary.fact.deployment import ManifestContainer, ManifestObject

VERSION = 2

_ROLES = {"containers": "container", "initContainers": "init", "ephemeralContainers": "ephemeral"}
_STEERING = re.compile(r"^[ \t]*\{\{.*?\}\}[ \t]*$")
_VALUE = re.compile(r"\{\{.{0,500}?\}\}")
_PLACEHOLDER = "TEMPLATE_VALUE"


def claims(path: str, head: bytes) -> bool:
    """YAML with `apiVersion` and `kind`, kustomizations, and the values of a Helm chart."""
    if not path.endswith((".yaml", ".yml")):
        return False
    name = path.rpartition("/")[2]
    if name in ("kustomization.yaml", "kustomization.yml") or re.match(
        r"values[\w.-]*\.ya?ml", name
    ):
        return True
    return bool(re.search(rb"^apiVersion:", head, re.M) and re.search(rb"^\s*kind:", head, re.M))


def read(source: Source) -> Iterator[Fact | Unread]:
    """Objects, containers, images and commands."""
    text = source.text
    name = source.path.rpartition("/")[2]
    if "{{" in text and not name.startswith("values"):
        text = without_templates(text)
        reason = "a Helm template: what it fills in or leaves out is not known"
        yield Unread(source.span(), "kubernetes", reason)
    for document in documents(text):
        if name.startswith("kustomization"):
            yield from _overrides(source.path, document)
        elif name.startswith("values"):
            yield from _values(source.path, document)
        elif document.get("kind").text == "List":
            for item in document.get("items").items:
                yield from _object(source.path, item)
        else:
            yield from _object(source.path, document)


def without_templates(text: str) -> str:
    """The text of a Helm template as YAML: steering lines emptied, values as placeholders."""
    lines = []
    inside = False
    for line in text.split("\n"):
        if inside or _STEERING.match(line) or line.strip().startswith(("{{/*", "{{- /*")):
            inside = (inside or "/*" in line) and "*/" not in line
            lines.append("")
        else:
            lines.append(_VALUE.sub(_PLACEHOLDER, line))
    return "\n".join(lines)


def _object(path: str, node: Node) -> Iterator[Fact | Unread]:
    kind = node.get("kind").text
    if not kind or not isinstance(node, Mapping):
        return
    metadata = node.get("metadata")
    name = metadata.get("name").text or metadata.get("generateName").text
    first = node.pairs[0][0].first
    yield ManifestObject(
        Span(path, first, node.last),
        node.get("apiVersion").text,
        kind,
        name,
        metadata.get("namespace").text,
    )
    if kind == "Secret":
        yield from _secret(path, node)
    for role, container in _containers(node):
        yield from _container(path, f"{kind}/{name}", role, container)


def _secret(path: str, node: Node) -> Iterator[Fact]:
    """The values that a Secret carries in the clear or in base64, which hides nothing."""
    for section in ("data", "stringData"):
        for key, value in node.get(section).pairs:
            text = value.text.strip()
            if (
                len(text) >= 4
                and _PLACEHOLDER not in text
                and not credential_forms.is_placeholder(_decoded(section, text))
            ):
                span = Span(path, key.first, value.last)
                yield credential(span, "value of a Kubernetes Secret", key.value, text, "manifest")


def _decoded(section: str, text: str) -> str:
    if section == "stringData":
        return text
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return text


def _containers(root: Node) -> Iterator[tuple[str, Node]]:
    """Every container below an object, whatever its kind; a custom resource's as well."""
    waiting: list[Node] = [root]
    steps = 0
    while waiting and steps < 100_000:
        node = waiting.pop()
        steps += 1
        for key, value in node.pairs:
            if key.value in _ROLES and isinstance(value, Sequence):
                for item in value.items:
                    if isinstance(item, Mapping):
                        yield _ROLES[key.value], item
            waiting.append(value)
        if isinstance(node, Sequence):
            waiting.extend(node.items)


def _container(path: str, owner: str, role: str, node: Node) -> Iterator[Fact | Unread]:
    image = node.get("image")
    command = [*node.get("command").strings, *node.get("args").strings]
    env: dict[str, str] = {}
    lines = {key.value: key.first for key, _ in node.pairs}
    for item in node.get("env").items:
        name = item.get("name").text
        if name and isinstance(item, Mapping) and "value" in item.values:
            env[name] = item.get("value").text
            lines[f"env.{name}"] = item.get("value").first
    yield ManifestContainer(
        Span(path, node.first, node.last),
        owner,
        node.get("name").text,
        image.text,
        role,
        tuple(command),
        env,
        lines,
    )
    if image.text:
        yield _image(path, image, image.text)
    if command:
        places = [part for part in (node.get("command"), node.get("args")) if part.items]
        yield from argv_commands(command, Span(path, places[0].first, places[-1].last), "image")


def _image(path: str, node: Node, text: str) -> Fact:
    shown = text.replace(_PLACEHOLDER, "${TEMPLATE_VALUE}")
    return image_reference.image(Span(path, node.first, node.last), shown, "run")


def _overrides(path: str, node: Node) -> Iterator[Fact]:
    for item in node.get("images").items:
        yield ImageOverride(
            Span(path, item.first, item.last),
            item.get("name").text,
            item.get("newName").text,
            item.get("newTag").text,
            item.get("digest").text,
        )


def _values(path: str, root: Node) -> Iterator[Fact]:
    """Images in the values of a chart: `repository` with `tag` or `digest`."""
    waiting = [root]
    steps = 0
    while waiting and steps < 100_000:
        node = waiting.pop()
        steps += 1
        repository = node.get("repository").text
        if repository and isinstance(node, Mapping) and "tag" in node.values:
            registry, tag = node.get("registry").text, node.get("tag").text
            digest = node.get("digest").text
            text = f"{registry}/{repository}" if registry else repository
            text += f":{tag}" if tag else ""
            text += f"@{digest}" if digest else ""
            place = Span(path, node.first, node.last)
            if tag or digest:
                yield image_reference.image(place, text, "run")
        waiting.extend(value for _, value in node.pairs)
        if isinstance(node, Sequence):
            waiting.extend(node.items)
