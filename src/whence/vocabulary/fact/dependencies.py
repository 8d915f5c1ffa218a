"""Facts of manifests, lock files, installer settings and installers' command lines."""

from __future__ import annotations

import re

from whence.vocabulary.fact import Fact

_CREDENTIALS = re.compile(r"(?<=//)[^/\s?#]*@")
_SECRET_QUERY = re.compile(
    r"(?i)((?:token|key|secret|password|signature|sig|credential|auth)[^=&#]*=)[^&#\s]*"
)
_PUBLIC = re.compile(r"(?i)(?:https?:)?(?://)?(?:[a-z]+\.)?pypi\.(?:python\.)?org(?:[:/]|\Z)")


def without_credentials(url: str) -> str:
    """An address without user, password, token or signed query. Never raises.

    The user `git` of an SSH address is a part of the address and stays.
    """
    bare = _CREDENTIALS.sub(
        lambda found: "git@" if found.group() == "git@" else "", url.replace("\\", "/")
    )
    return _SECRET_QUERY.sub(r"\1…", bare)


def is_public_index(url: str) -> bool:
    """Whether an address is the public Python package index, or its test index."""
    return _PUBLIC.match(without_credentials(url)) is not None


class PackageRequirement(Fact, frozen=True):
    """One requirement on a package, wherever it is declared.

    `ecosystem` is the package URL type: `pypi`, `npm`, `conda`. `name` is normalised (PEP 503 for
    Python) and empty where a path or URL does not tell it. `specifier` is as written (`>=2,<3`),
    in PEP 440 form for Python dialects that have their own (`^2.1`); a `$NAME` in it is known only
    at run time. `version` is the exact version where the specifier fixes one. `hashes` are
    `sha256:…`. `url` is a direct reference (VCS, archive or local path) without its credentials;
    `commit` the full commit id that a lock records beside it. `group` is empty for what the
    application needs at run time, otherwise the extra, dependency group or `build-system`. `scope`
    says who installs: `manifest` (the project's own declaration), `lock` (a resolved set),
    `constraint` (`override` where it replaces what others ask), `command` (an installer's command
    line, whose `context` is the shell command's). `index` is the package index that this
    requirement names for itself, or that a lock took it from. `licence` is what the file says.
    """

    ecosystem: str
    name: str
    specifier: str = ""
    version: str = ""
    marker: str = ""
    extras: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    url: str = ""
    commit: str = ""
    group: str = ""
    scope: str = "manifest"
    context: str = ""
    editable: bool = False
    override: bool = False
    index: str = ""
    licence: str = ""


class PackageLicence(Fact, frozen=True):
    """What a package whose metadata stand in the tree says of its own licence.

    `ecosystem`, `name` and `version` are as in `PackageRequirement`. `licence` is an SPDX expression
    where the metadata give one, otherwise the names of classifiers or the publisher's own words;
    empty where they say nothing. `own` is true of the metadata of the project at the tree's root.
    """

    ecosystem: str
    name: str
    version: str
    licence: str
    own: bool = False


class PackageManifest(Fact, frozen=True):
    """A file that declares or locks packages.

    `kind` is the dialect (`requirements`, `constraints`, `pyproject`, `poetry.lock`, …). `tool` is
    the installer (`pip`, `uv`, `poetry`, `pdm`, `pipenv`, `conda`, `npm`), of a pyproject the one
    whose tables it has. `locks` is true for a resolved set, `made_from` its inputs where it names
    them. `name` is the distribution that the file describes. `library` is true where the file
    shows that others install that distribution. `requires_python` is the specifier of Python
    versions, if given. `require_hashes` is true where the installer refuses what has no hash.
    `dynamic` is true where code computes the requirements.
    """

    kind: str
    tool: str
    locks: bool = False
    library: bool = False
    requires_python: str = ""
    name: str = ""
    made_from: tuple[str, ...] = ()
    require_hashes: bool = False
    dynamic: bool = False


class PythonVersion(Fact, frozen=True):
    """A file says which version of Python the project runs on: `3.12`, `3.12.4`."""

    version: str


class PackageIndex(Fact, frozen=True):
    """An index that an installer is told to use.

    `role` is `primary` (replaces the default), `extra` (searched as well), `links` (a page of
    files), `explicit` (only for packages that name it), `none` (no index at all) or `trusted` (a
    host whose certificate is not checked). `url` has its credentials removed. `strategy` is uv's
    index strategy where set. `verify` is false where TLS checks are off. `public` is true for the
    public Python index. `context` is that of the command line that says so, empty for a file.
    """

    tool: str
    role: str
    url: str
    name: str = ""
    strategy: str = ""
    verify: bool = True
    public: bool = False
    context: str = ""


class Include(Fact, frozen=True):
    """A manifest or command takes in another file: `-r` (`requirement`) or `-c` (`constraint`).

    `target` is relative to the root where the tree holds it, otherwise as written.
    """

    target: str
    role: str


class Installation(Fact, frozen=True):
    """An installer runs.

    `targets` are the manifests and project directories that it installs, relative to the place
    where it runs. `locked` is true where it installs what its own lock file says and nothing else.
    `require_hashes` is true where it refuses what has no hash. `without_dependencies` is true where
    only what is named gets installed. `context` is that of the shell command.
    """

    tool: str
    targets: tuple[str, ...]
    context: str
    locked: bool = False
    require_hashes: bool = False
    without_dependencies: bool = False


class InstallHook(Fact, frozen=True):
    """Code that runs when somebody installs the project.

    `does` is `fetch`, `execute`, `fetch-and-execute`, `decode-and-execute` or `write-outside`.
    `what` is the call, `where` the function or class that makes it run at install time.
    """

    does: str
    what: str
    where: str
