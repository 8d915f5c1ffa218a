"""Jenkins pipelines: the shell commands of their `sh` steps.

A Jenkinsfile is a Groovy program. Only steps whose script is a literal are read; one that the
program puts together is not audited. Source of the step: the reference of Jenkins' `sh` step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.shell import commands
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact

VERSION = 1

_STEP = re.compile(
    r"(?<![\w.$'\"-])sh\b[ \t]*\(?[ \t\r\n]*(?:[^'\"\n()]{0,200}?\bscript[ \t]*:[ \t]*)?"
)
_LITERAL = re.compile(
    r"'''(.{0,100000}?)'''|\"\"\"(.{0,100000}?)\"\"\""
    r"|'((?:[^'\\\n]|\\.){0,20000})'|\"((?:[^\"\\\n]|\\.){0,20000})\"",
    re.DOTALL,
)
_COMMENT = re.compile(r"(?m)^[ \t]*(?://|\*|/\*).*$")
_STEPS = 5_000
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t"}


def claims(path: str, head: bytes) -> bool:
    """Jenkinsfile, with whatever is appended to the name, and `*.jenkinsfile`."""
    file = path.rpartition("/")[2].lower()
    return file.startswith("jenkinsfile") or file.endswith((".jenkinsfile", ".jenkins"))


def read(source: Source) -> Iterator[Fact | Unread]:
    """Every command of every `sh` step, and what it installs."""
    text = _COMMENT.sub("", source.text.replace("\r\n", "\n"))
    line, read_to = 1, 0
    for count, step in enumerate(_STEP.finditer(text)):
        line, read_to = line + text.count("\n", read_to, step.end()), step.end()
        if count > _STEPS:
            yield Unread(source.span(line), "jenkinsfile", "more steps than are read")
            return
        literal = _LITERAL.match(text, step.end())
        if literal is None:
            reason = "the script of a step is put together by the program"
            yield Unread(source.span(line), "jenkinsfile", reason)
            continue
        script = next(part for part in literal.groups() if part is not None)
        plain = _ESCAPE.sub(lambda found: _ESCAPED.get(found.group(1), found.group(1)), script)
        last = line + literal.group().count("\n")
        alike = plain.count("\n") == script.count("\n")
        yield from commands(
            plain, line, source.path, "ci", errexit=True, last_line=0 if alike else last
        )
