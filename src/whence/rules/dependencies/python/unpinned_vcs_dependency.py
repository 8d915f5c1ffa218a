"""Requirements on code at an address whose owner can change it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.dependencies.cloned_sources import installed_clones
from whence.rules.dependencies.locking import hold_on
from whence.rules.dependencies.whose_manifest import is_installed_copy
from whence.rules.dependencies.wording import is_development
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import (
    Installation,
    PackageManifest,
    PackageRequirement,
)
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule
from whence.vocabulary.tree import is_copied

_COMMIT = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?\Z")
_VCS = re.compile(r"(git|hg|svn|bzr)\+|git@")
_ARCHIVE_OF_COMMIT = re.compile(
    r"https://(?:github\.com|codeload\.github\.com)/[^/]+/[^/]+/"
    r"(?:archive|zip|tar\.gz|legacy\.zip|legacy\.tar\.gz)/[0-9a-f]{40}(?:\.zip|\.tar\.gz)?(?:[#?]|\Z)"
    r"|https://[^/]+/.+/-/archive/[0-9a-f]{40}/"
)
_OWNER = re.compile(
    r"(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)[/:]([^/]+)/([^/@#]+)"
)


@rule(
    severity=Severity.HIGH,
    references=("CWE-494", "CWE-829", "AML.T0010.001", "OWASP-LLM03:2025"),
)
def check(required: PackageRequirement | Installation, graph: SupplyGraph) -> Iterator[Observation]:
    """Code is installed from a repository or address at a name that its owner can move.

    A branch or a tag names whatever stands there today, and an archive at an address is whatever
    the server sends. Everyone who can push to the repository, and whoever takes over the account
    or its name, decides what the next build runs; no release, no index and no review stands
    between.

    ## Attack
    1. The adversary gets push rights: a leaked token, a maintainer's account, or the name of an
       account that was renamed or deleted.
    2. They move the branch or tag to a commit with code in its build script.
    3. The next build fetches that commit and runs the script before anything else can look at it.

    ## Fix
    Name the commit by its full id, or the archive by its digest:
    ```text
    encoder @ git+https://git.example.com/team/encoder@<40 hexadecimal digits>
    encoder @ https://files.example.com/encoder-1.2.tar.gz#sha256=<64 hexadecimal digits>
    ```

    ## Score
    - AV:N the code is fetched over the network
    - AC:H the adversary must first be able to push or serve
    - PR:N no account of the project is needed
    - UI:R somebody must start a build
    - S:C the build script runs with the build's credentials, beyond the package itself
    - C:H the build's secrets are in reach
    - I:H the code becomes part of the application
    - A:L a moved branch can break the build

    ## Bad
    ```text requirements.txt
    encoder @ git+https://git.example.com/team/encoder@main  # finding
    git+https://git.example.com/team/tokens@v1.2#egg=tokens  # finding
    https://files.example.com/speech-1.0.tar.gz  # finding
    ```
    ## Good
    ```text requirements.txt
    encoder @ git+https://git.example.com/team/encoder@4b825dc642cb6eb9a060e54bf8d69288fbee4904
    https://files.example.com/speech-1.0.tar.gz#sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    ```
    ## Good: a lock file fixes the commit
    ```toml pyproject.toml
    [project]
    name = "scorer"
    version = "1.0"
    dependencies = ["encoder @ git+https://git.example.com/team/encoder@main"]
    ```
    ```toml uv.lock
    version = 1

    [[package]]
    name = "encoder"
    version = "1.2"
    source = { git = "https://git.example.com/team/encoder?branch=main#4b825dc642cb6eb9a060e54bf8d69288fbee4904" }
    ```
    """
    if isinstance(required, Installation):
        yield from _cloned(required, graph)
        return
    url = required.url
    if not _is_remote(url) or required.scope == "constraint" or _is_fixed(required):
        return
    if required.scope == "manifest" and (_locked(required, graph) or _copied(required, graph)):
        return
    name = required.name or posixpath.basename(_bare(url).removesuffix(".git"))
    yield Observation(
        subject=f"{name} from {_bare(url)} in {required.span.path}",
        message=_message(name, url),
        evidence=(Evidence(required.span, f"installs {url}"),),
        severity=Severity.MEDIUM if is_development(required.group) else None,
        because=_DOES_NOT_SHIP if is_development(required.group) else "",
        asset=f"package:{required.ecosystem}/{name}",
    )


_DOES_NOT_SHIP = "it serves development and tests only, which do not ship"


def _cloned(install: Installation, graph: SupplyGraph) -> Iterator[Observation]:
    """What a script clones and then installs from the folder that it got, once for a script."""
    path = install.span.path
    if is_copied(path) or install != graph.facts_in(path, Installation)[0]:
        return
    for clone, installed in installed_clones(path, graph):
        if clone.is_fixed or "$" in clone.revision:
            continue
        url = f"git+{clone.url}" + (f"@{clone.revision}" if clone.revision else "")
        name = posixpath.basename(_bare(url)).removesuffix(".git")
        yield Observation(
            subject=f"{name} from {_bare(url)} in {path}",
            message=_message(name, url),
            evidence=(
                Evidence(clone.span, f"clones {clone.url}"),
                Evidence(installed.span, "installs what it cloned"),
            ),
            fix=(
                "Check out the commit that was reviewed, by its full id, before installing:\n"
                "```sh\n"
                f"git -C {clone.folder} checkout <40 hexadecimal digits>\n"
                "```"
            ),
            asset=f"package:pypi/{name}",
        )


def _is_remote(url: str) -> bool:
    if _VCS.match(url):
        return not url.startswith("git+file:")
    return url.startswith(("http://", "https://", "ftp://"))


def _is_fixed(required: PackageRequirement) -> bool:
    if required.commit or required.hashes or "$" in required.url:
        return True
    if _VCS.match(required.url):
        return _COMMIT.match(_revision(required.url)) is not None
    return _ARCHIVE_OF_COMMIT.match(required.url) is not None


def _revision(url: str) -> str:
    """What stands after the last `@` of the path: a branch, a tag or a commit."""
    path = url.partition("#")[0].partition("://")[2] or url.partition(":")[2]
    return path.partition("/")[2].rpartition("@")[2] if "@" in path.partition("/")[2] else ""


def _bare(url: str) -> str:
    """The address without scheme prefix, revision and fragment."""
    path = url.partition("#")[0]
    revision = _revision(url)
    if revision:
        path = path.removesuffix(f"@{revision}")
    return re.sub(r"^(?:git|hg|svn|bzr)\+", "", path)


def _copied(required: PackageRequirement, graph: SupplyGraph) -> bool:
    """Whether another project's file, kept in the tree, asks for it, and nothing installs that."""
    path = required.span.path
    return is_copied(path) and not is_installed_copy(path, graph)


def _locked(required: PackageRequirement, graph: SupplyGraph) -> bool:
    for manifest in graph.facts_in(required.span.path, PackageManifest):
        hold = hold_on(manifest, graph)
        if not hold.is_locked:
            continue
        for lock in hold.locks:
            for found in graph.facts_in(lock.span.path, PackageRequirement):
                if found.name == required.name and (found.commit or found.hashes):
                    return True
    return False


def _message(name: str, url: str) -> str:
    if not _VCS.match(url):
        return (
            f"`{name}` is installed from `{url}` without a digest: the build takes whatever that"
            " server sends; `#sha256=…` would fix it"
        )
    revision = _revision(url)
    where = f"at `{revision}`, which its owner can move" if revision else "at its default branch"
    account = _OWNER.search(url)
    owner = f", under the account `{account.group(1)}`" if account else ""
    return (
        f"`{name}` is installed from `{_bare(url)}` {where}{owner}: whoever can push there decides"
        " what the next build runs; a full commit id would fix it"
    )
