"""Which lock file, if any, decides the versions that a manifest's requirements get installed at."""

from __future__ import annotations

import posixpath
import re

import msgspec

from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.dependencies import (
    Include,
    Installation,
    PackageManifest,
    PackageRequirement,
)
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.graph import SupplyGraph

_LOCKS_OF = {
    "pyproject": ("poetry.lock", "uv.lock", "pdm.lock", "pylock", "Pipfile.lock", "pixi.lock"),
    "pixi": ("pixi.lock",),
    "Pipfile": ("Pipfile.lock", "pylock"),
    "setup.py": ("uv.lock", "pylock"),
    "setup.cfg": ("uv.lock", "pylock"),
    "conda": ("conda-lock",),
}
_NAMED_BY_FOLDER = ("pyproject", "setup.py", "setup.cfg", "Pipfile", "conda", "pixi")
_INCLUDE_DEPTH = 32
_ARCHIVE = re.compile(r"(.+?)-\d[^-/]*(?:-[^/]+\.whl|\.tar\.gz)\Z")


class Hold(msgspec.Struct, frozen=True):
    """How well a manifest is held: the locks that cover it and the installs that pass them by."""

    locks: tuple[PackageManifest, ...]
    bypasses: tuple[Installation, ...]
    installs: tuple[Installation, ...]

    @property
    def is_locked(self) -> bool:
        """Whether a lock decides, and nothing that the project runs installs around it."""
        return bool(self.locks) and not self.bypasses

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The installs that pass the locks by, or else those that read the manifest."""
        if self.locks:
            note = f"installs without {posixpath.basename(self.locks[0].span.path)}"
            return tuple(Evidence(found.span, note) for found in self.bypasses)
        return tuple(Evidence(found.span, "installs it") for found in self.installs)


def hold_on(manifest: PackageManifest, graph: SupplyGraph) -> Hold:
    """The locks over a manifest and what installs from it."""
    locks = tuple(
        found for found in graph.facts_of(PackageManifest) if covers(found, manifest, graph)
    )
    installs = tuple(
        found for found in graph.facts_of(Installation) if _installs(found, manifest, graph)
    )
    return Hold(locks, _bypasses(installs), installs)


def _bypasses(installs: tuple[Installation, ...]) -> tuple[Installation, ...]:
    """The installs that resolve anew where it counts.

    That is in images; of a project without any, everywhere, unless something installs what the
    lock says: then the rest is convenience for developers.
    """
    shipped = [found for found in installs if found.context == "image"]
    resolving = tuple(
        found
        for found in shipped or installs
        if not found.locked and not found.without_dependencies
    )
    if not shipped and any(found.locked for found in installs):
        return ()
    return resolving


def covers(lock: PackageManifest, manifest: PackageManifest, graph: SupplyGraph) -> bool:
    """Whether a file fixes the versions of what a manifest asks for.

    By its kind, because it says what it was made from, or because it pins everything that the
    manifest needs at run time and stands beside it, or below it and is what the project installs.
    """
    if lock.span.path == manifest.span.path or manifest.locks:
        return False
    if manifest.kind == "inline-script" or lock.span.path.endswith(".py.lock"):
        return lock.span.path == f"{manifest.span.path}.lock"
    folder, name = posixpath.split(manifest.span.path)
    lock_folder, lock_name = posixpath.split(lock.span.path)
    if lock.kind in _LOCKS_OF.get(manifest.kind, ()):
        workspace = lock.kind == "uv.lock" and (
            not lock_folder or folder.startswith(lock_folder + "/")
        )
        return folder == lock_folder or (workspace and manifest.name in lock.made_from)
    if lock.kind != "requirements":
        return False
    is_project = manifest.kind in ("pyproject", "setup.py", "setup.cfg")
    if folder != lock_folder:
        below = lock.span.path.startswith(folder + "/" if folder else "")
        return (
            is_project
            and below
            and _is_installed(lock, graph)
            and _pins_all_of(manifest, lock, graph)
        )
    if lock.locks and name in lock.made_from:
        return True
    stem, extension = posixpath.splitext(name)
    is_input = extension == ".in" and stem == posixpath.splitext(lock_name)[0]
    return (is_input or is_project) and _pins_all_of(manifest, lock, graph)


def _is_installed(lock: PackageManifest, graph: SupplyGraph) -> bool:
    """Whether a command of the project installs from the file."""
    return any(
        resolved_target(target, found.span.path, graph) == lock.span.path
        for found in graph.facts_of(Installation)
        for target in found.targets
    )


def _pins_all_of(manifest: PackageManifest, lock: PackageManifest, graph: SupplyGraph) -> bool:
    """Whether every line of one file is fixed, and the other asks for nothing beyond them."""
    pins = [
        found
        for found in graph.facts_in(lock.span.path, PackageRequirement)
        if found.scope == "manifest"
    ]
    asked = {
        found.name
        for found in graph.facts_in(manifest.span.path, PackageRequirement)
        if found.scope == "manifest" and not found.url
        if not found.group or manifest.kind == "requirements"
    }
    fixed = all(pin.version or pin.hashes or pin.url for pin in pins)
    return fixed and bool(asked) and asked <= {pin.name for pin in pins}


def _installs(found: Installation, manifest: PackageManifest, graph: SupplyGraph) -> bool:
    path = manifest.span.path
    folder = posixpath.dirname(path)
    for target in found.targets:
        if _is_archive_of(target, manifest):
            return True
        resolved = resolved_target(target, found.span.path, graph)
        if resolved == path:
            return True
        if (
            manifest.kind in _NAMED_BY_FOLDER
            and _is_folder(target)
            and _same_folder(target, found, folder, graph)
        ):
            return True
    return False


def _is_archive_of(target: str, manifest: PackageManifest) -> bool:
    """Whether a local archive is the manifest's own distribution, built before."""
    archive = _ARCHIVE.match(posixpath.basename(target))
    return archive is not None and manifest.name == _normalised(archive.group(1))


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_folder(target: str) -> bool:
    return not posixpath.splitext(target)[1] or target.rstrip("/").endswith(".")


def _same_folder(target: str, found: Installation, folder: str, graph: SupplyGraph) -> bool:
    """Whether a folder on a command line is the one given.

    Seen from the script, from the root, or through what an image copies to that place.
    """
    bare = posixpath.normpath(target)
    around = posixpath.dirname(found.span.path)
    seen = {bare} | {
        posixpath.normpath(posixpath.join(around, each))
        for each in (bare, *_copied_to(bare, found, graph))
    }
    return posixpath.normpath(folder or ".") in seen


def _copied_to(target: str, found: Installation, graph: SupplyGraph) -> list[str]:
    """The folders of the build context that an image copies to a place."""
    return [
        source
        for copy in graph.facts_in(found.span.path, ImageInstruction)
        if copy.keyword in ("COPY", "ADD") and len(copy.arguments) >= 2
        if not any(flag.startswith("--from") for flag in copy.flags)
        if posixpath.normpath(copy.arguments[-1]) == target
        for source in copy.arguments[:-1]
    ]


def resolved_target(target: str, path: str, graph: SupplyGraph) -> str:
    """The file of the tree that a name on a command line means, or nothing.

    A command's directory is rarely known: the script's own, the root, and for a path inside an
    image the only file of that name, are tried in turn.
    """
    folder = posixpath.dirname(path)
    for tried in (posixpath.join(folder, target), target):
        normal = posixpath.normpath(tried)
        if normal in graph.files:
            return normal
    same = graph.files_named(posixpath.basename(target))
    return same[0] if len(same) == 1 else ""


def installed_together(path: str, graph: SupplyGraph) -> tuple[str, ...]:
    """A manifest's path with those of all that it includes, each once, in the order of `-r`."""
    found: list[str] = []
    waiting = [(path, 0)]
    while waiting:
        current, depth = waiting.pop(0)
        if current in found or depth > _INCLUDE_DEPTH:
            continue
        found.append(current)
        for include in graph.facts_in(current, Include):
            waiting.append((include.target, depth + 1))
    return tuple(found)


def constrained(manifest: PackageManifest, hold: Hold, graph: SupplyGraph) -> dict[str, str]:
    """Exact versions by package name that constraints fix for whoever installs the manifest."""
    files = [
        include.target
        for path in installed_together(manifest.span.path, graph)
        for include in graph.facts_in(path, Include)
        if include.role == "constraint"
    ]
    for install in hold.installs:
        files += constraint_files(install.span, graph)
    return _pins(files, graph)


def constrained_command(span: Span, graph: SupplyGraph) -> dict[str, str]:
    """Exact versions by package name that constraints fix for an installer's command line."""
    return _pins(constraint_files(span, graph), graph)


def constraint_files(span: Span, graph: SupplyGraph) -> list[str]:
    """The constraints that a command names, or a variable that the file sets for all commands."""
    commands = {command.span for command in graph.facts_in(span.path, ShellCommand)}
    return [
        resolved_target(include.target, span.path, graph)
        for include in graph.facts_in(span.path, Include)
        if include.role == "constraint" and (include.span == span or include.span not in commands)
    ]


def _pins(files: list[str], graph: SupplyGraph) -> dict[str, str]:
    return {
        pin.name: pin.version
        for path in files
        for pin in graph.facts_in(path, PackageRequirement)
        if pin.version
    }
