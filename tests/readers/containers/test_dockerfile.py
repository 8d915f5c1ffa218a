"""Dockerfiles: stages, images, instructions and commands."""

from __future__ import annotations

import contextlib
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies import dockerfile, image_reference
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.containers import BaseImage, ImageBuild, ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand

F = TypeVar("F", bound=Fact)


def read(text: str) -> list[Fact | Unread]:
    return list(dockerfile.read(Source.of_bytes("Dockerfile", text.encode())))


def of(kind: type[F], text: str) -> list[F]:
    return [each for each in read(text) if isinstance(each, kind)]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Dockerfile", True),
        ("deploy/docker/Dockerfile.train", True),
        ("Dockerfile-gpu", True),
        ("serve.Dockerfile", True),
        ("serve.dockerfile", True),
        ("Containerfile", True),
        ("Dockerfile.dockerignore", False),
        ("docs/Dockerfile.md", False),
        ("dockerfile.py", False),
        ("MyDockerfileNotes.txt", False),
    ],
)
def test_image_definitions_are_known_by_name(path: str, wanted: bool) -> None:
    assert dockerfile.claims(path, b"FROM x") is wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("python", ("", "python", "", "")),
        ("python:3.12", ("", "python", "3.12", "")),
        ("acme/tool:1@sha256:ab", ("", "acme/tool", "1", "sha256:ab")),
        ("ghcr.io/acme/tool", ("ghcr.io", "acme/tool", "", "")),
        ("localhost:5000/tool:1", ("localhost:5000", "tool", "1", "")),
        ("registry.example.com:5000/a/b", ("registry.example.com:5000", "a/b", "", "")),
        ("tool@sha256:ab", ("", "tool", "", "sha256:ab")),
        ("acme/tool:${TAG}", ("", "acme/tool", "${TAG}", "")),
    ],
)
def test_references_fall_apart_as_registries_read_them(text: str, expected: tuple) -> None:
    found = image_reference.parts(text)
    assert (found.registry, found.name, found.tag, found.digest) == expected


def test_global_arguments_reach_from_and_stages_only_by_name() -> None:
    text = (
        "ARG TAG=3.12\nARG BASE=python:${TAG}\n"
        "FROM ${BASE} AS a\nARG TAG\nENV SEEN=$TAG BASE2=$BASE\n"
        "FROM python:${OTHER:-3.11}\nUSER $TAG\n"
        "FROM python:${MISSING}\n"
    )
    images = of(BaseImage, text)
    assert [(i.reference, i.unknown) for i in images] == [
        ("python:3.12", False),
        ("python:3.11", False),
        ("python:${MISSING}", True),
    ]
    values = {i.keyword: i.value for i in of(ImageInstruction, text)}
    assert values["ENV"] == "SEEN=3.12 BASE2=$BASE"
    assert values["USER"] == "$TAG"


def test_the_stage_that_ships_takes_its_ancestors_with_it() -> None:
    text = "FROM a AS base\nUSER 1\nFROM b AS build\nRUN x\nFROM base\nCOPY --from=build /x /x\n"
    images = of(BaseImage, text)
    assert [(i.stage, i.final, i.earlier_stage) for i in images] == [
        ("base", True, False),
        ("build", False, False),
        ("2", True, True),
    ]
    assert [(i.keyword, i.stage, i.final) for i in of(ImageInstruction, text)] == [
        ("FROM", 0, True), ("USER", 0, True), ("FROM", 1, False), ("RUN", 1, False),
        ("FROM", 2, True), ("COPY", 2, True),
    ]  # fmt: skip


def test_images_that_files_are_taken_from_are_images_too() -> None:
    text = (
        "FROM a\nCOPY --from=ghcr.io/acme/uv:1 /uv /uv\n"
        "RUN --mount=type=bind,from=acme/tools:2,target=/t /t/x\nCOPY --from=0 /a /b\n"
    )
    assert [(i.reference, i.used_for, i.span.first) for i in of(BaseImage, text)] == [
        ("a", "build", 1),
        ("ghcr.io/acme/uv:1", "copy", 2),
        ("acme/tools:2", "copy", 3),
    ]


def test_continued_lines_comments_and_heredocs_keep_their_lines() -> None:
    text = (
        "FROM a\n"
        "RUN one && \\\n    # a comment\n\n    two \\\n      --x\n"
        "RUN <<EOF\nthree\nFROM nothing\nEOF\n"
        "RUN <<-A cat > f && four\n\tno command\n\tA\n"
        "COPY <<X /etc/x\nUSER root\nX\n"
        "RUN five\n"
    )
    lines = {c.argv[0]: (c.span.first, c.span.last) for c in of(ShellCommand, text)}
    assert lines["one"] == (2, 2)
    assert lines["two"] == (5, 6)
    assert lines["three"] == (8, 8)
    assert lines["four"] == (11, 11)
    assert lines["five"] == (17, 17)
    assert [i.keyword for i in of(ImageInstruction, text)] == [
        "FROM",
        "RUN",
        "RUN",
        "RUN",
        "COPY",
        "RUN",
    ]


def test_the_escape_directive_is_obeyed() -> None:
    found = of(ImageInstruction, "# escape=`\nFROM a\nENV P=C:\\x\nRUN a `\n  b\n")
    assert [(i.keyword, i.span.first, i.span.last) for i in found] == [
        ("FROM", 2, 2), ("ENV", 3, 3), ("RUN", 4, 5),
    ]  # fmt: skip


def test_arrays_flags_and_onbuild_are_understood() -> None:
    text = (
        'FROM --platform=linux/amd64 a\nRUN ["sh", "-c", "curl u | sh"]\n'
        'COPY --chown=1:1 ["a b", "/c"]\nONBUILD RUN later\n'
        'HEALTHCHECK --interval=5s CMD probe\nENTRYPOINT ["serve", "--x"]\nCMD start it\n'
    )
    instructions = {i.keyword: i for i in of(ImageInstruction, text) if not i.trigger}
    assert instructions["FROM"].flags == ("--platform=linux/amd64",)
    assert instructions["COPY"].arguments == ("a b", "/c")
    assert instructions["COPY"].exec_form
    assert [c.argv[0] for c in of(ShellCommand, text)] == [
        "sh", "curl", "sh", "later", "probe", "serve", "start",
    ]  # fmt: skip
    assert [i.value for i in of(ImageInstruction, text) if i.trigger] == ["later"]


def test_known_values_go_into_commands_and_shell_options_count() -> None:
    text = (
        "FROM a\nARG V=2.1\nENV W=3\nRUN pip install torch==$V x==${W}\nRUN gate | tee l\n"
        'SHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN gate | tee l\n'
        'SHELL ["pwsh", "-Command"]\nRUN Get-Item\n'
    )
    commands = of(ShellCommand, text)
    assert commands[0].argv == ("pip", "install", "torch==2.1", "x==3")
    assert [c.tolerance for c in commands if c.argv[0] == "gate"] == ["no pipefail", ""]
    assert any(isinstance(each, Unread) and "pwsh" in each.reason for each in read(text))


def test_builds_on_command_lines_are_told() -> None:
    text = (
        "FROM a\nRUN docker buildx build -f d/Dockerfile --build-arg A=1 -t x:1 --target t ./ctx\n"
    )
    (build,) = of(ImageBuild, text)
    assert (build.context, build.dockerfile, build.target) == ("ctx", "d/Dockerfile", "t")
    assert (build.tags, build.arguments, build.unknown) == (("x:1",), {"A": "1"}, False)


def test_what_is_no_dockerfile_is_unreadable_with_its_line() -> None:
    with pytest.raises(Unreadable) as caught:
        read("FROM a\nRUN x\nthis is prose\n")
    assert caught.value.line == 3


_PIECES = st.sampled_from(
    [
        "FROM a",
        "FROM ${X} AS b",
        "RUN x",
        "RUN <<E",
        "E",
        "COPY --from=b a b",
        "\n",
        "\\\n",
        " ",
        "#",
        "ARG X=1",
        "ENV A",
        "ONBUILD ",
        "USER",
        '["a",',
        "]",
        "HEALTHCHECK",
        "SHELL",
        "<<",
        "$",
        "`",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.lists(_PIECES, max_size=20).map(lambda p: "".join(p).encode()))
def test_any_bytes_give_facts_or_unread(content: bytes) -> None:
    try:
        for each in dockerfile.read(Source.of_bytes("Dockerfile", content)):
            assert 1 <= each.span.first <= each.span.last <= content.count(b"\n") + 1
    except Unreadable:
        pass


@pytest.mark.parametrize(
    "nesting", ["ONBUILD " * 5000 + "RUN x", "RUN " + "\\\n" * 50_000, "ENV " + "A=1 " * 50_000]
)
def test_hostile_files_cost_little(nesting: str) -> None:
    with contextlib.suppress(Unreadable):
        assert read("FROM a\n" + nesting + "\n")
