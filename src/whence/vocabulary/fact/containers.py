"""Facts of image definitions."""

from __future__ import annotations

from whence.vocabulary.fact import Fact


class BaseImage(Fact, frozen=True):
    """An image that a stage starts from, or that a compose file, manifest or CI job runs.

    `reference` is effective: build arguments with defaults are filled in. `registry`, `name`,
    `tag`, `digest` are its parts, empty where not given. `stage` is the stage's own name or its
    number, empty outside a Dockerfile. `earlier_stage` is true where it names a stage above.
    `final` is true where what ships stands on it. `used_for` is `build` (a stage starts from it),
    `copy` (files are taken from it), `run` or `job`. `unknown` is true where a part has no known
    value. `arguments` are the names of the build arguments that went into the reference.
    """

    reference: str
    registry: str
    name: str
    tag: str
    digest: str
    stage: str = ""
    earlier_stage: bool = False
    final: bool = False
    used_for: str = "build"
    unknown: bool = False
    arguments: tuple[str, ...] = ()


class ImageInstruction(Fact, frozen=True):
    """One instruction of a Dockerfile, continued lines joined.

    `keyword` is upper case. `value` is the rest, `flags` its `--name=value` options. Arguments with
    defaults are filled in, except in what a shell expands itself (RUN, CMD, ENTRYPOINT). `stage` is
    the stage's number, from 0 (-1 before the first); `final` is true in the stage that ships and
    in the stages that it starts from. `exec_form` is true for a JSON array. `trigger` is true for
    what ONBUILD leaves to a later build. `arguments` are the array or the words of `value`.
    """

    keyword: str
    value: str
    stage: int
    final: bool
    flags: tuple[str, ...] = ()
    exec_form: bool = False
    trigger: bool = False
    arguments: tuple[str, ...] = ()


class IgnorePattern(Fact, frozen=True):
    """A line of .dockerignore; `negated` puts files back. `pattern` has no leading slash."""

    pattern: str
    negated: bool = False


class ImageBuild(Fact, frozen=True):
    """A place that says how an image is built: a compose service, a command, a CI action.

    `context` and `dockerfile` are relative to the root of the tree; `context` is empty for the
    root, and `unknown` is true where it could not be told. `target` is the stage that is built.
    """

    context: str
    dockerfile: str
    target: str = ""
    unknown: bool = False
    tags: tuple[str, ...] = ()
    arguments: dict[str, str] = {}


class ComposeService(Fact, frozen=True):
    """A service of a compose file. `env` maps names to literal values.

    `lines` maps `image`, `env.NAME` and the service's own keys to line numbers.
    """

    name: str
    image: str = ""
    user: str = ""
    privileged: bool = False
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    env: dict[str, str] = {}
    lines: dict[str, int] = {}


class ImageOverride(Fact, frozen=True):
    """A Kustomization replaces an image by name: with another name, tag or digest."""

    name: str
    new_name: str = ""
    tag: str = ""
    digest: str = ""
