"""Shell scripts, Makefiles, CODEOWNERS, Kubernetes manifests."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers import suppressions
from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies import compose, dockerignore
from whence.readers.deployment import (
    code_owners,
    github_workflow,
    kubernetes,
    makefile,
    shell_script,
)
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.containers import BaseImage, ImageOverride
from whence.vocabulary.fact.deployment import ManifestContainer, ManifestObject, ShellCommand
from whence.vocabulary.fact.repository import OwnerRule


def read(reader, path: str, text: str) -> list:  # type: ignore[no-untyped-def, type-arg]
    return list(reader.read(Source.of_bytes(path, text.encode())))


def commands(reader, path: str, text: str) -> list[ShellCommand]:  # type: ignore[no-untyped-def]
    return [each for each in read(reader, path, text) if isinstance(each, ShellCommand)]


@pytest.mark.parametrize(
    ("path", "head", "wanted"),
    [
        ("a.sh", b"", True),
        ("run", b"#!/bin/sh\n", True),
        ("run", b"#!/usr/bin/env -S bash -e\n", True),
        ("run", b"#!/usr/bin/env python3\n", False),
        ("run", b"#!/usr/bin/fish\n", False),
        ("notes.txt", b"bash\n", False),
    ],
)
def test_scripts_are_known_by_name_or_first_line(path: str, head: bytes, wanted: bool) -> None:
    assert shell_script.claims(path, head) is wanted


def test_options_in_the_first_line_count() -> None:
    (gate, _) = commands(shell_script, "a.sh", "#!/bin/bash -e\ngate\nnext\n")
    assert not gate.tolerated


MAKEFILE = """\
IMAGE ?= acme/x
TAG := 1.2
REF = $(IMAGE):$(TAG)
FILES = a \\
  b
.PHONY: test
test: build ; quick
\t@gate one | tee log
\t-gate two
\tgate three $(REF) \\
\t  --more $(UNKNOWN) $$HOME
\tX=$$(inner)
\techo $(shell computed) $(wildcard *.c)
ifdef X
\tgate $@ $< $(@D)
endif
"""


def test_recipes_are_read_with_lines_values_and_prefixes() -> None:
    found = commands(makefile, "Makefile", MAKEFILE)
    gates = [c for c in found if c.argv[0] == "gate"]
    assert [(c.argv[1], c.span.first, c.span.last, c.tolerance) for c in gates] == [
        ("one", 8, 8, "no pipefail"),
        ("two", 9, 9, "make -"),
        ("three", 10, 11, ""),
        ("${_automatic}", 15, 15, ""),
    ]
    assert gates[2].argv[2:] == ("acme/x:1.2", "--more", "${UNKNOWN}", "$HOME")
    assert {"quick", "inner", "computed"} <= {c.argv[0] for c in found}


def test_shell_flags_of_a_makefile_count() -> None:
    found = commands(
        makefile, "Makefile", ".SHELLFLAGS := -eu -o pipefail -c\na:\n\tgate | tee x\n"
    )
    assert found[0].tolerance == ""


def test_owner_rules_are_read_with_sections_and_comments() -> None:
    text = "# c\n* @acme/all # d\n/a\\ b/ @x y@example.com\nfree/\n[Docs][2] @docs\ndocs/\n"
    found = [each for each in read(code_owners, "CODEOWNERS", text) if isinstance(each, OwnerRule)]
    assert [(o.pattern, o.owners, o.span.first) for o in found] == [
        ("*", ("@acme/all",), 2),
        ("/a b/", ("@x", "y@example.com"), 3),
        ("free/", (), 4),
        ("docs/", ("@docs",), 6),
    ]


MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: scorer, namespace: ml}
spec:
  template:
    spec:
      initContainers:
        - {name: i, image: "busybox:1"}
      containers:
        - name: c
          image: registry.example.com/scorer:latest
          command: [sh, -c, "exec serve"]
          env:
            - {name: A, value: "1"}
            - name: B
              valueFrom: {secretKeyRef: {name: s, key: k}}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Service, metadata: {name: s}}
"""


def test_manifests_give_objects_containers_images_and_commands() -> None:
    found = read(kubernetes, "a.yaml", MANIFEST)
    objects = [o for o in found if isinstance(o, ManifestObject)]
    assert [(o.kind, o.name, o.namespace, o.span.first) for o in objects] == [
        ("Deployment", "scorer", "ml", 1),
        ("Service", "s", "", 21),
    ]
    containers = {c.name: c for c in found if isinstance(c, ManifestContainer)}
    assert containers["i"].role == "init"
    assert (containers["c"].owner, containers["c"].env) == ("Deployment/scorer", {"A": "1"})
    assert containers["c"].lines["image"] == 11
    assert {i.reference for i in found if isinstance(i, BaseImage)} == {
        "busybox:1",
        "registry.example.com/scorer:latest",
    }
    assert [c.argv[0] for c in found if isinstance(c, ShellCommand)] == ["sh", "serve"]


def test_templates_are_read_in_part_and_say_so() -> None:
    text = (
        "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n"
        '  labels:\n    {{- include "x" . | nindent 4 }}\nspec:\n  containers:\n'
        '    - image: "{{ .Values.image }}:latest"\n{{- end }}\n'
    )
    found = read(kubernetes, "chart/templates/pod.yaml", text)
    assert [u.reason for u in found if isinstance(u, Unread)] != []
    (image,) = [i for i in found if isinstance(i, BaseImage)]
    assert (image.tag, image.unknown, image.span.first) == ("latest", True, 10)


def test_kustomize_overrides_and_chart_values_are_read() -> None:
    text = "images:\n  - name: scorer\n    newTag: v2\n    digest: sha256:ab\n"
    (override,) = read(kubernetes, "kustomization.yaml", text)
    assert isinstance(override, ImageOverride)
    assert (override.name, override.tag, override.digest) == ("scorer", "v2", "sha256:ab")
    (image,) = read(kubernetes, "chart/values.yaml", "image: {repository: acme/x, tag: latest}\n")
    assert image.reference == "acme/x:latest"


_READERS = {
    "Makefile": makefile,
    "a.sh": shell_script,
    "CODEOWNERS": code_owners,
    ".github/workflows/a.yml": github_workflow,
    "k.yaml": kubernetes,
    "compose.yml": compose,
    ".dockerignore": dockerignore,
    "a.py": suppressions,
    "a.md": suppressions,
}
_PIECES = st.sampled_from(
    [
        "on: ",
        "jobs:",
        "\n",
        "  ",
        "- ",
        "run: |",
        "a: ",
        "kind: x",
        "apiVersion: v1",
        "images:",
        "{{",
        "}}",
        "services:",
        "image: ",
        "\t",
        "$(",
        ")",
        "\\\n",
        "[",
        "]",
        "*a",
        "&a ",
        "# whence: ignore[",
        "]",
        "env:",
        "name: n",
        "containers:",
        '"',
        "'",
        "steps:",
        "!",
        "@x",
        "`",
        "é",
        "\x00",
        "=",
        ":",
    ]
)


@pytest.mark.parametrize("path", _READERS)
@settings(max_examples=80, deadline=None)
@given(
    content=st.binary(max_size=60)
    | st.lists(_PIECES, max_size=25).map(lambda pieces: "".join(pieces).encode())
)
def test_any_bytes_give_facts_or_unread(path: str, content: bytes) -> None:
    lines = content.count(b"\n") + content.count(b"\r") + 3
    try:
        for each in _READERS[path].read(Source.of_bytes(path, content)):
            assert 0 <= each.span.first <= each.span.last <= lines
    except Unreadable:
        pass
