"""Dockerfiles: the stages, what they start from, and what they run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.dependencies import image_reference
from whence.readers.dependencies.dockerfile_syntax import (
    Heredoc,
    Instruction,
    assignments,
    instructions,
    words,
)
from whence.readers.shell import argv_commands, commands
from whence.readers.shell_words import SHELLS, program
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.containers import BaseImage, ImageInstruction

VERSION = 3

_NAME = re.compile(
    r"(?:(?:.*\.)?(?:dockerfile|containerfile)|(?:dockerfile|containerfile)[.\-_].+)"
)
_OTHER = (
    *(".dockerignore", ".md", ".rst", ".txt", ".j2", ".tmpl", ".tpl", ".jinja", ".jinja2", ".py"),
    *(".yml", ".yaml", ".json", ".toml", ".html", ".sh", ".js", ".ts", ".go", ".rs", ".ipynb"),
    *(".map", ".css", ".vue", ".rb", ".lua", ".vim", ".mjs"),
    *(".png", ".jpg", ".jpeg", ".gif", ".svg", ".pdf", ".webp"),
)
_RAW = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL", "HEALTHCHECK", "ONBUILD", "ARG"})


def claims(path: str, head: bytes) -> bool:
    """Files named as Dockerfiles and Containerfiles are."""
    name = path.rpartition("/")[2].lower()
    return bool(_NAME.fullmatch(name)) and not name.endswith(_OTHER)


def read(source: Source) -> Iterator[Fact | Unread]:
    """The base images, the instructions, and the commands that they run.

    Raises Unreadable for what is no Dockerfile.
    """
    found = list(instructions(source.text))
    shipped = _shipped(found)
    file = _Dockerfile(source, shipped)
    for instruction in found:
        yield from file.take(instruction)


def _from(instruction: Instruction) -> tuple[str, str]:
    """The image and the stage name of a FROM."""
    parts = words(instruction.value)
    named = len(parts) >= 3 and parts[1].lower() == "as"
    return (parts[0] if parts else ""), (parts[2].lower() if named else "")


def _shipped(found: list[Instruction]) -> set[int]:
    """The numbers of the last stage and of those that it starts from."""
    stages = [_from(instruction) for instruction in found if instruction.keyword == "FROM"]
    shipped: set[int] = set()
    at = len(stages) - 1
    while at >= 0 and at not in shipped:
        shipped.add(at)
        base = stages[at][0].lower()
        at = next((n for n in range(at - 1, -1, -1) if stages[n][1] and stages[n][1] == base), -1)
    return shipped


class _Dockerfile:
    """The state of one reading: the stage, its variables and its shell."""

    def __init__(self, source: Source, shipped: set[int]) -> None:
        self.source = source
        self.shipped = shipped
        self.stage = -1
        self.names: dict[str, int] = {}
        self.outside: dict[str, str] = {}
        self.known: dict[str, str] = {}
        self.variables: dict[int, dict[str, str]] = {}
        self.pipefail = self.errexit = False
        self.foreign_shell = ""

    @property
    def final(self) -> bool:
        return self.stage in self.shipped

    def take(self, instruction: Instruction) -> Iterator[Fact | Unread]:
        """Everything that one instruction states."""
        keyword = instruction.keyword
        if keyword == "FROM":
            yield from self._from(instruction)
        elif keyword == "ARG":
            self._argument(instruction)
        elif keyword == "ENV":
            for name, value in assignments(instruction.value):
                self.known[name] = image_reference.filled(value, self.known)[0]
        elif keyword == "SHELL":
            self._shell(instruction)
        yield self._fact(instruction)
        if keyword in ("COPY", "ADD", "RUN"):
            yield from self._copied(instruction)
        if keyword == "RUN":
            yield from self._run(instruction)
        elif keyword in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            yield from self._started(instruction)
        elif keyword == "ONBUILD":
            yield from self._onbuild(instruction)

    def _span(self, instruction: Instruction) -> Span:
        return Span(self.source.path, instruction.first, instruction.last)

    def _fact(self, instruction: Instruction, trigger: bool = False) -> ImageInstruction:
        value = instruction.value
        if instruction.keyword == "ARG":
            known = self.outside if self.stage < 0 else self.known
            value = " ".join(_shown(pair, known) for pair in assignments(value))
        elif instruction.keyword not in _RAW:
            known = self.outside if instruction.keyword == "FROM" else self.known
            value = image_reference.filled(value, known)[0]
        array = instruction.array
        return ImageInstruction(
            self._span(instruction),
            instruction.keyword,
            value,
            self.stage,
            self.final,
            instruction.flags,
            array is not None,
            trigger,
            array if array is not None else tuple(words(value)),
        )

    def _from(self, instruction: Instruction) -> Iterator[Fact | Unread]:
        image = self._starts(instruction)
        yield image
        if image.unknown and not image.digest:
            names = ", ".join(image.arguments)
            reason = (
                f"the base image is decided by {names or 'a variable'}, which has no value here"
            )
            yield Unread(image.span, "dockerfile", reason)

    def _starts(self, instruction: Instruction) -> BaseImage:
        self.variables[self.stage] = self.known
        self.stage += 1
        text, name = _from(instruction)
        found = image_reference.image(self._span(instruction), text, "build", self.outside)
        above = self.names.get(found.reference.lower(), -1)
        self.known = dict(self.variables.get(above, {})) if above >= 0 else {}
        if above < 0:
            self.pipefail = self.errexit = False
            self.foreign_shell = ""
        stage = name or str(self.stage)
        self.names[stage] = self.stage
        return BaseImage(
            found.span,
            found.reference,
            *(("", found.reference, "", "") if above >= 0 else _four(found)),
            stage=stage,
            earlier_stage=above >= 0,
            final=self.final,
            unknown=found.unknown and above < 0,
            arguments=found.arguments,
        )

    def _argument(self, instruction: Instruction) -> None:
        known = self.outside if self.stage < 0 else self.known
        for name, value in assignments(instruction.value):
            if f"{name}=" in instruction.value:
                known[name] = image_reference.filled(value, known)[0]
            elif name in self.outside:
                known[name] = self.outside[name]

    def _shell(self, instruction: Instruction) -> None:
        argv = list(instruction.array or ())
        self.foreign_shell = "" if program(argv) in SHELLS else program(argv)
        self.pipefail = "pipefail" in argv
        self.errexit = any(re.fullmatch(r"-[a-z]*e[a-z]*", word) for word in argv)

    def _copied(self, instruction: Instruction) -> Iterator[Fact | Unread]:
        """Images that files are taken from: `COPY --from`, `RUN --mount=from`."""
        for flag in instruction.flags:
            found = re.search(r"(?:^--from=|[=,]from=)([^,\s]+)", flag)
            if found is None:
                continue
            text = image_reference.filled(found[1], self.outside)[0]
            if text.isdigit() or text.lower() in self.names:
                continue
            taken = image_reference.image(self._span(instruction), found[1], "copy", self.outside)
            yield BaseImage(
                taken.span, taken.reference, *_four(taken), stage=str(self.stage),
                final=self.final, used_for="copy", unknown=taken.unknown, arguments=taken.arguments,
            )  # fmt: skip

    def _run(self, instruction: Instruction) -> Iterator[Fact | Unread]:
        span = self._span(instruction)
        if instruction.array is not None:
            yield from argv_commands(instruction.array, span, "image", self.known)
            return
        if self.foreign_shell:
            yield Unread(span, "dockerfile", f"commands for {self.foreign_shell} are not read")
            return
        bare = re.fullmatch(r"<<-?\s*[\"']?\w+[\"']?", instruction.value)
        if bare and instruction.heredocs:
            yield from self._heredoc(instruction.heredocs[0])
            return
        text = instruction.text + "\n"
        for heredoc in instruction.heredocs:
            text += f"{heredoc.text}{heredoc.name}\n"
        yield from self._commands(text, instruction.text_line, instruction.last)

    def _heredoc(self, heredoc: Heredoc) -> Iterator[Fact | Unread]:
        first = heredoc.text.split("\n", 1)[0]
        interpreter = program(first[2:].replace("/usr/bin/env ", "").split()[:1])
        if first.startswith("#!") and interpreter not in SHELLS:
            span = Span(self.source.path, heredoc.first, heredoc.first)
            yield Unread(span, "dockerfile", f"a script for {interpreter} is not read")
            return
        yield from self._commands(heredoc.text, heredoc.first)

    def _commands(self, text: str, line: int, last: int = 0) -> Iterator[Fact | Unread]:
        yield from commands(
            text, line, self.source.path, "image",
            known=self.known, last_line=last, errexit=self.errexit, pipefail=self.pipefail,
        )  # fmt: skip

    def _started(self, instruction: Instruction) -> Iterator[Fact | Unread]:
        """The process that a container of this image starts."""
        span = self._span(instruction)
        text = instruction.text
        if instruction.keyword == "HEALTHCHECK":
            text = re.sub(r"^\s*(?:CMD|NONE)\b", "", text, flags=re.IGNORECASE)
        if instruction.array is not None:
            yield from argv_commands(instruction.array, span, "image", self.known)
        elif not text.lstrip().startswith("["):
            yield from self._commands(text, instruction.text_line)

    def _onbuild(self, instruction: Instruction) -> Iterator[Fact | Unread]:
        """What a later build from this image will do first."""
        for inner in instructions(instruction.text):
            at = instruction.text_line - 1
            moved = Instruction(
                inner.keyword, inner.value, inner.text, inner.text_line + at,
                inner.first + at, inner.last + at, inner.flags, inner.array,
            )  # fmt: skip
            yield self._fact(moved, trigger=True)
            if moved.keyword == "RUN":
                yield from self._run(moved)


def _four(found: BaseImage) -> tuple[str, str, str, str]:
    return found.registry, found.name, found.tag, found.digest


def _shown(pair: tuple[str, str], known: dict[str, str]) -> str:
    name, _ = pair
    return f"{name}={known[name]}" if name in known else name
