"""Compose files and .dockerignore."""

from __future__ import annotations

import pytest

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies import compose, dockerignore
from whence.vocabulary.fact.containers import BaseImage, ComposeService, IgnorePattern, ImageBuild
from whence.vocabulary.fact.deployment import ShellCommand

FILE = """\
x-base: &base
  user: "1000"
services:
  cache:
    <<: *base
    image: redis:${TAG:-7}
    environment:
      - MODE=x
      - FROM_OUTSIDE
    ports: ["6379:6379", {target: 80, published: 8080}]
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
      - {type: bind, source: /etc, target: /host}
  api:
    image: acme/api:1
    build:
      context: ../api
      dockerfile: docker/Dockerfile
      target: run
      args: {V: 1}
    privileged: yes
    environment: {A: b}
    command: ["sh", "-c", "exec serve"]
  job:
    build: .
    image: acme/job:${TAG}
  outside:
    image: acme/x:${TAG}
"""


def read(path: str, text: str) -> list:
    return list(compose.read(Source.of_bytes(path, text.encode())))


def test_services_images_builds_and_commands_are_read() -> None:
    found = read("deploy/compose.yaml", FILE)
    services = {s.name: s for s in found if isinstance(s, ComposeService)}
    assert services["cache"].user == "1000"
    assert services["cache"].env == {"MODE": "x"}
    assert services["cache"].lines["env.MODE"] == 8
    assert services["cache"].ports == ("6379:6379", "8080:80")
    assert services["cache"].volumes[1] == "/etc:/host"
    assert services["api"].privileged
    images = [i for i in found if isinstance(i, BaseImage)]
    assert [(i.reference, i.span.first, i.unknown) for i in images] == [
        ("redis:7", 6, False),
        ("acme/x:${TAG}", 28, True),
    ]
    builds = [b for b in found if isinstance(b, ImageBuild)]
    assert [(b.context, b.dockerfile, b.target) for b in builds] == [
        ("api", "api/docker/Dockerfile", "run"),
        ("deploy", "deploy/Dockerfile", ""),
    ]
    assert [c.argv[0] for c in found if isinstance(c, ShellCommand)] == ["sh", "serve"]


def test_a_compose_file_without_services_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read("compose.yml", "a: 1\n")


def test_ignore_patterns_keep_order_and_negation() -> None:
    text = "# comment\n\n/.git\n **/*.pem \n!keep/\n./data\n"
    found = list(dockerignore.read(Source.of_bytes(".dockerignore", text.encode())))
    assert [
        (p.pattern, p.negated, p.span.first) for p in found if isinstance(p, IgnorePattern)
    ] == [
        (".git", False, 3),
        ("**/*.pem", False, 4),
        ("keep", True, 5),
        ("data", False, 6),
    ]
