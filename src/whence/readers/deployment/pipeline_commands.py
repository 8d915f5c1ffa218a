"""The shell commands of pipelines other than GitHub's: GitLab, Azure, CircleCI, Bitbucket and more.

What a job is, when it runs and with which rights is not read: only which commands it runs, and so
what it installs. Source of the keys: each system's own reference of its configuration file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers import yaml_nodes
from whence.readers.contract import Source
from whence.readers.shell import commands
from whence.readers.yaml_nodes import Mapping, Node, Scalar, Sequence
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.deployment import ShellAssignment

VERSION = 1

_NAMED = re.compile(
    r"(?i)(?:\A|/)(?:[^/]*\.?gitlab-ci[^/]*|azure-pipelines?[^/]*|\.?circleci/(?:[^/]+/)*[^/]+"
    r"|bitbucket-pipelines|\.travis|\.buildkite/(?:[^/]+/)*[^/]+|buildspec[^/]*"
    r"|\.drone|cloudbuild[^/]*|\.woodpecker(?:/[^/]+)?|\.cirrus|\.gitlab/(?:[^/]+/)*[^/]+"
    r"|\.azure-?(?:pipelines|devops)?/(?:[^/]+/)*[^/]+)\.ya?ml\Z"
)
# A job of GitLab's or Bitbucket's form in a file of any name: a list of commands under `script`.
_SCRIPT = re.compile(rb"(?m)^[ \t]+(?:- )?script:[ \t]*(?:\r?\n[ \t]+- |\[|[|>])")
_PIPELINE = re.compile(rb"(?m)^(?:stages|include|default|workflow|pipelines|image|before_script):")
_KEYS = frozenset(
    (
        "script", "before_script", "after_script", "run", "bash", "command", "commands", "install",
        "before_install", "after_success", "before_deploy", "build_script", "test_script",
        "deploy_script", "install_script",
    )
)  # fmt: skip
_ENVIRONMENTS = ("variables", "env", "environment")
_OF_INSTALLERS = re.compile(
    r"(?:PIP|UV|PIPENV|CONDA|NPM_CONFIG)_|PYTHONHTTPSVERIFY\Z|NODE_TLS|GIT_SSL"
)
_OTHER_SHELLS = ("pwsh", "powershell", "cmd", "ps")
_DEPTH = 30
_COMMANDS = 5_000


def claims(path: str, head: bytes) -> bool:
    """Files of the systems' names, and YAML whose jobs have lists of commands under `script`."""
    if not path.endswith((".yml", ".yaml")) or "/workflows/" in f"/{path}":
        return False
    if _NAMED.search(path):
        return True
    return _SCRIPT.search(head) is not None and _PIPELINE.search(head) is not None


def read(source: Source) -> Iterator[Fact | Unread]:
    """Every command that a step of the pipeline runs, what it installs, and installers' settings."""
    lines = source.text.replace("\r\n", "\n").split("\n")
    for document in yaml_nodes.documents(source.text):
        for name, given in _variables(document, 0):
            place = source.span(given.first, given.last)
            yield ShellAssignment(place, name, given.text, "ci", exported=True)
        for count, node in enumerate(_scripts(document, 0)):
            if count > _COMMANDS:
                yield Unread(source.span(node.first), "pipelines", "more commands than are read")
                return
            text, first, last = yaml_nodes.script(node, lines)
            exact = node.style in ("|", ">", "")
            yield from commands(
                text, first, source.path, "ci", errexit=True, last_line=0 if exact else last
            )


def _variables(node: Node, depth: int) -> Iterator[tuple[str, Node]]:
    """The variables of installers that the pipeline sets for its jobs."""
    if depth > _DEPTH:
        return
    for each in node.items if isinstance(node, Sequence) else ():
        yield from _variables(each, depth + 1)
    for key, value in node.pairs:
        if key.text in _ENVIRONMENTS:
            for name, given in value.pairs:
                if _OF_INSTALLERS.match(name.text):
                    yield name.text, given.get("value") if given.pairs else given
        else:
            yield from _variables(value, depth + 1)


def _scripts(node: Node, depth: int) -> Iterator[Scalar]:
    """The scalars that a step runs, wherever in the file the step stands."""
    if depth > _DEPTH:
        return
    if isinstance(node, Sequence):
        for each in node.members:
            yield from _scripts(each, depth + 1)
    elif isinstance(node, Mapping):
        if node.get("shell").text.split(" ")[0].rpartition("/")[2] in _OTHER_SHELLS:
            return
        for key, value in node.pairs:
            if key.text == "args" and node.get("entrypoint").text in ("bash", "sh"):
                yield from _texts(Sequence(value.first, value.last, members=value.items[1:]), depth)
            elif key.text in _KEYS:
                yield from _texts(value, depth + 1)
            else:
                yield from _scripts(value, depth + 1)


def _texts(node: Node, depth: int) -> Iterator[Scalar]:
    """The commands under a key: one, a list of them (GitLab nests lists), or a step's `command`."""
    if isinstance(node, Scalar):
        if node.text:
            yield node
    elif isinstance(node, Sequence) and depth <= _DEPTH:
        for each in node.members:
            yield from _texts(each, depth + 1)
    elif isinstance(node, Mapping):
        yield from _scripts(node, depth)
